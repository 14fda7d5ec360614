"""Ten thousand lines of output: the page opens with the newest, and goes back on demand."""

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from teamboard.board.models import Project
from teamboard.parts.run import TAIL
from teamboard.parts.stream import OLDER
from teamboard.runs.journal import Entry, Journal
from teamboard.runs.models import Run
from tests import factories

MANY = 10_000
Visit = Callable[..., Page]


@pytest.fixture
def run(project: Project) -> Run:
    found = factories.run(factories.task(project, state="started"), state="running")
    Journal(found.pk).path.unlink(missing_ok=True)
    Journal(found.pk).append(Entry("stdout", f"line {number} " + "x" * (number % 90)) for number in range(1, MANY + 1))
    return found


@pytest.mark.django_db
def test_going_back_shows_each_line_once(run: Run) -> None:
    journal = Journal(run.pk)
    page = journal.tail(300)
    seqs = [line["seq"] for line in page.lines]
    assert page.next == journal.end()
    while page.start:
        page = journal.before(page.start, 700)
        seqs = [line["seq"] for line in page.lines] + seqs
    assert seqs == list(range(1, MANY + 1))


def test_a_line_longer_than_a_page_is_found_whole() -> None:
    journal = Journal(987_654)
    journal.append([Entry("stdout", "first"), Entry("stdout", "y" * 500_000), Entry("stdout", "last")])
    page, found = journal.tail(1), [4]
    while page.start:
        page = journal.before(page.start, 1)
        found += [len(line["text"]) for line in page.lines]
    assert found == [4, 500_000, 5]
    assert Journal(987_655).before(5).lines == []


@pytest.mark.django_db
def test_a_position_is_a_number(run: Run, ada: Client) -> None:
    answer = ada.get(f"/runs/{run.pk}/older/", {"before": "-1"})
    assert (answer.status_code, answer["X-Notice"]) == (422, "invalid")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_older_output_comes_above_and_nothing_moves(run: Run, project: Project, visit: Visit) -> None:
    page = visit(factories.olga(project), f"/runs/{run.pk}/")
    lines = page.locator("#stream .line")
    expect(lines).to_have_count(TAIL)
    page.evaluate("document.getElementById('stream').scrollTop = 0")
    expect(page.locator("#older")).to_be_in_viewport()
    row = MANY - TAIL + 5
    top = f"document.querySelector('[data-seq=\"{row}\"]').getBoundingClientRect().top"
    before = page.evaluate(top)
    page.click("#older")
    expect(lines).to_have_count(TAIL + OLDER)
    assert abs(page.evaluate(top) - before) < 40
    for number in range(2, 5):
        page.evaluate("document.getElementById('older').click()")
        expect(lines).to_have_count(TAIL + number * OLDER)
    page.evaluate("document.getElementById('older').click()")
    expect(lines).to_have_count(MANY)
    expect(page.locator("#older")).to_have_count(0)
    expect(lines.first).to_contain_text("line 1 ")
    # Rows that are out of sight cost nothing, and the browser still finds their words.
    assert page.evaluate("getComputedStyle(document.querySelector('#stream .line')).contentVisibility") == "auto"
    assert page.evaluate("window.find('line 4321 ')")
    assert page.evaluate("String(getSelection())") == "line 4321 "
