"""The merge queue: entries, the one intent per project, and the freeze."""

from django.db import models

from teamboard.accounts.models import User
from teamboard.board.models import Project
from teamboard.gate.states import ENTRY, INTENT, LIVE, PREPARED, QUEUED
from teamboard.reviews.models import Change, PatchSet, Vote


class QueueEntry(models.Model):
    """An approved patch set on its way to the target. `reason` is {code, ...} for held and returned."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="queue")
    change = models.ForeignKey(Change, on_delete=models.CASCADE, related_name="entries")
    patch_set = models.ForeignKey(PatchSet, on_delete=models.CASCADE, related_name="entries")
    vote = models.ForeignKey(Vote, null=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=12, default=QUEUED, choices=ENTRY.choices())
    reason = models.JSONField(default=dict, blank=True)
    base_sha = models.CharField(max_length=40, blank=True)
    candidate_sha = models.CharField(max_length=40, blank=True)
    candidate_tree = models.CharField(max_length=40, blank=True)
    definition_digest = models.CharField(max_length=64, blank=True)
    waived = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["change"], condition=models.Q(state__in=LIVE), name="one_live_entry_per_change"
            )
        ]

    def __str__(self) -> str:
        return f"entry {self.pk}: {self.change} {self.state}"


class Intent(models.Model):
    """What is being landed right now; at most one per project. Durable before the compare-and-set (I-15)."""

    project = models.OneToOneField(Project, primary_key=True, on_delete=models.CASCADE, related_name="intent")
    entry = models.OneToOneField(QueueEntry, on_delete=models.CASCADE, related_name="intent")
    old_sha = models.CharField(max_length=40)
    new_sha = models.CharField(max_length=40)
    phase = models.CharField(max_length=12, default=PREPARED, choices=INTENT.choices())
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.old_sha[:7]} -> {self.new_sha[:7]} {self.phase}"


class Freeze(models.Model):
    """While it is there nothing lands. `alarm`: the board itself stopped, for what it read back was wrong."""

    project = models.OneToOneField(Project, primary_key=True, on_delete=models.CASCADE, related_name="freeze")
    reason = models.TextField(blank=True)
    alarm = models.BooleanField(default=False)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.reason
