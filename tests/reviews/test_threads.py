"""Threads, drafts and receipts."""

import pytest

from teamboard.events.models import Event
from teamboard.lib.refusal import Refused
from teamboard.reviews import actions, queries
from teamboard.reviews.models import Comment, Thread
from teamboard.reviews.revision import Revision
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def change():
    change = factories.change()
    factories.patch_set(change)
    return change


def test_a_published_thread_is_everybodys(change):
    rui = factories.rui(change.project)
    thread = actions.open_thread(change, 1, "app.py", "new", 3, 4, "Why twice?", by=rui)
    views = queries.threads_of(change, user=factories.ada())
    assert [view.comments[0].body for view in views] == ["Why twice?"]
    assert (thread.start_line, thread.end_line, thread.published_at is not None) == (3, 4, True)


def test_an_observer_may_not_comment(change):
    with pytest.raises(Refused) as refused:
        actions.open_thread(change, 1, body="Hm", by=factories.olga(change.project))
    assert refused.value.status == 403


def test_a_draft_is_shown_to_its_writer_only(change):
    rui, ada = factories.rui(change.project), factories.ada()
    actions.save_draft(change, None, "app.py", "new", 3, 3, "Perhaps", by=rui)
    assert len(queries.threads_of(change, user=rui)) == 1
    assert queries.threads_of(change, user=ada) == []
    assert queries.threads_of(change) == []
    assert not Event.objects.filter(kind="thread_changed").exists()


def test_saving_a_draft_again_replaces_its_text(change):
    rui = factories.rui(change.project)
    draft = actions.save_draft(change, None, "app.py", "new", 3, 3, "Perhaps", by=rui)
    again = actions.save_draft(change, body="Surely", by=rui, thread=draft.thread)
    assert (again.pk, Comment.objects.get().body) == (draft.pk, "Surely")


def test_somebody_elses_draft_cannot_be_edited_or_discarded(change):
    draft = actions.save_draft(change, None, body="Mine", by=factories.rui(change.project))
    for deed in (
        lambda: actions.edit_draft(draft, "x", by=factories.ada()),
        lambda: actions.discard_draft(draft, by=factories.ada()),
    ):
        with pytest.raises(Refused) as refused:
            deed()
        assert refused.value.status == 404
    assert Comment.objects.get().body == "Mine"


def test_a_discarded_draft_takes_its_empty_thread_along(change):
    rui = factories.rui(change.project)
    actions.discard_draft(actions.save_draft(change, None, body="Mine", by=rui), by=rui)
    assert not Thread.objects.exists()


def test_a_draft_reply_leaves_the_thread_when_discarded(change):
    rui = factories.rui(change.project)
    thread = actions.open_thread(change, 1, body="Hm", by=factories.ada())
    draft = actions.save_draft(change, body="Well", by=rui, thread=thread)
    actions.discard_draft(draft, by=rui)
    assert Thread.objects.get().comments.count() == 1


def test_publishing_shows_all_own_drafts_and_no_others(change):
    rui, ada = factories.rui(change.project), factories.ada()
    actions.save_draft(change, None, "a.py", "new", 1, 1, "One", by=rui)
    actions.save_draft(change, None, "b.py", "new", 1, 1, "Two", by=rui)
    actions.save_draft(change, None, "c.py", "new", 1, 1, "Hers", by=ada)
    published = actions.publish_drafts(change, by=rui, body="All in all good")
    assert [t.path for t in published] == ["a.py", "b.py", ""]
    assert [v.thread.path for v in queries.threads_of(change)] == ["a.py", "b.py", ""]


def test_nobody_answers_a_thread_that_is_a_draft(change):
    draft = actions.save_draft(change, None, body="Mine", by=factories.rui(change.project))
    with pytest.raises(Refused):
        actions.post_comment(draft.thread, "What?", by=factories.ada())


def test_an_empty_comment_is_refused(change):
    with pytest.raises(Refused) as refused:
        actions.open_thread(change, 1, body="  \n", by=factories.ada())
    assert refused.value.code == "empty_comment"


@pytest.mark.parametrize(
    ("side", "start", "end", "code"),
    [("left", 1, 1, "bad_side"), ("new", 0, 1, "bad_lines"), ("new", 5, 4, "bad_lines")],
)
def test_a_place_that_cannot_be_is_refused(change, side, start, end, code):
    with pytest.raises(Refused) as refused:
        actions.open_thread(change, 1, "a.py", side, start, end, "Hm", by=factories.ada())
    assert refused.value.code == code


def test_resolving_twice_is_harmless_and_reopening_forgets_who_verified(change):
    ada = factories.ada()
    thread = actions.open_thread(change, 1, body="Hm", by=ada)
    actions.verify_thread(thread, by=ada)
    actions.resolve_thread(thread, by=ada)
    assert (thread.state, thread.verified_by) == ("resolved", ada)
    actions.reopen_thread(thread, by=ada)
    thread.refresh_from_db()
    assert (thread.state, thread.verified_at) == ("open", None)


def test_a_receipt_goes_from_sent_to_verified():
    run = factories.run()
    step = factories.step(run)
    change = factories.change(task=run.task, agent=run.agent)
    factories.patch_set(change, run=run)
    rui = factories.rui(change.project)
    thread = actions.open_thread(change, 1, body="Round it", by=rui)
    assert queries.receipt(thread) == {"sent": None, "delivered": None, "answered": None, "verified": None}
    actions.request_changes(change, by=rui)
    thread.refresh_from_db()
    assert thread.sent_at
    assert thread.delivered_at is None
    actions.deliver([thread], step)
    patch_set = actions.upload_patch_set(change, Revision(factories.sha(), factories.sha(), factories.sha()), run=run)
    thread.refresh_from_db()
    assert (thread.delivered_step, thread.answered_patch_set) == (step, patch_set)
    actions.verify_thread(thread, by=rui)
    assert all(queries.receipt(thread).values())


def test_a_thread_that_was_not_delivered_is_not_answered_by_a_patch_set():
    run = factories.run()
    change = factories.change(task=run.task, agent=run.agent)
    factories.patch_set(change, run=run)
    thread = actions.open_thread(change, 1, body="Round it", by=factories.ada())
    actions.upload_patch_set(change, Revision(factories.sha(), factories.sha(), factories.sha()), run=run)
    thread.refresh_from_db()
    assert thread.answered_at is None


def test_requesting_changes_publishes_votes_and_tells_whoever_wrote_it(change):
    rui = factories.rui(change.project)
    actions.save_draft(change, None, "a.py", "new", 1, 1, "One", by=rui)
    threads = actions.request_changes(change, "Please", by=rui)
    assert [t.sent_at is not None for t in threads] == [True, True]
    assert [v.value for v in queries.current_votes(change)] == [-1]
    assert Event.objects.filter(kind="changes_requested").count() == 1


def test_requesting_nothing_is_refused_and_leaves_no_vote(change):
    with pytest.raises(Refused) as refused:
        actions.request_changes(change, by=factories.rui(change.project))
    assert refused.value.code == "nothing_to_send"
    assert queries.current_votes(change) == []
