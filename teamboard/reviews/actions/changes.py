"""Changes and their patch sets: open, upload, abandon, restore, merge."""

from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from teamboard.accounts.models import REVIEWER, User
from teamboard.board import rights
from teamboard.board.actions import refuse_deleted
from teamboard.board.models import Agent, Project, Task
from teamboard.events import bus
from teamboard.events.catalogue import ChangeMoved, ChangeOpened, PatchSetUploaded, ThreadChanged
from teamboard.lib.refusal import Refused
from teamboard.lib.statemachine import StaleState
from teamboard.reviews import queries
from teamboard.reviews.actors import actor
from teamboard.reviews.models import Change, PatchSet, Thread, Vote
from teamboard.reviews.revision import Revision
from teamboard.reviews.states import ABANDONED, CHANGE, MERGED, OPEN
from teamboard.runs.models import Run, Step


@transaction.atomic
def open_change(
    project: Project,
    *,
    revision: Revision,
    origin: str,
    title: str = "",
    description: str = "",
    task: Task | None = None,
    agent: Agent | None = None,
    author: User | None = None,
    branch: str = "",
    run: Run | None = None,
    step: Step | None = None,
    by: User | None = None,
) -> Change:
    """A new change with its first patch set."""
    Project.objects.select_for_update().get(pk=project.pk)  # numbers are given out one at a time
    last = Change.objects.filter(project=project).aggregate(last=Max("number"))["last"] or 0
    change = Change.objects.create(
        project=project,
        number=last + 1,
        title=(title or revision.title or branch or "Untitled change")[:250],
        description=description,
        origin=origin,
        task=task,
        agent=agent,
        author_user=author,
        author_name=revision.author_name,
        branch=branch,
    )
    bus.publish(ChangeOpened(project=project.pk, change=change.pk), actor=actor(by or agent))
    # Putting a branch under review does not make one its author.
    upload_patch_set(change, revision, by=by if origin == Change.PERSON else None, run=run, step=step)
    return change


@transaction.atomic
def adopt_branch(project: Project, branch: str, info: Revision, *, by: User, title: str = "") -> Change:
    """Put a branch that is already there under review; adopting it twice gives the same change."""
    rights.require(by, project, REVIEWER, "put a branch under review")
    known = Change.objects.filter(project=project, branch=branch, state=OPEN).first()
    if known is not None:
        upload_patch_set(known, info, by=None)
        return known
    if info.base_sha == info.head_sha:
        raise Refused(
            "nothing_to_review",
            f"The branch {branch} has no commits that {project.target} lacks.",
            remedy="Commit something on it, or choose another branch.",
            status=422,
        )
    return open_change(project, revision=info, origin=Change.BRANCH, title=title, branch=branch, by=by)


@transaction.atomic
def upload_patch_set(
    change: Change,
    revision: Revision,
    *,
    by: User | None = None,
    run: Run | None = None,
    step: Step | None = None,
) -> PatchSet:
    """The next numbered revision. The same head as the newest one is no news; votes are carried as D9 says."""
    Change.objects.select_for_update().get(pk=change.pk)
    newest = PatchSet.objects.filter(change=change).last()
    if newest is not None and (newest.head_sha, newest.base_sha) == (revision.head_sha, revision.base_sha):
        return newest
    change.refresh_from_db(fields=["state"])
    if change.state == MERGED:
        raise Refused("change_merged", "This change is merged already.", remedy="Open a new change for more work.")
    patch_set = _store(change, revision, number=newest.number + 1 if newest else 1, by=by, run=run, step=step)
    Change.objects.filter(pk=change.pk).update(branch_problem="", changed_at=timezone.now())
    if newest is not None:
        _carry_votes(newest, patch_set)
        _mark_answered(change, patch_set)
    fact = PatchSetUploaded(project=change.project_id, change=change.pk, patch_set=patch_set.pk)
    bus.publish(fact, actor=actor(by or (run.agent if run else None)))
    return patch_set


def _store(
    change: Change, revision: Revision, *, number: int, by: User | None, run: Run | None, step: Step | None
) -> PatchSet:
    return PatchSet.objects.create(
        change=change,
        number=number,
        base_sha=revision.base_sha,
        head_sha=revision.head_sha,
        tree_sha=revision.tree_sha,
        patch_id=revision.patch_id,
        file_patch_ids=revision.file_patch_ids,
        message=revision.message,
        author_name=revision.author_name[:200],
        author_email=revision.author_email[:200],
        uploaded_by=by,
        run=run,
        step=step,
        files=revision.files,
        additions=revision.additions,
        deletions=revision.deletions,
        commits=revision.commits,
        outside_scope=list(revision.outside_scope),
        guarded=list(revision.guarded),
        notes=list(revision.notes),
        hints=revision.hints,
    )


def same_content(old: PatchSet, new: PatchSet) -> bool:
    """Equal patch-ids (as a whole and per file) and equal counts: the same edits."""
    return bool(old.patch_id) and (
        (old.patch_id, old.file_patch_ids, old.additions, old.deletions)
        == (new.patch_id, new.file_patch_ids, new.additions, new.deletions)
    )


