"""The heads of the log of facts, mirrored into the hub: who rewrites the database does not reach that too."""

import json

from django.utils import timezone

from teamboard.events.models import EventHead
from teamboard.git import mirror
from teamboard.reviews import storage


def mirror_heads(project_id: int) -> bool:
    """Of the project's chain and of the instance's (project 0); says whether something was new."""
    stores = storage.stores(project_id)
    if not stores.hub.git_dir.is_dir():
        return False
    rows = EventHead.objects.filter(pk__in=(0, project_id)).order_by("pk")
    line = json.dumps({str(row.project_id): [row.seq, row.hash] for row in rows}, separators=(",", ":"))
    return mirror.append(stores, line, timezone.now())
