"""Threads: opened, answered, resolved, and how far each has reached its addressee."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from teamboard.accounts.models import REVIEWER, User
from teamboard.board import rights
from teamboard.board.models import Agent
from teamboard.events import bus
from teamboard.events.catalogue import ThreadChanged
from teamboard.lib.refusal import Refused
from teamboard.lib.statemachine import StaleState
from teamboard.reviews import anchoring
from teamboard.reviews.actors import actor
from teamboard.reviews.models import Change, Comment, PatchSet, Thread
from teamboard.reviews.states import OPEN, RESOLVED, THREAD
from teamboard.reviews.states import OPEN as CHANGE_OPEN
from teamboard.runs.actions import rounds
from teamboard.runs.models import Step


def open_thread(
    change: Change,
    patch_set_number: int | None = None,
    path: str = "",
    side: str = "new",
    start_line: int | None = None,
    end_line: int | None = None,
    body: str = "",
    *,
    by: User,
    anchor_text: str = "",
) -> Thread:
    """Say something at a place, for everybody at once."""
    rights.require(by, change.project, REVIEWER, "comment")
    text = anchoring.said(body)
    patch_set = _numbered(change, patch_set_number)
    place = anchoring.place(change, patch_set, path, side, start_line, end_line, anchor_text)
    with transaction.atomic():
        now = timezone.now()
        thread = Thread.objects.create(change=change, opened_by=by, published_at=now, **place)
        Comment.objects.create(thread=thread, author_user=by, body=text, published_at=now)
        _tell(thread, actor(by))
    return thread


def _numbered(change: Change, number: int | None) -> PatchSet | None:
    if number is None:
        return None
    patch_set = PatchSet.objects.filter(change=change, number=number).first()
    if patch_set is None:
        raise Refused("no_such_patch_set", f"This change has no patch set {number}.", status=404)
    return patch_set


@transaction.atomic
def post_comment(
    thread: Thread, body: str, *, by: User | None = None, agent: Agent | None = None, resolve: bool = False
) -> Comment:
    """Answer in a thread. An agent's answer moves the receipt of a thread that was delivered to it."""
    if by is not None:
        rights.require(by, thread.change.project, REVIEWER, "comment")
    _seen_by(thread, by)
    comment = Comment.objects.create(
        thread=thread, author_user=by, author_agent=agent, body=anchoring.said(body), published_at=timezone.now()
    )
    if agent is not None:
        Thread.objects.filter(pk=thread.pk, answered_at=None).update(answered_at=timezone.now())
    if resolve and thread.state == OPEN:
        THREAD.move(thread, RESOLVED)
    _tell(thread, actor(by or agent))
    return comment


def resolve_thread(thread: Thread, *, by: User) -> Thread:
    return _turn(thread, RESOLVED, by)


def reopen_thread(thread: Thread, *, by: User) -> Thread:
    return _turn(thread, OPEN, by, verified_at=None, verified_by=None)


@transaction.atomic
def verify_thread(thread: Thread, *, by: User) -> Thread:
    """A person has looked: what was asked for is there. Closes the thread too."""
    rights.require(by, thread.change.project, REVIEWER, "verify a thread")
    _seen_by(thread, by)
    fields = {"verified_at": timezone.now(), "verified_by": by}
    Thread.objects.filter(pk=thread.pk).update(**fields)
    if thread.state == OPEN:
        THREAD.move(thread, RESOLVED)
    thread.refresh_from_db()
    _tell(thread, actor(by))
    return thread


@transaction.atomic
def ask_now(thread: Thread, *, by: User) -> Thread:
    """Send this one thread to the agent at once, without a vote; what else is open waits for a request."""
    rights.require(by, thread.change.project, REVIEWER, "ask an agent")
    _seen_by(thread, by)
    newest = PatchSet.objects.filter(change=thread.change).select_related("run").last()
    if newest is None or newest.run is None or thread.change.state != CHANGE_OPEN:
        raise Refused("no_agent", "No agent is there to answer.", remedy="Only an open change by an agent has one.")
    if thread.state != OPEN:
        raise Refused("thread_resolved", "This thread is resolved.", remedy="Reopen it first.")
    fields = {"sent_at": timezone.now(), "delivered_at": None, "delivered_step": None, "answered_at": None}
    Thread.objects.filter(pk=thread.pk).update(**fields, answered_patch_set=None)
    rounds.request_round(newest.run, feedback=[thread.pk], by=by)
    thread.refresh_from_db()
    _tell(thread, actor(by))
    return thread


@transaction.atomic
def deliver(threads: Iterable[Thread], step: Step) -> None:
    """The run's next step has been given these threads; a second delivery changes nothing."""
    for thread in threads:
        rows = Thread.objects.filter(pk=thread.pk, delivered_at=None)
        if rows.update(delivered_at=timezone.now(), delivered_step=step):
            _tell(thread, "board")


def send(change: Change) -> list[Thread]:
    """Mark every open thread as sent (again, when it was answered but is still open); inside a transaction."""
    rows = Thread.objects.filter(change=change, state=OPEN, published_at__isnull=False)
    threads = list(rows)
    rows.update(
        sent_at=timezone.now(), delivered_at=None, delivered_step=None, answered_at=None, answered_patch_set=None
    )
    for thread in threads:
        thread.refresh_from_db()
        _tell(thread, "board")
    return threads


@transaction.atomic
def _turn(thread: Thread, to: str, by: User, **fields: None) -> Thread:
    rights.require(by, thread.change.project, REVIEWER, "resolve a thread")
    _seen_by(thread, by)
    if thread.state == to:
        return thread
    try:
        THREAD.move(thread, to, **fields)
    except StaleState:
        thread.refresh_from_db()
        return thread
    _tell(thread, actor(by))
    return thread


def _seen_by(thread: Thread, by: User | None) -> None:
    """A thread that only holds somebody's draft does not exist for others."""
    if thread.published_at is None and (by is None or thread.opened_by_id != by.pk):
        raise Refused("no_such_thread", "There is no such thread.", status=404)
    if thread.published_at is None:
        raise Refused("draft", "This thread is still a draft.", remedy="Publish your drafts first.")


def _tell(thread: Thread, who: str) -> None:
    fact = ThreadChanged(project=thread.change.project_id, change=thread.change_id, thread=thread.pk)
    bus.publish(fact, actor=who)
