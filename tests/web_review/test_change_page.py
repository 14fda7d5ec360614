"""The change page: what a reader gets, for each role and each sight."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from teamboard.reviews import actions
from teamboard.reviews.models import CheckRun, Served
from tests import factories
from tests.web_review.conftest import SECOND

pytestmark = pytest.mark.django_db


def html_of(answer) -> str:
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def test_it_shows_the_diff_of_the_newest_patch_set(room, as_):
    html = html_of(as_(factories.ada()).get(f"/changes/{room.change.pk}/"))
    assert "Round half-even in every posting" in html
    assert '<ins class="ln" data-n="4"' in html
    assert "Approve patch set 1" in html


def test_a_stranger_finds_no_change(room, as_):
    for part in ("", "diff/", "mine/", "threads/1/", "edit/?path=x"):
        assert as_(factories.eve()).get(f"/changes/{room.change.pk}/{part}").status_code == 404


def test_a_visitor_is_sent_to_the_door(room, client):
    assert client.get(f"/changes/{room.change.pk}/")["Location"].startswith("/sign-in/")


def test_it_answers_gets_only(room, as_):
    assert as_(factories.ada()).post(f"/changes/{room.change.pk}/").status_code == 405


def test_reading_writes_nothing_until_the_page_says_it_was_served(room, as_):
    ada = as_(factories.ada())
    ada.get(f"/changes/{room.change.pk}/")
    assert not Served.objects.exists()
    ada.post(f"/changes/{room.change.pk}/served/", {"ps": "1"})
    ada.post(f"/changes/{room.change.pk}/served/", {"ps": "1"})
    assert Served.objects.get().patch_set.number == 1


def test_an_unknown_patch_set_is_not_found(room, as_):
    for query in ("?ps=9", "?ps=x", "?ps=1&against=7"):
        assert as_(factories.ada()).get(f"/changes/{room.change.pk}/{query}").status_code == 404


def test_an_older_patch_set_stays_pinned_and_offers_to_compare(room, as_):
    room.upload(SECOND)
    html = html_of(as_(factories.ada()).get(f"/changes/{room.change.pk}/?ps=1"))
    assert "Compare 1 with 2" in html
    assert "half_even" not in html
    assert "patch set 2 is newer" in html


def test_two_patch_sets_are_compared(room, as_):
    room.upload(SECOND)
    html = html_of(as_(factories.ada()).get(f"/changes/{room.change.pk}/?ps=2&against=1"))
    assert "PS1 to PS2" in html
    assert "Amounts are integers." in html
    assert "gone.txt" not in html.split('id="files"')[1]


def test_binary_files_say_so_and_deleted_ones_too(room, as_):
    html = html_of(as_(factories.ada()).get(f"/changes/{room.change.pk}/"))
    assert "This file is binary" in html
    assert '<span class="chip">deleted</span>' in html


def test_an_observer_reads_without_buttons(room, as_):
    html = html_of(as_(factories.olga(room.project)).get(f"/changes/{room.change.pk}/"))
    for act in ("approve", "request-changes", "reject", "edit"):
        assert f'data-act="{act}"' not in html


def test_a_reviewer_may_ask_for_changes_but_not_approve(room, as_):
    html = html_of(as_(factories.rui(room.project)).get(f"/changes/{room.change.pk}/"))
    assert 'data-act="request-changes"' in html
    assert "only an Architect approves" in html


def test_a_viewed_file_folds_until_its_contents_change(room, as_):
    ada = as_(factories.ada())
    change = room.change
    blob = next(f.new_blob for f in _files(room) if f.path == "ledger/posting.py")
    sent = {"path": "ledger/posting.py", "blob": blob, "viewed": "1", "ps": "1"}
    answer = ada.post(f"/changes/{change.pk}/viewed/", sent)
    assert "1 of 4 Viewed" in html_of(answer)
    room.upload(SECOND)
    html = html_of(ada.get(f"/changes/{change.pk}/"))
    assert "0 of 4 Viewed" in html
    assert "changed since you viewed it" in html


def _files(room):
    from teamboard.git.diff import changed_files

    newest = room.change.patch_sets.last()
    return changed_files(room.stores, newest.base_sha, newest.head_sha)


def test_what_others_wrote_is_shown_and_does_nothing(start, as_):
    bad = b"<script>alert(1)</script>\n\xe2\x80\xae reversed\n<b hx-get='/x'>\n"
    room = start(base={"a": b"a\n"}, first={"<img src=x>.html": bad})
    actions.open_thread(room.change, 1, body="<script>x</script> **bold** <b hx-get=/x>", by=factories.ada())
    html = html_of(as_(factories.ada()).get(f"/changes/{room.change.pk}/"))
    assert "<script>alert" not in html
    assert "<script>x" not in html
    assert "<img src=x" not in html
    assert "<b hx-get" not in html
    assert "U+202E" in html
    assert '<div id="files" hx-ignore>' in html


def test_a_huge_file_is_opened_by_a_click(start, as_):
    many = b"".join(b"x%d\n" % n for n in range(11_000))
    room = start(base={"a": b"a\n"}, first={"big.txt": many})
    ada = as_(factories.ada())
    html = html_of(ada.get(f"/changes/{room.change.pk}/"))
    assert "Show this file" in html
    assert 'data-n="10999"' not in html
    opened = html_of(ada.get(f"/changes/{room.change.pk}/diff/?ps=1&path=big.txt&open=1"))
    assert 'data-n="10999"' in opened


def test_files_beyond_the_page_are_placeholders_that_can_be_fetched(start, as_):
    many = b"".join(b"x%d\n" % n for n in range(9_000))
    room = start(base={"a": b"a\n"}, first={"one.txt": many, "two.txt": many})
    ada = as_(factories.ada())
    html = html_of(ada.get(f"/changes/{room.change.pk}/"))
    assert html.count("data-fill") == 1
    assert 'data-n="8999"' in html_of(ada.get(f"/changes/{room.change.pk}/diff/?ps=1&path=two.txt"))


def test_more_files_and_threads_take_no_more_queries(room, as_, django_assert_num_queries):
    ada, path = as_(factories.ada()), f"/changes/{room.change.pk}/"
    files = {f"many/{number}.py": b"x = 1\n" for number in range(40)}

    def say(on: str) -> None:
        actions.open_thread(
            room.change, 1, path=on, side="new", start_line=1, end_line=1, body="Hm", by=factories.ada()
        )

    say("ledger/posting.py")
    room.upload(SECOND)
    ada.get(path)
    with CaptureQueriesContext(connection) as few:
        ada.get(path)
    number = len(few)
    say("ledger/new.py")
    room.upload(files)
    ada.get(path)
    with django_assert_num_queries(number):
        assert html_of(ada.get(path)).count('class="file"') > 40


def test_the_whole_file_can_be_shown_around_a_change(room, as_):
    room.upload({"ledger/money.py": b"".join(b"line %d\n" % (n if n != 30 else 99) for n in range(1, 60))})
    ada = as_(factories.ada())
    part = html_of(ada.get(f"/changes/{room.change.pk}/diff/?ps=2&path=ledger/money.py"))
    whole = html_of(ada.get(f"/changes/{room.change.pk}/diff/?ps=2&path=ledger/money.py&context=all"))
    assert "26 lines" in part
    assert 'data-o="1" data-n="1"' not in part
    assert 'data-o="1" data-n="1"' in whole


def test_a_failed_check_names_its_tests_and_its_log(room, as_):
    newest = room.change.patch_sets.last()
    check = actions.ensure_check_runs(room.project, newest.tree_sha, newest.head_sha)[0]
    CheckRun.objects.filter(pk=check.pk).update(
        state="completed", conclusion="failure", failing=["tests.test_total"], summary="1 failed"
    )
    html = html_of(as_(factories.ada()).get(f"/changes/{room.change.pk}/"))
    assert "tests.test_total" in html
    assert f'href="/checks/{check.pk}/log/"' in html
    log = as_(factories.ada()).get(f"/checks/{check.pk}/log/")
    assert log["Content-Type"].startswith("text/plain")
    assert as_(factories.eve()).get(f"/checks/{check.pk}/log/").status_code == 404


def test_guarded_paths_and_a_lost_branch_are_said(room, as_):
    room.change.patch_sets.update(guarded=["tests/test_x.py"], outside_scope=["setup.py"])
    actions.branch_gone(room.change)
    html = html_of(as_(factories.ada()).get(f"/changes/{room.change.pk}/"))
    assert "Touches guarded files" in html
    assert "Outside the task" in html
    assert "was deleted or renamed" in html
