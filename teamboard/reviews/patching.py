"""Put a patch that somebody sends under review: applied to the target as it is known now, as a commit of its own."""

import re

from django.utils import timezone

from teamboard.accounts.models import REVIEWER, User
from teamboard.board import queries as board
from teamboard.board import rights
from teamboard.board.models import Project
from teamboard.git.applying import PatchRefused, patched_tree
from teamboard.git.commits import BOARD, Person
from teamboard.lib.refusal import Refused
from teamboard.reviews import actions, storage
from teamboard.reviews.models import Change
from teamboard.reviews.revision import keep, read_revision

LARGEST = 5_000_000
_SUBJECT = re.compile(r"^Subject: (?:\[PATCH[^\]]*\] )?(.+)$", re.MULTILINE)


def propose_patch(project: Project, patch: str, *, by: User, title: str = "") -> Change:
    """`patch` is what `git diff` or `git format-patch` writes; its author here is who sends it."""
    rights.require(by, project, REVIEWER, "send a patch")
    if project.status != Project.READY:
        raise Refused("not_ready", "The repository is still being opened.", remedy="Try again in a moment.")
    data = patch.encode("utf-8", "surrogateescape")
    if len(data) > LARGEST:
        raise Refused("too_big", f"A patch of more than {LARGEST:,} bytes is not taken.", status=413)
    found = _SUBJECT.search(patch.partition("\ndiff --git ")[0])
    title = title or (found[1].strip() if found else "")
    head = _commit(project, data, by, title or f"Apply a patch of {by.label}")
    stores = storage.stores(project.pk)
    guarded = board.settings_body(project)["review"]["guarded"]
    revision = read_revision(stores, project.head_sha, head, guarded=guarded)
    change = actions.open_change(project, revision=revision, origin=Change.PERSON, title=title, author=by, by=by)
    keep(stores, change.patch_sets.get())
    return change


def _commit(project: Project, patch: bytes, by: User, message: str) -> str:
    stores, target = storage.stores(project.pk), project.head_sha
    try:
        tree = patched_tree(stores.hub, target, patch)
    except PatchRefused as refused:
        raise Refused(
            "patch_does_not_apply",
            f"The patch does not apply to {project.target} at {target[:12]}: {refused}",
            remedy=f"Make it again on top of {project.target}.",
            details={"target": project.target, "head_sha": target},
            status=422,
        ) from refused
    if tree == stores.tree_of(target):
        raise Refused("nothing_new", "The patch changes nothing.", remedy="Send one that does.", status=422)
    author = Person(by.label, by.email or f"{by.username}@teamboard.invalid")
    return stores.commit(tree, [target], message, author, BOARD, timezone.now())
