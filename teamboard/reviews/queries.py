"""Reads over changes, shaped for the change page, the inbox and the gate."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet

from teamboard.accounts.models import ARCHITECT, REVIEWER, User
from teamboard.board import projectfile
from teamboard.board import queries as board
from teamboard.board.environments import environment_digest
from teamboard.board.models import Project
from teamboard.reviews.models import Change, CheckRun, Comment, PatchSet, Served, Thread, Viewed, Vote
from teamboard.reviews.states import COMPLETED, OPEN, SUCCESS

# Given a thread and the patch set on show: (path, side, start, end, kind) there.
Port = Callable[[Thread, PatchSet], Any]


@dataclass(frozen=True, slots=True)
class ThreadView:
    """A thread as one person may see it; `position` is what `port` said, None without one."""

    thread: Thread
    comments: list[Comment]
    position: Any = None

    @property
    def receipt(self) -> dict[str, Any]:
        return receipt(self.thread)


@dataclass(frozen=True, slots=True)
class ChangePage:
    """All that the change page and the API show of a change, apart from its diff."""

    change: Change
    patch_sets: list[PatchSet]
    newest: PatchSet | None
    threads: list[ThreadView]
    drafts: list[Comment]
    votes: list[Vote]
    checks: list[CheckRun]
    viewed: dict[str, str]
    served: set[int] = field(default_factory=set)


def least_to_close(change: Change, user: User) -> str:
    """The role that rejecting and restoring take: the author's own change takes less."""
    return REVIEWER if change.author_user_id == user.pk else ARCHITECT


def change_page(change: Change, user: User | None = None) -> ChangePage:
    patch_sets = list(change.patch_sets.select_related("uploaded_by", "run", "step"))
    newest = patch_sets[-1] if patch_sets else None
    return ChangePage(
        change=change,
        patch_sets=patch_sets,
        newest=newest,
        threads=threads_of(change, user=user),
        drafts=drafts_of(change, user) if user else [],
        votes=votes_of(change),
        checks=checks_of(newest.tree_sha, change.project) if newest else [],
        viewed=viewed_by(change, user) if user else {},
        served=served_to(change, user) if user else set(),
    )


def changes_of(project: Project, *, state: str = "", search: str = "") -> "QuerySet[Change]":
    rows = project.changes.select_related("project", "task", "task__project", "agent", "author_user")
    if state:
        rows = rows.filter(state=state)
    if search.strip():
        rows = rows.filter(Q(title__icontains=search.strip()) | Q(branch__icontains=search.strip()))
    return rows.order_by("-id")


def newest_patch_set(change: Change) -> PatchSet | None:
    return PatchSet.objects.filter(change=change).order_by("number").last()


def comments_of(change: Change, wanted: Iterable[int]) -> list[Comment]:
    """Published comments of this change, in the order asked for; others are left out."""
    rows = Comment.objects.filter(thread__change=change, pk__in=wanted, published_at__isnull=False)
    found = {
        row.pk: row for row in rows.select_related("thread__change", "thread__patch_set", "author_user", "author_agent")
    }
    return [found[pk] for pk in dict.fromkeys(wanted) if pk in found]


def threads_of(
    change: Change, patch_set: PatchSet | None = None, port: Port | None = None, *, user: User | None = None
) -> list[ThreadView]:
    """Published threads with published comments; `user` also gets the own drafts. `port` places each on `patch_set`."""
    mine = Q(author_user=user) if user is not None else Q(pk__in=[])
    comments = Comment.objects.filter(Q(published_at__isnull=False) | mine)
    comments = comments.select_related("author_user", "author_agent")
    own = Q(opened_by=user) if user is not None else Q(pk__in=[])
    rows = change.threads.filter(Q(published_at__isnull=False) | own).select_related(
        "change__agent",
        "patch_set",
        "opened_by",
        "opened_by_agent",
        "delivered_step",
        "answered_patch_set",
        "verified_by",
    )
    threads = rows.prefetch_related(Prefetch("comments", queryset=comments))
    return [_view(thread, patch_set, port) for thread in threads]


def thread_view(thread: Thread, *, user: User | None = None) -> ThreadView | None:
    """One thread again; None when this person may not see it."""
    return next((view for view in threads_of(thread.change, user=user) if view.thread.pk == thread.pk), None)


def _view(thread: Thread, patch_set: PatchSet | None, port: Port | None) -> ThreadView:
    position = port(thread, patch_set) if port is not None and patch_set is not None else None
    # Drafts come last, as they were not said yet.
    comments = sorted(thread.comments.all(), key=lambda c: (c.published_at is None, c.published_at or c.created_at))
    return ThreadView(thread, comments, position)


def receipt(thread: Thread) -> dict[str, Any]:
    """How far the thread has reached its addressee."""
    return {
        "sent": thread.sent_at,
        "delivered": thread.delivered_at,
        "answered": thread.answered_at,
        "verified": thread.verified_at,
    }


def drafts_of(change: Change, user: User) -> list[Comment]:
    rows = Comment.objects.filter(thread__change=change, author_user=user, published_at=None)
    return list(rows.select_related("thread", "thread__patch_set").order_by("id"))


def open_threads(change: Change) -> "QuerySet[Thread]":
    return change.threads.filter(state=OPEN, published_at__isnull=False)


def votes_of(change: Change) -> list[Vote]:
    """All that stand, each person's last one; those on an older patch set are outdated but kept."""
    return list(change.votes.filter(replaced_at=None).select_related("user", "patch_set", "carried_from"))


