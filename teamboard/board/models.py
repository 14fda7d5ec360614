"""Projects, their people and agents, and the tasks on the board."""

from typing import Any

from django.conf import settings
from django.db import models

from teamboard.accounts.models import ROLES, User
from teamboard.board.states import BACKLOG, TASK


class Project(models.Model):
    """A git repository the board works for. `head_sha` mirrors the upstream's target branch."""

    LOCAL, REMOTE = "local", "remote"
    OPENING, READY, FAILED = "opening", "ready", "failed"

    name = models.CharField(max_length=120)
    key = models.CharField(max_length=6)
    upstream_kind = models.CharField(max_length=10, choices=[(LOCAL, LOCAL), (REMOTE, REMOTE)])
    upstream = models.CharField(max_length=1000)
    target = models.CharField(max_length=250, blank=True)
    head_sha = models.CharField(max_length=40, blank=True)
    status = models.CharField(max_length=10, default=OPENING)
    problem = models.TextField(blank=True)
    upstream_problem = models.TextField(blank=True)  # why what was open cannot be read now
    upstream_lost_at = models.DateTimeField(null=True, blank=True)
    notes = models.JSONField(default=list)  # what is peculiar but no obstacle: [{code, message, remedy}]
    branches = models.JSONField(default=list)
    branches_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    def __str__(self) -> str:
        return self.name

    @property
    def target_ref(self) -> str:
        return f"refs/heads/{self.target}"


class SettingsVersion(models.Model):
    """The definition of checks, setup and sandbox: accepted on the board, or read from the project file (D8).

    The newest row of a project is in force; a `file` row wins over `board` rows while the file is on the target.
    """

    BOARD, FILE, PROPOSAL = "board", "file", "proposal"
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="settings_versions")
    source = models.CharField(max_length=10)
    digest = models.CharField(max_length=64)
    body = models.JSONField(default=dict)
    problem = models.TextField(blank=True)
    commit_sha = models.CharField(max_length=40, blank=True)
    accepted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.source} settings of {self.project}"

    @property
    def checks(self) -> dict[str, dict[str, Any]]:
        return self.body.get("checks") or {}


class Calibration(models.Model):
    """One check tried on the untouched target (D12)."""

    PASSES, RED, IMPOSSIBLE, RUNNING = "passes", "red", "impossible", "running"
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="calibrations")
    check_name = models.CharField(max_length=100)
    commit_sha = models.CharField(max_length=40)
    definition_digest = models.CharField(max_length=64)
    result = models.CharField(max_length=12, default=RUNNING)
    reason = models.TextField(blank=True)
    remedy = models.TextField(blank=True)
    log = models.TextField(blank=True)
    seconds = models.FloatField(null=True, blank=True)
    network = models.BooleanField(default=False, help_text="it runs with the network, which it cannot do without")
    at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["check_name"]
        constraints = [models.UniqueConstraint(fields=["project", "check_name"], name="one_calibration_per_check")]

    def __str__(self) -> str:
        return f"{self.check_name}: {self.result}"


class Grant(models.Model):
    """A folder or tool chain that sandboxes on this machine may read (D14); project null means all projects."""

    PATH, TOOLCHAIN, NETWORK = "path", "toolchain", "network"
    project = models.ForeignKey(Project, null=True, blank=True, on_delete=models.CASCADE, related_name="grants")
    kind = models.CharField(max_length=10)
    value = models.CharField(max_length=1000)
    granted_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    granted_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class IsolationWaiver(models.Model):
    """An architect accepted in words that agents run without a sandbox on this machine (D17); in force until revoked.

    `missing` is what the probe said then. A machine whose sandbox works never heeds it.
    """

    sentence = models.TextField()
    missing = models.TextField()
    accepted_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    accepted_at = models.DateTimeField(auto_now_add=True)
    revoked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"no isolation, accepted by {self.accepted_by}"


class DiskUse(models.Model):
    """What a project takes of the disk by kind, as last measured; `asked_at`: somebody wants it collected now."""

    project = models.OneToOneField(Project, on_delete=models.CASCADE, related_name="disk")
    uses = models.JSONField(default=dict)
    freed = models.BigIntegerField(default=0)
    measured_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"disk of {self.project}"


class Membership(models.Model):
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=ROLES)
    joined_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "user"], name="one_membership_per_project")]

    def __str__(self) -> str:
        return f"{self.user}: {self.role}"


class Invitation(models.Model):
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="invitations")
    role = models.CharField(max_length=20, choices=ROLES)
    digest = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    used_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"invitation of a {self.role}"


class Agent(models.Model):
    """A configured AI teammate. `command` is argv; `script` is TOML for kind `scripted`."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="agents")
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=20, default="command")
    command = models.JSONField(default=list, blank=True)
    script = models.TextField(blank=True)
    model = models.CharField(max_length=100, blank=True)
    mode = models.CharField(max_length=40, blank=True)
    endpoint = models.JSONField(default=dict, blank=True)
    limits = models.JSONField(default=dict, blank=True)
    role = models.CharField(max_length=40, blank=True)
    signed_in = models.BooleanField(default=False, help_text="may use the sign-in that its program has on this machine")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="one_agent_per_name")]

    def __str__(self) -> str:
        return self.name


class Tryout(models.Model):
    """An agent tried on a harmless task in the sandbox of this machine; `digest` is of its settings then.

    `seen` is what it did: {edit, run, resume, usage}; `version` is its program's.
    """

    RUNNING, READY, FAILED = "running", "ready", "failed"
    agent = models.OneToOneField(Agent, on_delete=models.CASCADE, related_name="tryout")
    result = models.CharField(max_length=10, default=RUNNING)
    digest = models.CharField(max_length=64)
    version = models.CharField(max_length=60, blank=True)
    seen = models.JSONField(default=dict, blank=True)
    failure_code = models.CharField(max_length=40, blank=True)
    detail = models.TextField(blank=True)
    seconds = models.FloatField(null=True, blank=True)
    asked_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.agent}: {self.result}"


class Task(models.Model):
    """A card. `acceptance`: list of sentences; `scope`: path globs; `position` orders within a lane, small first."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="tasks")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    acceptance = models.JSONField(default=list, blank=True)
    scope = models.JSONField(default=list, blank=True)
    labels = models.JSONField(default=list, blank=True)
    priority = models.IntegerField(default=0)
    position = models.FloatField(default=0)
    state = models.CharField(max_length=12, default=BACKLOG, choices=TASK.choices())
    agent = models.ForeignKey(Agent, null=True, blank=True, on_delete=models.SET_NULL, related_name="tasks")
    deleted_from = models.CharField(max_length=12, blank=True, help_text="the state that restoring gives back")
    start_when_free = models.BooleanField(default=False, help_text="starts by itself when all it waits for is merged")
    waits_for = models.ManyToManyField("self", symmetrical=False, related_name="blocks", blank=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["position", "number"]
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="one_task_per_number")]

    def __str__(self) -> str:
        return f"{self.ref} {self.title}"

    @property
    def ref(self) -> str:
        return f"{self.project.key}-{self.number}"
