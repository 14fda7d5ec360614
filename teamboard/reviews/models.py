"""Changes under review: patch sets, threads, votes and check runs."""

from django.db import models

from teamboard.accounts.models import User
from teamboard.board.models import Agent, Project, Task
from teamboard.lib.lease import Leased
from teamboard.reviews.states import CHANGE, CHECK_RUN, OPEN, QUEUED, THREAD
from teamboard.runs.models import Run, Step


class Change(models.Model):
    """The thing under review: from a run, an adopted branch, or a person.

    `branch` is set for an adopted branch. `author_user` or `agent` is who gets feedback.
    """

    RUN, BRANCH, PERSON = "run", "branch", "person"
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="changes")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=250)
    description = models.TextField(blank=True)
    origin = models.CharField(max_length=10)
    task = models.ForeignKey(Task, null=True, blank=True, on_delete=models.SET_NULL, related_name="changes")
    agent = models.ForeignKey(Agent, null=True, blank=True, on_delete=models.SET_NULL, related_name="changes")
    author_user = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="changes")
    author_name = models.CharField(max_length=200, blank=True)
    branch = models.CharField(max_length=250, blank=True)
    branch_problem = models.TextField(blank=True, help_text="rewritten or deleted upstream: says so")
    state = models.CharField(max_length=12, default=OPEN, choices=CHANGE.choices())
    merged_sha = models.CharField(max_length=40, blank=True)
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="one_change_per_number")]

    def __str__(self) -> str:
        return f"change {self.number}: {self.title}"


