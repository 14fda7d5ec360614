"""Names of failing tests, from what runners print and from JUnit reports."""

from pathlib import Path

import pytest

from teamboard.pipeline import testreports

SAID = """
FAILED tests/test_sums.py::test_add[1-2] - assert 3 == 4
ERROR tests/test_other.py
FAIL: test_split (tests.test_money.Money.test_split)
--- FAIL: TestRound (0.00s)
test money::rounds ... FAILED
not ok 3 - rounds to cents
ok 4 - is fine
    all FAILED today
"""


def test_each_runner_s_way_to_name_a_failure_is_known() -> None:
    assert testreports.from_output(SAID) == [
        "tests/test_sums.py::test_add[1-2]",
        "tests/test_other.py",
        "test_split (tests.test_money.Money.test_split)",
        "TestRound",
        "money::rounds",
        "rounds to cents",
    ]


JUNIT = """<testsuite><testcase classname="a" name="b"><failure/></testcase><testcase name="c"/>
<testcase classname="a" name="d"><error/></testcase></testsuite>"""


def test_a_junit_report_names_what_failed(tmp_path: Path) -> None:
    (tmp_path / "r.xml").write_text(JUNIT)
    assert testreports.from_junit(tmp_path / "r.xml") == ["a::b", "a::d"]


@pytest.mark.parametrize("text", [None, "", "<broken"])
def test_a_missing_or_broken_report_is_no_success(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "r.xml").write_text(text)
    with pytest.raises(testreports.NoReport):
        testreports.from_junit(tmp_path / "r.xml")


@pytest.mark.parametrize("name", ["/etc/passwd", "../secret", "link", "folder/secret", ""])
def test_a_report_is_never_read_from_outside_the_check_out(tmp_path: Path, name: str) -> None:
    work = tmp_path / "work"
    work.mkdir()
    (tmp_path / "secret").write_text("x")
    (work / "link").symlink_to(tmp_path / "secret")
    (work / "folder").symlink_to(tmp_path)
    with pytest.raises(OSError):
        testreports.read_plain(work, name)