def _carry_votes(old: PatchSet, new: PatchSet) -> None:
    """Only a move to another base carries: a new head on the same base may say something else in its message."""
    if old.base_sha == new.base_sha or not same_content(old, new):
        return
    for vote in Vote.objects.filter(patch_set=old, replaced_at=None):
        Vote.objects.create(
            change_id=vote.change_id,
            patch_set=new,
            user_id=vote.user_id,
            value=vote.value,
            head_sha=new.head_sha,
            base_sha=new.base_sha,
            patch_id=new.patch_id,
            definition_digest=vote.definition_digest,
            waived=vote.waived,
            unshown=vote.unshown,
            carried_from=vote,
        )
        Vote.objects.filter(pk=vote.pk).update(replaced_at=timezone.now())


def _mark_answered(change: Change, patch_set: PatchSet) -> None:
    """A new patch set answers what was sent: delivered threads of a run, sent ones of people and branches."""
    waiting = Thread.objects.filter(change=change, state=OPEN, answered_at=None)
    if change.origin == Change.RUN and patch_set.run_id is not None:
        waiting = waiting.filter(delivered_at__isnull=False)
    else:
        waiting = waiting.filter(sent_at__isnull=False)
    for thread in waiting:
        Thread.objects.filter(pk=thread.pk).update(answered_at=timezone.now(), answered_patch_set=patch_set)
        bus.publish(ThreadChanged(project=change.project_id, change=change.pk, thread=thread.pk))


@transaction.atomic
def edit_change(change: Change, *, by: User, title: str | None = None, description: str | None = None) -> Change:
    rights.require(by, change.project, REVIEWER, "rename a change")
    if title is not None:
        change.title = title.strip()[:250] or change.title
    if description is not None:
        change.description = description
    change.save(update_fields=["title", "description", "changed_at"])
    bus.publish(ChangeMoved(project=change.project_id, change=change.pk, state=change.state), actor=actor(by))
    return change


@transaction.atomic
def branch_moved(change: Change, revision: Revision, *, rewritten: bool = False) -> PatchSet:
    """New commits on an adopted branch. A rewritten branch says so in the patch set's notes."""
    patch_set = upload_patch_set(change, revision)
    _branch_back(change)
    if rewritten:
        note = (
            f"The branch {change.branch} was rewritten. Earlier patch sets are kept. "
            "Compare this one with the one before to see what is different."
        )
        patch_set.notes = [*[n for n in patch_set.notes if n != note], note]
        patch_set.save(update_fields=["notes"])
    return patch_set


def _branch_back(change: Change) -> None:
    """Made again at the very commit that is known: no new patch set says so."""
    if Change.objects.filter(pk=change.pk).exclude(branch_problem="").update(branch_problem=""):
        change.branch_problem = ""
        bus.publish(ChangeMoved(project=change.project_id, change=change.pk, state=change.state))


@transaction.atomic
def branch_gone(change: Change, problem: str = "") -> None:
    """The branch under review is not there any more; the patch sets are."""
    problem = problem or (
        f"The branch {change.branch} was deleted or renamed in the repository. Its patch sets are kept here. "
        "Make the branch again to go on, or waive this by name to land what is here."
    )
    if Change.objects.filter(pk=change.pk, state=OPEN).exclude(branch_problem=problem).update(branch_problem=problem):
        change.branch_problem = problem
        bus.publish(ChangeMoved(project=change.project_id, change=change.pk, state=OPEN))


@transaction.atomic
def abandon(change: Change, reason: str = "", *, by: User) -> Change:
    """Reject: nothing lands, everything is kept, `restore` brings it back."""
    rights.require(by, change.project, queries.least_to_close(change, by), "reject a change")
    _move(change, ABANDONED, by, reason=reason)
    return change


@transaction.atomic
def restore(change: Change, *, by: User) -> Change:
    rights.require(by, change.project, queries.least_to_close(change, by), "restore a change")
    if change.task is not None:
        refuse_deleted(change.task)
    _move(change, OPEN, by, reason="")
    return change


def _move(change: Change, to: str, by: User, **fields: Any) -> None:
    if not CHANGE.allows(change.state, to):
        raise Refused("wrong_state", f"This change is {change.state} already.", details={"state": change.state})
    try:
        CHANGE.move(change, to, changed_at=timezone.now(), **fields)
    except StaleState as stale:
        change.refresh_from_db()
        raise Refused("wrong_state", f"Somebody else made this change {change.state} first.") from stale
    bus.publish(ChangeMoved(project=change.project_id, change=change.pk, state=to), actor=actor(by))


@transaction.atomic
def mark_merged(change: Change, sha: str) -> None:
    """The target holds it. That is true whatever the row said a moment ago, so an abandoned one is re-opened first."""
    change.refresh_from_db()
    if change.state == MERGED:
        return
    if change.state == ABANDONED:
        CHANGE.move(change, OPEN)
    CHANGE.move(change, MERGED, merged_sha=sha, branch_problem="", changed_at=timezone.now())
    bus.publish(ChangeMoved(project=change.project_id, change=change.pk, state=MERGED))