class PatchSet(models.Model):
    """A numbered immutable revision, kept in the hub under refs/changes/<change id>/<number>.

    `patch_id` is git patch-id --stable of base..head; `file_patch_ids` the same per file (path -> id).
    `outside_scope` and `guarded` list paths that the page says loudly.
    """

    change = models.ForeignKey(Change, on_delete=models.CASCADE, related_name="patch_sets")
    number = models.PositiveIntegerField()
    base_sha = models.CharField(max_length=40)
    head_sha = models.CharField(max_length=40)
    tree_sha = models.CharField(max_length=40)
    patch_id = models.CharField(max_length=40, blank=True)
    file_patch_ids = models.JSONField(default=dict)
    message = models.TextField(blank=True)
    author_name = models.CharField(max_length=200, blank=True)
    author_email = models.CharField(max_length=200, blank=True)
    uploaded_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    run = models.ForeignKey(Run, null=True, blank=True, on_delete=models.SET_NULL, related_name="patch_sets")
    step = models.ForeignKey(Step, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    files = models.PositiveIntegerField(default=0)
    additions = models.PositiveIntegerField(default=0)
    deletions = models.PositiveIntegerField(default=0)
    commits = models.PositiveIntegerField(default=1)
    outside_scope = models.JSONField(default=list, blank=True)
    guarded = models.JSONField(default=list, blank=True)
    notes = models.JSONField(default=list, blank=True)
    hints = models.JSONField(default=dict, blank=True, help_text="what reviews/hints.py reads from the diff")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["change_id", "number"]
        constraints = [models.UniqueConstraint(fields=["change", "number"], name="one_patch_set_per_number")]

    def __str__(self) -> str:
        return f"patch set {self.number} of {self.change_id}"

    @property
    def ref(self) -> str:
        return f"refs/changes/{self.change_id}/{self.number}"


class Thread(models.Model):
    """Anchored talk. Lines are 1-based and inclusive on `side` of the patch set it was written on.

    path "" is the whole change; start_line null is the whole file. The receipt is the four times below.
    A thread that only holds a draft has published_at null and is its writer's alone.
    """

    change = models.ForeignKey(Change, on_delete=models.CASCADE, related_name="threads")
    patch_set = models.ForeignKey(PatchSet, on_delete=models.CASCADE, related_name="threads")
    path = models.CharField(max_length=4000, blank=True)
    side = models.CharField(max_length=3, default="new")
    start_line = models.PositiveIntegerField(null=True, blank=True)
    end_line = models.PositiveIntegerField(null=True, blank=True)
    anchor_text = models.TextField(blank=True)
    state = models.CharField(max_length=10, default=OPEN, choices=THREAD.choices())
    opened_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    opened_by_agent = models.ForeignKey(Agent, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    delivered_step = models.ForeignKey(Step, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_patch_set = models.ForeignKey(PatchSet, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    verified_at = models.DateTimeField(null=True, blank=True)
    verified_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"thread {self.pk} on {self.path}:{self.start_line}"


class Comment(models.Model):
    """One entry. A draft has published_at null and is shown to its author only."""

    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="comments")
    author_user = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    author_agent = models.ForeignKey(Agent, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    body = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    edited_at = models.DateTimeField(auto_now=True)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["published_at", "id"]

    def __str__(self) -> str:
        return self.body[:60]


class Vote(models.Model):
    """-1 asks for changes, +1 looks good, +2 approves. Bound to what was seen (D9); never deleted, only outdated."""

    change = models.ForeignKey(Change, on_delete=models.CASCADE, related_name="votes")
    patch_set = models.ForeignKey(PatchSet, on_delete=models.CASCADE, related_name="votes")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="votes")
    value = models.SmallIntegerField()
    head_sha = models.CharField(max_length=40)
    base_sha = models.CharField(max_length=40)
    patch_id = models.CharField(max_length=40, blank=True)
    definition_digest = models.CharField(max_length=64, blank=True)
    waived = models.JSONField(default=list, blank=True)
    unshown = models.JSONField(default=list, blank=True, help_text="files whose diff this person was not shown (I-14)")
    carried_from = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    replaced_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.value:+d} by {self.user}"


class Served(models.Model):
    """Delivery log: this person was shown this patch set's diff (I-11).

    `files` are the patch-ids of the files that were really drawn: binary, big and folded ones are not among them.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    patch_set = models.ForeignKey(PatchSet, on_delete=models.CASCADE, related_name="served")
    files = models.JSONField(default=list, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "patch_set"], name="served_once")]

    def __str__(self) -> str:
        return f"{self.user} saw {self.patch_set}"


class Viewed(models.Model):
    """A person marked a file as viewed at a blob: a change of the file makes it unviewed by itself."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    change = models.ForeignKey(Change, on_delete=models.CASCADE, related_name="viewed")
    path = models.CharField(max_length=4000)
    blob = models.CharField(max_length=40)
    at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "change", "path"], name="one_mark_per_file")]

    def __str__(self) -> str:
        return self.path


class CheckRun(Leased):
    """One execution of a named check on a tree. Same (tree, definition, environment, attempt): same verdict (D10).

    The lease's own `attempt` counts claims; `number` is the attempt of the check.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="check_runs")
    name = models.CharField(max_length=100)
    tree_sha = models.CharField(max_length=40)
    commit_sha = models.CharField(max_length=40)
    definition = models.JSONField(default=dict)
    definition_digest = models.CharField(max_length=64)
    environment_digest = models.CharField(max_length=64, blank=True)
    number = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=12, default=QUEUED, choices=CHECK_RUN.choices())
    conclusion = models.CharField(max_length=12, blank=True)
    exit_code = models.IntegerField(null=True, blank=True)
    failing = models.JSONField(default=list, blank=True)
    summary = models.TextField(blank=True)
    log_bytes = models.PositiveBigIntegerField(default=0)
    rung_at = models.DateTimeField(null=True, blank=True)
    queued_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "name", "tree_sha", "definition_digest", "environment_digest", "number"],
                name="one_verdict_per_key",
            )
        ]
        indexes = [models.Index(fields=["project", "tree_sha"])]

    def __str__(self) -> str:
        return f"{self.name} on {self.tree_sha[:7]}"
