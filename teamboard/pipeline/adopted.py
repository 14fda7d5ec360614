"""Branches under review: new commits become patch sets, a rewritten or deleted branch is said so."""

import logging

from teamboard.board.models import Project
from teamboard.git.command import GitError
from teamboard.git.stores import Stores
from teamboard.lib.refusal import Refused
from teamboard.reviews import actions as reviews
from teamboard.reviews.adoption import branch_revision
from teamboard.reviews.models import Change
from teamboard.reviews.revision import keep
from teamboard.reviews.states import OPEN

log = logging.getLogger(__name__)


def follow(project: Project, there: Stores, heads: dict[str, str]) -> None:
    """`heads`: what each upstream branch points at now."""
    for change in Change.objects.filter(project=project, origin=Change.BRANCH, state=OPEN).exclude(branch=""):
        try:
            _follow(project, there, change, heads.get(change.branch))
        except GitError:
            log.exception("the branch of change %s could not be followed", change.pk)


def _follow(project: Project, there: Stores, change: Change, head: str | None) -> None:
    newest = change.patch_sets.order_by("number").last()
    if newest is None:
        return
    if head is None:
        reviews.branch_gone(change)
        return
    if head == newest.head_sha and not change.branch_problem:
        return
    if head != newest.head_sha and there.resolve(head) and there.is_ancestor(head, project.head_sha):
        return  # landed by other means than ours: nothing new to review
    try:
        revision = branch_revision(project, change.branch)
    except Refused as refused:
        log.info("change %s is not updated: %s", change.pk, refused)
        return
    rewritten = not there.is_ancestor(newest.head_sha, revision.head_sha)
    keep(there, reviews.branch_moved(change, revision, rewritten=rewritten))
