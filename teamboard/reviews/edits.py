"""Files that a person changed in the page, as a revision on top of a patch set (D31)."""

from collections.abc import Mapping

from django.utils import timezone

from teamboard.accounts.models import User
from teamboard.board import queries as board
from teamboard.git.commits import Person
from teamboard.reviews import storage
from teamboard.reviews.models import Change, PatchSet
from teamboard.reviews.revision import Revision, read_revision


def commit_files(change: Change, on: PatchSet, files: Mapping[str, bytes], *, message: str, by: User) -> Revision:
    stores = storage.stores(change.project_id)
    author = Person(by.label, by.email or f"{by.username}@teamboard.invalid")
    head = stores.write_file_change(on.head_sha, files, message=message, author=author, when=timezone.now())
    scope = change.task.scope if change.task else ()
    guarded = board.settings_body(change.project)["review"]["guarded"]
    return read_revision(stores, on.base_sha, head, scope=scope, guarded=guarded)
