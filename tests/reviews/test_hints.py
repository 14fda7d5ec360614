"""What a diff gives away before it is read: tests that go, tests that are skipped, and where to look first."""

import pytest

from teamboard.board import projectfile
from teamboard.git.diff import FileDiff, Hunk, Line
from teamboard.reviews import hints, idioms


def file(path, *hunks, status="M"):
    """Each hunk as the text of a diff: lines that begin with a blank, plus or minus."""
    made = tuple(hunk_of(text, 10 * number + 1) for number, text in enumerate(hunks))
    changed = [line for hunk in made for line in hunk.lines]
    counts = [sum(line.kind == kind for line in changed) for kind in ("add", "delete")]
    return FileDiff(path, path, status, "a" * 40, "b" * 40, "100644", "100644", *counts, False, False, made)


def hunk_of(text, start):
    old = new = start
    lines = []
    for row in text.strip("\n").split("\n"):
        kind = {"+": "add", "-": "delete"}.get(row[:1], "context")
        lines.append(Line(kind, None if kind == "add" else old, None if kind == "delete" else new, row[1:]))
        old, new = old + (kind != "add"), new + (kind != "delete")
    return Hunk(start, old - start, start, new - start, "def test_heading():", tuple(lines))


def found(*files):
    return [(hint.what, hint.name) for hint in hints.on_tests(files)]


def test_a_removed_test_is_named_with_its_place():
    gone = file("tests/test_money.py", " import money\n-def test_cents():\n-    assert money.cents(1) == 100")
    (hint,) = hints.on_tests([gone])
    assert (hint.what, hint.name, hint.path, hint.side, hint.line) == (
        "removed",
        "test_cents",
        "tests/test_money.py",
        "old",
        2,
    )


def test_a_test_that_moved_to_another_file_is_not_gone():
    moved = "def test_cents():\n"
    assert found(file("tests/a.py", "-" + moved), file("tests/b.py", "+" + moved)) == []


@pytest.mark.parametrize(
    ("path", "text", "name"),
    [
        ("tests/test_a.py", "+@pytest.mark.skip\n def test_sum():", "test_sum"),
        ("tests/test_a.py", '+@pytest.mark.xfail(reason="later")\n+def test_sum():', "test_sum"),
        ("tests/test_a.py", " def test_sum():\n+    pytest.skip('no')\n     assert total() == 3", "test_sum"),
        ("tests/test_a.py", "+        self.skipTest('no')", "test_heading"),
        ("src/a.test.ts", "+it.skip('adds up', () => {})", "adds up"),
        ("a_test.go", " func TestSum(t *testing.T) {\n+\tt.Skip()", "TestSum"),
        ("src/b.test.js", "+xit('adds up', () => {})", "adds up"),
        ("src/lib.rs", "+#[ignore]", "#[ignore]"),
    ],
)
def test_a_skip_is_found_with_the_test_that_it_takes_out(path, text, name):
    assert found(file(path, text)) == [("skipped", name)]


def test_a_skip_that_was_there_before_is_no_news():
    assert found(file("tests/test_a.py", "-    pytest.skip('no')\n+        pytest.skip('no')")) == []


def test_an_early_end_in_a_test_is_found_and_in_a_program_it_is_not():
    line = "+import sys; sys.exit(0)"
    assert [what for what, _ in found(file("tests/conftest.py", line))] == ["exits"]
    assert found(file("tool.py", line)) == []


def test_fewer_assertions_are_counted_in_test_files_only():
    text = "-    assert total() == 3\n-    self.assertEqual(a, b)\n+    total()"
    assert hints.read([file("tests/test_a.py", text)])["assertions"] == 2
    assert "assertions" not in hints.read([file("app.py", text)])


def test_a_guarded_file_comes_before_a_lost_test_before_a_public_name_before_size():
    big = file("app.py", "\n".join(f"+line {n}" for n in range(40)))
    public = file("api.py", "-def total(a):\n+def total(a, b):")
    lost = file("tests/test_a.py", "-def test_total():\n-    pass")
    ci = file(".teamboard/project.toml", "-[checks.tests]")
    order = []
    files = [big, public, lost, ci]
    for _ in range(4):
        first = hints.look_first(files, [".teamboard/project.toml"], hints.on_tests(files))
        order.append((first.path, first.why))
        files = [one for one in files if one.path != first.path]
    assert order == [
        (".teamboard/project.toml", "it is in a guarded file"),
        ("tests/test_a.py", "the test test_total goes away"),
        ("api.py", "the public total is not what it was"),
        ("app.py", "it is the biggest piece, 40 lines"),
    ]


def test_the_biggest_hunk_of_a_file_is_pointed_at_by_its_first_line():
    first = hints.look_first([file("app.py", "+x", " a\n+y\n+z")], [], [])
    assert (first.line, first.side) == (12, "new")


def test_a_binary_file_has_a_place_without_a_line_and_nothing_has_none():
    binary = FileDiff("a.bin", "a.bin", "A", "0" * 40, "b" * 40, "", "100644", 0, 0, True, False)
    assert hints.look_first([binary], ["a.bin"], []).line == 0
    assert hints.read([]) == {}


def test_hostile_lines_come_to_an_end_and_hints_are_few():
    lines = "\n".join(["+" + "public a" + "a" * 100_000 + " (" * 10, "-def test_x" + "(" * 100_000] * 20)
    many = "\n".join(f"+    pytest.skip('no')  # {n}" for n in range(5_000))
    read = hints.read([file("tests/test_a.py", lines, many)])
    assert len(read["tests"]) <= 2 * hints.MOST + 1


def test_what_a_project_file_changes_is_named():
    def body(text):
        return projectfile.parse(text)

    before = body('[checks.a]\ncommand = ["true"]\n[checks.b]\ncommand = ["true"]\n')
    after = body('[checks.b]\ncommand = ["false"]\n[setup]\ncommand = ["x"]\n')
    assert projectfile.differences(before, after) == ["check a", "check b", "setup"]
    assert projectfile.differences(before, before) == []


@pytest.mark.parametrize(
    ("path", "is_test"),
    [
        ("tests/a.py", True),
        ("pkg/test_a.py", True),
        ("a_test.go", True),
        ("src/x.spec.ts", True),
        ("src/AppTests.java", True),
        ("contest/a.py", False),
        ("latest.py", False),
    ],
)
def test_which_files_hold_tests(path, is_test):
    assert idioms.is_test_file(path) is is_test
