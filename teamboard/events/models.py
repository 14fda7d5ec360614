"""The append-only, hash-chained log of facts: what pages, workers and audits read."""

from django.db import models


class EventHead(models.Model):
    """The last sequence number and hash of one project (0: the instance itself). Locked to append."""

    project_id = models.BigIntegerField(primary_key=True)
    seq = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True, default="")

    def __str__(self) -> str:
        return f"{self.project_id}:{self.seq}"


class Event(models.Model):
    project_id = models.BigIntegerField()
    seq = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=60)
    actor = models.CharField(max_length=60)
    at = models.DateTimeField()
    data = models.JSONField()
    previous = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["project_id", "seq"]
        constraints = [models.UniqueConstraint(fields=["project_id", "seq"], name="one_event_per_number")]

    def __str__(self) -> str:
        return f"{self.project_id}:{self.seq} {self.kind}"