def current_votes(change: Change) -> list[Vote]:
    """Votes that count: on the newest patch set. A carried vote is a row of its own there."""
    newest = newest_patch_set(change)
    return [vote for vote in votes_of(change) if newest is not None and vote.patch_set_id == newest.pk]


def viewed_by(change: Change, user: User) -> dict[str, str]:
    """Path -> the blob it was marked at."""
    return dict(Viewed.objects.filter(change=change, user=user).values_list("path", "blob"))


def served_to(change: Change, user: User) -> set[int]:
    return set(Served.objects.filter(user=user, patch_set__change=change).values_list("patch_set_id", flat=True))


def unshown_to(patch_set: PatchSet, user: User) -> list[str]:
    """Changed files whose edits this person was never shown: neither here nor, the same ones, in another patch set."""
    known = shown_edits(patch_set.change, user)
    return sorted(path for path, edits in patch_set.file_patch_ids.items() if edits not in known)


def shown_edits(change: Change, user: User) -> set[str]:
    """Patch-ids of single files: equal ones mean the very same lines."""
    rows = Served.objects.filter(user=user, patch_set__change=change).values_list("files", flat=True)
    return {edits for files in rows for edits in files}


def checks_of(tree: str, project: Project) -> list[CheckRun]:
    """The newest attempt of each check in force on exactly this tree (I-25)."""
    rows = runs_in_force(project).filter(tree_sha=tree).order_by("name", "number")
    return list({row.name: row for row in rows}.values())


def runs_in_force(project: Project) -> "QuerySet[CheckRun]":
    """Check runs that say something today: of the checks as they are defined now, in the environment of now (D10)."""
    body = board.settings_body(project)
    known = Q(pk__in=[])
    for name in body["checks"]:
        known |= Q(name=name, definition_digest=projectfile.check_digest(body, name))
    return CheckRun.objects.filter(known, project=project, environment_digest=environment_digest(project))


def failed_before(change: Change, patch_set: PatchSet) -> set[str]:
    """Names of tests that failed on its earlier patch sets, or on where it starts."""
    earlier = PatchSet.objects.filter(change=change, number__lt=patch_set.number).values("tree_sha")
    seen = CheckRun.objects.filter(project=change.project_id).exclude(failing=[])
    rows = seen.filter(Q(tree_sha__in=earlier) | Q(commit_sha=patch_set.base_sha))
    return {name for failing in rows.values_list("failing", flat=True) for name in failing}


def attempts_of(check: CheckRun) -> list[CheckRun]:
    """All attempts under the same key, oldest first."""
    return list(
        CheckRun.objects.filter(
            project_id=check.project_id,
            name=check.name,
            tree_sha=check.tree_sha,
            definition_digest=check.definition_digest,
            environment_digest=check.environment_digest,
        ).order_by("number")
    )


def due_checks(project_ids: Iterable[int] | None = None) -> "QuerySet[CheckRun]":
    """Check runs that are not completed, oldest first; a claim decides who takes them."""
    rows = CheckRun.objects.exclude(state=COMPLETED).select_related("project").order_by("id")
    return rows if project_ids is None else rows.filter(project_id__in=project_ids)


def all_green(checks: Iterable[CheckRun]) -> bool:
    return all(check.state == COMPLETED and check.conclusion == SUCCESS for check in checks)


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One open change for the review inbox. `turn`: who has to act next, you, others or the author."""

    change: Change
    newest: PatchSet | None
    turn: str
    open_threads: int
    drafts: int
    votes: list[Vote]
    checks: list[CheckRun]


def inbox(project: Project, user: User) -> list[InboxRow]:
    """Open changes, those that wait for this person first, oldest first within."""
    rows = changes_of(project, state=OPEN).annotate(
        talk=Count("threads", filter=Q(threads__state=OPEN, threads__published_at__isnull=False), distinct=True)
    )
    found = [_inbox_row(change, user) for change in rows.order_by("changed_at")]
    return sorted(found, key=lambda row: ("you", "author", "others").index(row.turn))


def _inbox_row(change: Change, user: User) -> InboxRow:
    newest = newest_patch_set(change)
    votes = votes_of(change)
    current = [vote for vote in votes if newest and vote.patch_set_id == newest.pk]
    return InboxRow(
        change=change,
        newest=newest,
        turn=turn_of(change, current, user),
        open_threads=getattr(change, "talk", 0),
        drafts=len(drafts_of(change, user)),
        votes=votes,
        checks=checks_of(newest.tree_sha, change.project) if newest else [],
    )


def turn_of(change: Change, current: list[Vote], user: User) -> str:
    """Asked for changes: the author's turn. No vote of yours on the newest patch set: yours."""
    if any(vote.value < 0 for vote in current):
        return "you" if change.author_user_id == user.pk else "author"
    if any(vote.user_id == user.pk for vote in current) or change.author_user_id == user.pk:
        return "others"
    return "you"


def change_facts(change: Change) -> dict[str, Any]:
    """Small numbers for a card: newest patch set, open threads, votes, checks."""
    newest = newest_patch_set(change)
    return {
        "patch_set": newest.number if newest else 0,
        "additions": newest.additions if newest else 0,
        "deletions": newest.deletions if newest else 0,
        "open_threads": open_threads(change).count(),
        "votes": [vote.value for vote in current_votes(change)],
        "checks": [(c.name, c.state, c.conclusion) for c in checks_of(newest.tree_sha, change.project)]
        if newest
        else [],
    }


def threads_of_run(run_id: int) -> "QuerySet[Thread]":
    """Of the change that the run wrote, what is published: all that its agent may read and answer (I-47)."""
    rows = Thread.objects.filter(change__patch_sets__run=run_id, published_at__isnull=False)
    return rows.select_related("change__project").distinct().order_by("id")
