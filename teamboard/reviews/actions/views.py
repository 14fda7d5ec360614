"""What a person has been shown and has marked as viewed."""

from collections.abc import Collection

from django.db import transaction

from teamboard.accounts.models import User
from teamboard.events import bus
from teamboard.events.catalogue import FileViewed
from teamboard.reviews import queries
from teamboard.reviews.actors import actor
from teamboard.reviews.models import Change, PatchSet, Served, Viewed


def served(patch_set: PatchSet, user: User, paths: Collection[str]) -> None:
    """This person was given the diff of these files of the patch set (I-11, I-14)."""
    edits = {patch_set.file_patch_ids[path] for path in paths if path in patch_set.file_patch_ids}
    known = Served.objects.filter(user=user, patch_set=patch_set).values_list("files", flat=True).first()
    if known is None or edits - set(known):
        _add_served(patch_set, user, edits)


@transaction.atomic
def _add_served(patch_set: PatchSet, user: User, edits: set[str]) -> None:
    row, _ = Served.objects.select_for_update().get_or_create(user=user, patch_set=patch_set)
    row.files = sorted(edits.union(row.files))
    row.save(update_fields=["files"])


def served_since(
    patch_set: PatchSet, earlier: PatchSet, user: User, *, drawn: Collection[str], differing: Collection[str]
) -> None:
    """This person was given what differs from an earlier patch set: with what they knew of that, it is the whole."""
    known = queries.shown_edits(patch_set.change, user)
    paths = [path for path in patch_set.file_patch_ids if path in drawn or path not in differing]
    served(patch_set, user, [path for path in paths if earlier.file_patch_ids.get(path) in known])


@transaction.atomic
def mark_viewed(change: Change, path: str, blob: str, *, by: User, viewed: bool = True) -> None:
    """Mark a file as viewed at this content, or take the mark away."""
    if viewed:
        Viewed.objects.update_or_create(user=by, change=change, path=path, defaults={"blob": blob})
    else:
        Viewed.objects.filter(user=by, change=change, path=path).delete()
    bus.publish(FileViewed(project=change.project_id, change=change.pk), actor=actor(by))
