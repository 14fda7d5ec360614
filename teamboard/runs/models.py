"""Runs of tasks as durable steps, what is sent to them and what they ask."""

from django.db import models

from teamboard.accounts.models import User
from teamboard.board.models import Agent, Project, Task
from teamboard.lib.lease import Leased
from teamboard.runs.cost_models import Allowance as Allowance
from teamboard.runs.cost_models import Budget as Budget
from teamboard.runs.cost_models import ModelPrice as ModelPrice
from teamboard.runs.cost_models import Spend as Spend
from teamboard.runs.states import OPEN, QUEUED, RUN, STEP, STEP_READY, SUGGESTED
from teamboard.runs.states import QUESTION as QUESTION_MOVES

PREPARE, SETUP, WORK, COLLECT, CHECKS, PROPOSE = "prepare", "setup", "work", "collect", "checks", "propose"
STEP_KINDS = (PREPARE, SETUP, WORK, COLLECT, CHECKS, PROPOSE)


class Run(models.Model):
    """One attempt at a task. `waiting_for`: question, permission, review or limit, while state is waiting.

    `base_sha` is the target commit the workspace was cloned from. `live_head` is the last snapshot of the files.
    `conditions` are words for what its agent was allowed beyond the usual, said wherever its work is shown.
    `parked_at`: it waits for people and no process of it is left; what they answer starts its next turn.
    `continues` is the checkpoint of another run that this one starts from.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="runs")
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="runs")
    number = models.PositiveIntegerField()
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="runs")
    state = models.CharField(max_length=12, default=QUEUED, choices=RUN.choices())
    waiting_for = models.CharField(max_length=12, blank=True)
    base_sha = models.CharField(max_length=40, blank=True)
    live_head = models.CharField(max_length=40, blank=True)
    activity = models.CharField(max_length=200, blank=True)
    activity_at = models.DateTimeField(null=True, blank=True)
    parked_at = models.DateTimeField(null=True, blank=True)
    continues = models.ForeignKey("Checkpoint", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    conditions = models.JSONField(default=list, blank=True)
    claims = models.JSONField(default=list, blank=True)
    plan = models.JSONField(default=list, blank=True)
    usage = models.JSONField(default=dict, blank=True)
    failure_code = models.CharField(max_length=40, blank=True)
    failure_detail = models.TextField(blank=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["task", "number"], name="one_run_per_number")]

    def __str__(self) -> str:
        return f"run {self.number} of {self.task}"


class Halt(models.Model):
    """The emergency stop of the whole board: while one is not released, no step and no check is claimed."""

    reason = models.CharField(max_length=300, blank=True)
    pulled_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    pulled_at = models.DateTimeField(auto_now_add=True)
    released_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"halt by {self.pulled_by}"


class Step(Leased):
    """One durable part of a run. `round` 1 ends in patch set 1; feedback starts the next round.

    `request` is what it is given (feedback, message), `result` what it left; both plain JSON.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="steps")
    seq = models.PositiveIntegerField()
    round = models.PositiveIntegerField(default=1)
    kind = models.CharField(max_length=10, choices=[(kind, kind) for kind in STEP_KINDS])
    state = models.CharField(max_length=12, default=STEP_READY, choices=STEP.choices())
    request = models.JSONField(default=dict, blank=True)
    result = models.JSONField(default=dict, blank=True)
    error = models.TextField(blank=True)
    rung_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["run_id", "seq"]
        constraints = [models.UniqueConstraint(fields=["run", "seq"], name="one_step_per_number")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.run_id}"


class Checkpoint(models.Model):
    """The files of a run as they were once, kept under a ref of the hub whatever becomes of the run.

    `reason` says when it was made: after a turn (`work`), while it went on (`interval`), or of a run's `end`.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="checkpoints")
    number = models.PositiveIntegerField()
    head_sha = models.CharField(max_length=40)
    round = models.PositiveIntegerField(default=1)
    reason = models.CharField(max_length=12)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["run_id", "number"]
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="one_checkpoint_per_number")]

    def __str__(self) -> str:
        return f"checkpoint {self.number} of {self.run_id}"

    @property
    def told(self) -> str:
        return f"checkpoint {self.number} of run {self.run.number}"

    @property
    def ref(self) -> str:
        return f"refs/runs/{self.run_id}/checkpoints/{self.number}"


class InboxItem(models.Model):
    """Something a person sends to a run; taken by the executor under its fence."""

    STEER, ANSWER, CANCEL = "steer", "answer", "cancel"
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="inbox")
    kind = models.CharField(max_length=10)
    body = models.JSONField(default=dict)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    taken_at = models.DateTimeField(null=True, blank=True)
    taken_by_step = models.ForeignKey(Step, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.kind} to {self.run_id}"


class Question(models.Model):
    """An agent's question, or a request for a permission (default always: refuse).

    A key that begins with CALLED was asked by calling the board back: no process waits for its answer.
    """

    QUESTION, PERMISSION = "question", "permission"
    CALLED = "call-"
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="questions")
    step = models.ForeignKey(Step, on_delete=models.CASCADE, related_name="questions")
    key = models.CharField(max_length=100)
    kind = models.CharField(max_length=12, default=QUESTION)
    text = models.TextField()
    options = models.JSONField(default=list, blank=True)
    default = models.TextField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=12, default=OPEN, choices=QUESTION_MOVES.choices())
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["run", "step", "key"], name="one_question_per_key")]

    def __str__(self) -> str:
        return self.text[:60]


class RunToken(models.Model):
    """What the agent of one turn calls the board back with: good while the step has the fence it was given under."""

    step = models.ForeignKey(Step, on_delete=models.CASCADE, related_name="tokens")
    fence = models.PositiveIntegerField()
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"token {self.pk} of {self.step_id}"


class AgentCall(models.Model):
    """The agent called the board back: what it said and what it was answered. `shown_at`: it is in the run's output."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="calls")
    step = models.ForeignKey(Step, on_delete=models.CASCADE, related_name="calls")
    tool = models.CharField(max_length=40)
    arguments = models.TextField(blank=True)
    answer = models.TextField(blank=True)
    refused = models.BooleanField(default=False)
    at = models.DateTimeField(auto_now_add=True)
    shown_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.tool} of {self.run_id}"


class SuggestedTask(models.Model):
    """A task that an agent thinks of: nothing comes of it until a person accepts it, then `task` is the card."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="suggested_tasks")
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    state = models.CharField(max_length=12, default=OPEN, choices=SUGGESTED.choices())
    task = models.ForeignKey(Task, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.title[:60]


class OutputIndex(models.Model):
    """Where in the run's file a stretch of output lies: byte offsets, at most one row per 250 ms (D22)."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="output_index")
    start = models.PositiveBigIntegerField()
    end = models.PositiveBigIntegerField()
    first_line = models.PositiveBigIntegerField()
    lines = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["start"]

    def __str__(self) -> str:
        return f"{self.run_id}: {self.start}-{self.end}"


class Worker(models.Model):
    """A process of the board (its name is that of a lease's owner) and when it last said that it lives."""

    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=40)
    since = models.DateTimeField()
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"
