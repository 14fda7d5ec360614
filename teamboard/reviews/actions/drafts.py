"""Drafts: kept on the server, shown to their writer only, published together."""

from django.db import transaction
from django.utils import timezone

from teamboard.accounts.models import REVIEWER, User
from teamboard.board import rights
from teamboard.events import bus
from teamboard.events.catalogue import DraftSaved, ThreadChanged
from teamboard.lib.refusal import Refused
from teamboard.reviews import anchoring
from teamboard.reviews.actors import actor
from teamboard.reviews.models import Change, Comment, PatchSet, Thread


def save_draft(
    change: Change,
    patch_set: PatchSet | None = None,
    path: str = "",
    side: str = "new",
    start_line: int | None = None,
    end_line: int | None = None,
    body: str = "",
    *,
    by: User,
    thread: Thread | None = None,
    anchor_text: str = "",
) -> Comment:
    """Keep a comment for its writer alone: on a new place, or as a reply in `thread`."""
    rights.require(by, change.project, REVIEWER, "comment")
    text = anchoring.said(body)
    if thread is not None:
        return _draft_in(thread, text, by)
    place = anchoring.place(change, patch_set, path, side, start_line, end_line, anchor_text)
    with transaction.atomic():
        opened = Thread.objects.create(change=change, opened_by=by, **place)
        return _draft_in(opened, text, by)


@transaction.atomic
def _draft_in(thread: Thread, body: str, by: User) -> Comment:
    """One draft per writer and thread: saving again replaces the text."""
    draft, _ = Comment.objects.update_or_create(
        thread=thread, author_user=by, author_agent=None, published_at=None, defaults={"body": body}
    )
    _saved(thread.change, by)
    return draft


@transaction.atomic
def edit_draft(draft: Comment, body: str, *, by: User) -> Comment:
    own = _own(draft, by)
    own.body = anchoring.said(body)
    own.save(update_fields=["body", "edited_at"])
    _saved(own.thread.change, by)
    return own


@transaction.atomic
def discard_draft(draft: Comment, *, by: User) -> None:
    own = _own(draft, by)
    thread = own.thread
    own.delete()
    if thread.published_at is None and not thread.comments.exists():
        thread.delete()
    _saved(thread.change, by)


@transaction.atomic
def publish_drafts(change: Change, *, by: User, body: str = "") -> list[Thread]:
    """Show all own drafts to everybody; `body` becomes a thread on the change as a whole."""
    rights.require(by, change.project, REVIEWER, "comment")
    now = timezone.now()
    drafts = Comment.objects.filter(thread__change=change, author_user=by, published_at=None)
    threads = list(Thread.objects.filter(comments__in=drafts).distinct())
    drafts.update(published_at=now)
    if body.strip():
        threads.append(_whole_change_thread(change, body, by))
    for thread in threads:
        Thread.objects.filter(pk=thread.pk, published_at=None).update(published_at=now)
        thread.refresh_from_db()
        bus.publish(ThreadChanged(project=change.project_id, change=change.pk, thread=thread.pk), actor=actor(by))
    return threads


def _whole_change_thread(change: Change, body: str, by: User) -> Thread:
    place = anchoring.place(change, None, "", "new", None, None, "")
    thread = Thread.objects.create(change=change, opened_by=by, **place)
    Comment.objects.create(thread=thread, author_user=by, body=anchoring.said(body), published_at=timezone.now())
    return thread


def _own(draft: Comment, by: User) -> Comment:
    """Somebody else's draft does not exist for you."""
    own = Comment.objects.filter(pk=draft.pk, author_user=by, published_at=None).first()
    if own is None:
        raise Refused("no_such_draft", "There is no such draft of yours.", status=404)
    return own


def _saved(change: Change, by: User) -> None:
    bus.publish(DraftSaved(project=change.project_id, change=change.pk), actor=actor(by))
