"""The file of a run's output."""

from teamboard.runs import journal
from teamboard.runs.journal import Entry, Journal


def test_what_was_appended_is_read_from_any_position() -> None:
    first = Journal(9001).append([Entry("stdout", "one"), Entry("stderr", "two")])
    Journal(9001).append([Entry("event", "asks", {"kind": "question"})])
    whole = Journal(9001).read()
    assert [(line["seq"], line["stream"], line["text"]) for line in whole.lines] == [
        (1, "stdout", "one"), (2, "stderr", "two"), (3, "event", "asks"),
    ]  # fmt: skip
    assert whole.lines[2]["event"] == {"kind": "question"}
    assert [line["text"] for line in Journal(9001).read(first).lines] == ["asks"]
    assert Journal(9001).read(whole.next).lines == []


def test_a_limit_leaves_the_rest_for_the_next_page() -> None:
    Journal(9002).append([Entry("stdout", str(n)) for n in range(10)])
    page = Journal(9002).read(limit=4)
    rest = Journal(9002).read(page.next)
    assert [line["text"] for line in page.lines + rest.lines] == [str(n) for n in range(10)]
    assert [line["text"] for line in Journal(9002).tail(3).lines] == ["7", "8", "9"]


def test_half_a_line_of_a_killed_worker_is_closed_and_skipped() -> None:
    Journal(9003).append([Entry("stdout", "whole")])
    with Journal(9003).path.open("ab") as file:
        file.write(b'{"seq": 2, "te')
    Journal(9003).append([Entry("stdout", "after")])
    assert [(line["seq"], line["text"]) for line in Journal(9003).read().lines] == [(1, "whole"), (2, "after")]


def test_listeners_hear_of_each_new_end() -> None:
    heard: list[tuple[int, int]] = []
    listener = lambda run, offset: heard.append((run, offset))  # noqa: E731
    journal.listen(listener)
    try:
        end = Journal(9004).append([Entry("stdout", "x")])
    finally:
        journal._listeners.remove(listener)
    assert heard == [(9004, end)]
