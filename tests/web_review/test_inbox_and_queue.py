"""The inbox says whose turn it is; the queue what lands next and why not."""

import pytest

from teamboard.gate import actions as gate
from teamboard.gate.models import Freeze, QueueEntry
from teamboard.reviews import actions
from tests import factories

pytestmark = pytest.mark.django_db


def inbox(client, room) -> str:
    return client.get(f"/p/{room.project.pk}/review/").content.decode()


def section(html: str, turn: str) -> str:
    return html.split(f'id="inbox-{turn}"')[1].split("</ul>")[0]


def approved(room) -> QueueEntry:
    newest = room.change.patch_sets.last()
    actions.served(newest, factories.ada(), newest.file_patch_ids)
    gate.approve(room.change, newest, newest.head_sha, by=factories.ada())
    return QueueEntry.objects.get()


def test_a_new_change_is_your_turn(room, as_):
    html = inbox(as_(factories.ada()), room)
    assert "Round half-even" in section(html, "you")
    assert "you have not looked yet" in html
    assert "1 change waits for you" in html


def test_after_asking_for_changes_it_is_the_authors_turn(room, as_):
    actions.request_changes(room.change, "Rename it.", by=factories.ada())
    assert "Round half-even" in section(inbox(as_(factories.ada()), room), "author")


def test_a_queued_change_waits_for_the_board(room, as_):
    approved(room)
    html = section(inbox(as_(factories.rui(room.project)), room), "others")
    assert "In the merge queue: queued" in html


def test_strangers_see_neither(room, as_):
    for page in ("review/", "review/rows/", "queue/"):
        assert as_(factories.eve()).get(f"/p/{room.project.pk}/{page}").status_code == 404


def test_the_train_shows_the_entry_and_its_checks(room, as_):
    entry = approved(room)
    newest = room.change.patch_sets.last()
    gate.record_candidate(entry, base_sha=room.base, sha=newest.head_sha, tree=newest.tree_sha)
    actions.ensure_check_runs(room.project, newest.tree_sha, newest.head_sha)
    html = as_(factories.ada()).get(f"/p/{room.project.pk}/queue/").content.decode()
    assert f'id="entry-{entry.pk}"' in html
    assert "0 of 1 check passed" in html
    assert newest.head_sha[:7] in html


def test_a_returned_entry_says_why_and_what_to_do(room, as_):
    entry = approved(room)
    gate.return_to_author(entry, {"code": "conflict", "message": "It conflicts: a.py.", "remedy": "Rebase it."})
    html = as_(factories.ada()).get(f"/p/{room.project.pk}/queue/").content.decode()
    assert "It conflicts: a.py." in html.split('id="returned"')[1]
    change = as_(factories.ada()).get(f"/changes/{room.change.pk}/").content.decode()
    assert "Rebase it." in change


def test_an_architect_freezes_and_unfreezes(room, as_):
    ada = as_(factories.ada())
    html = ada.post(f"/p/{room.project.pk}/queue/freeze/", {"reason": "Release day"}).content.decode()
    assert "Release day" in html
    assert Freeze.objects.exists()
    assert 'data-frozen="no"' in ada.post(f"/p/{room.project.pk}/queue/unfreeze/").content.decode()
    assert as_(factories.rui(room.project)).post(f"/p/{room.project.pk}/queue/freeze/").status_code == 403
