"""What a person has been shown and has marked as viewed."""

from django.db import transaction

from teamboard.accounts.models import User
from teamboard.events import bus
from teamboard.events.catalogue import FileViewed
from teamboard.reviews.actors import actor
from teamboard.reviews.models import Change, PatchSet, Served, Viewed


def served(patch_set: PatchSet, user: User) -> None:
    """This person was given this patch set's diff (I-11). Writes once; a page calls it after a successful answer."""
    if not Served.objects.filter(user=user, patch_set=patch_set).exists():
        Served.objects.get_or_create(user=user, patch_set=patch_set)


@transaction.atomic
def mark_viewed(change: Change, path: str, blob: str, *, by: User, viewed: bool = True) -> None:
    """Mark a file as viewed at this content, or take the mark away."""
    if viewed:
        Viewed.objects.update_or_create(user=by, change=change, path=path, defaults={"blob": blob})
    else:
        Viewed.objects.filter(user=by, change=change, path=path).delete()
    bus.publish(FileViewed(project=change.project_id, change=change.pk), actor=actor(by))
