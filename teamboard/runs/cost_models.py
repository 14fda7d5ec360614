"""What turns used and what they may use: spends, budgets and what was allowed beyond them, prices of the board."""

from typing import Any

from django.db import models

from teamboard.accounts.models import User
from teamboard.board.models import Agent, Project, Task

PER_RUN, PER_TASK, AGENT_DAY, PROJECT_DAY = "run", "task", "agent_day", "project_day"
SCOPES = (PER_RUN, PER_TASK, AGENT_DAY, PROJECT_DAY)


class Spend(models.Model):
    """What one attempt at a step used on one day (UTC), and how long its agent was at work.

    `counts` holds what was counted as it came, by the `door` and by the `agent`: lists, each entry the tokens of one
    model, priced alike. The columns follow from it: where the door counted, it alone counts. `micros` are millionths
    of a dollar, null where nothing has a price, and `money` says whose they are; `told_tokens` is what the agent says
    where the door counts.
    """

    AGENT, TABLE = "agent", "table"
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="spends")
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="spends")
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="spends")
    run = models.ForeignKey("runs.Run", on_delete=models.CASCADE, related_name="spends")
    step = models.ForeignKey("runs.Step", on_delete=models.CASCADE, related_name="spends")
    attempt = models.PositiveIntegerField()
    day = models.DateField()
    counts = models.JSONField(default=dict)
    door = models.BooleanField(default=False, help_text="counted at the door, not by the agent")
    told_micros = models.BigIntegerField(null=True, blank=True)
    told_tokens = models.BigIntegerField(null=True, blank=True)
    input_tokens = models.BigIntegerField(default=0)
    output_tokens = models.BigIntegerField(default=0)
    cached_tokens = models.BigIntegerField(default=0)
    micros = models.BigIntegerField(null=True, blank=True)
    money = models.CharField(max_length=8, blank=True)
    unpriced_tokens = models.BigIntegerField(default=0)
    unread = models.PositiveIntegerField(default=0, help_text="answers of a model that told no tokens")
    millis = models.BigIntegerField(default=0, help_text="how long its turn went on, in thousandths of a second")
    waited_millis = models.BigIntegerField(default=0, help_text="of these, how long it waited for people")

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["step", "attempt", "day"], name="one_spend_per_attempt_and_day")]
        indexes = [models.Index(fields=["project", "day"], name="spend_by_project_and_day")]

    def __str__(self) -> str:
        return f"spend of {self.step_id} on {self.day}"

    def counted(self, by: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.counts.setdefault(by, [])
        return found


class Budget(models.Model):
    """What a run, a task, an agent in a day or the project in a day may use: tokens, dollars, or both."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="budgets")
    scope = models.CharField(max_length=12, choices=[(scope, scope) for scope in SCOPES])
    micros = models.BigIntegerField(null=True, blank=True)
    tokens = models.BigIntegerField(null=True, blank=True)
    warn_share = models.FloatField(default=0.8)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "scope"], name="one_budget_per_scope")]

    def __str__(self) -> str:
        return f"{self.scope} budget of {self.project_id}"


class Allowance(models.Model):
    """Room beyond a budget, given by an architect: to one run, task, or agent or project on one day."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="allowances")
    scope = models.CharField(max_length=12, choices=[(scope, scope) for scope in SCOPES])
    subject = models.BigIntegerField(help_text="the id of the run, task, agent or project")
    day = models.DateField(null=True, blank=True)
    micros = models.BigIntegerField(default=0)
    tokens = models.BigIntegerField(default=0)
    given_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    given_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["project", "scope", "subject"], name="allowance_by_subject")]

    def __str__(self) -> str:
        return f"allowance of {self.scope} {self.subject}"


class ModelPrice(models.Model):
    """What a model costs where this project's agents reach it, as an architect entered it: millionths of a dollar for
    a token, which is dollars for a million. It comes before the published table."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="model_prices")
    model = models.CharField(max_length=100)
    input = models.FloatField()
    output = models.FloatField()
    cached = models.FloatField()
    written = models.FloatField()
    entered_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    entered_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["model"]
        constraints = [models.UniqueConstraint(fields=["project", "model"], name="one_price_per_model")]

    def __str__(self) -> str:
        return f"price of {self.model}"
