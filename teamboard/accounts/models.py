"""People and their tokens."""

from django.contrib.auth.models import AbstractUser
from django.db import models

ARCHITECT, REVIEWER, OBSERVER = "architect", "reviewer", "observer"
ROLES = [(ARCHITECT, "Architect"), (REVIEWER, "Reviewer"), (OBSERVER, "Observer")]
# A higher rank may do all that a lower one may.
RANK = {"": 0, OBSERVER: 1, REVIEWER: 2, ARCHITECT: 3}


class User(AbstractUser):
    """`instance_role` holds in every project; memberships add to it per project."""

    display_name = models.CharField(max_length=80, blank=True)
    instance_role = models.CharField(max_length=20, choices=ROLES, blank=True, default="")

    @property
    def label(self) -> str:
        return self.display_name or self.username

    @property
    def initials(self) -> str:
        words = self.label.split()
        return "".join(word[0] for word in words[:2]).upper() or "?"

    @property
    def actor(self) -> str:
        """How the log names this person."""
        return f"user:{self.pk}"


class Token(models.Model):
    """A bearer token of a person, for the API and for git push. Only its SHA-256 is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} of {self.user}"


class OneTimeLink(models.Model):
    """A secret that signs somebody in once: the first start, or a new sign-in."""

    START, SIGN_IN = "start", "sign_in"
    purpose = models.CharField(max_length=20, choices=[(START, START), (SIGN_IN, SIGN_IN)])
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.purpose} link"


class FailedTry(models.Model):
    """How many wrong secrets came from an address (or, under "*", from all) within one minute."""

    source = models.CharField(max_length=80)
    minute = models.PositiveBigIntegerField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "minute"], name="one_count_per_minute")]

    def __str__(self) -> str:
        return f"{self.count} from {self.source}"


class Repeat(models.Model):
    """A request with an Idempotency-Key: who works on it, whether it did something, and its answer when there is one.

    `name` and `body` are digests of the path with the key and of what was sent; `answer` is sealed with the key.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=64)
    body = models.CharField(max_length=64)
    owner = models.CharField(max_length=100)
    fence = models.PositiveIntegerField(default=1)
    claimed_at = models.DateTimeField(db_index=True)
    acted = models.BooleanField(default=False)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    answer = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="one_answer_per_key")]

    def __str__(self) -> str:
        return f"request of {self.user_id}: {self.status or 'no answer yet'}"
