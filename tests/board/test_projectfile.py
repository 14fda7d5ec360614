"""The project file: complete with defaults, or a sentence with the line."""

import random

import pytest

from teamboard.board import projectfile
from teamboard.lib.refusal import Refused

WHOLE = """
target = "main"
[setup]
command = ["uv", "sync"]
[sandbox]
needs = ["python", "node"]
network = "none"
[checks.tests]
command = ["python", "-m", "pytest", "-q"]
required = true
timeout = "10m"
report = "out/junit.xml"
[checks.lint]
command = ["ruff", "check"]
required = false
timeout = 90
retries = 1
[review]
guarded = ["tests/**"]
[[review.owners]]
paths = ["billing/**"]
members = ["rui"]
[merge]
method = "squash"
every_commit_green = false
"""


def refused(text):
    with pytest.raises(Refused) as caught:
        projectfile.parse(text)
    assert caught.value.code == "project_file"
    assert "the last good settings stay in force" in caught.value.remedy
    return caught.value


def test_every_field_is_read():
    body = projectfile.parse(WHOLE)
    assert body["target"] == "main"
    assert body["setup"] == {"command": ["uv", "sync"]}
    assert body["sandbox"] == {"needs": ["python", "node"], "network": "none"}
    assert body["checks"]["tests"]["timeout"] == 600
    assert body["checks"]["tests"]["report"] == "out/junit.xml"
    assert body["checks"]["lint"] == {"command": ["ruff", "check"], "required": False, "timeout": 90, "retries": 1}
    assert body["review"]["owners"] == [{"paths": ["billing/**"], "members": ["rui"]}]
    assert body["merge"] == {"method": "squash", "every_commit_green": False}


def test_an_empty_file_gives_the_defaults():
    body = projectfile.parse("")
    assert body["checks"] == {}
    assert body["merge"] == {"method": "merge", "every_commit_green": True}
    assert body["review"] == {"guarded": [".teamboard/**"], "owners": []}


def test_reading_again_what_was_read_changes_nothing():
    body = projectfile.parse(WHOLE)
    assert projectfile.validate(body) == body


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("target = 'main'\nnot toml\n", 2),
        ("[checks.tests\n", 1),
        ("target = 'a'\ntarget = 'b'\n", 2),
        ("\n\n[setup]\ncommand = [\n", 4),
    ],
)
def test_text_that_is_no_toml_is_refused_with_its_line(text, line):
    found = refused(text)
    assert found.details["line"] == line
    assert f".teamboard/project.toml, line {line}: " in str(found)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[checks.tests]\ncommand = 'pytest'\n", 2, "must be a list of words"),
        ("[checks.tests]\nrequired = true\n", 1, "has no command"),
        ("\n[checks.tests]\ncommand = ['x']\nrequried = true\n", 4, "is not known here"),
        ("[checks.tests]\ncommand = ['x']\ntimeout = 'soon'\n", 3, "must be a time up to 6h"),
        ("[checks.tests]\ncommand = ['x']\ntimeout = true\n", 3, "must be a time up to 6h"),
        ("[checks.a]\ncommand = ['x']\n[checks.b]\ncommand = []\n", 4, "has no command"),
        ("[checks.tests]\ncommand = ['x']\nreport = '../x'\n", 3, "inside the repository"),
        ("[checks.tests]\ncommand = ['x']\nretries = 9\n", 3, "from 0 to 5"),
        ("[sandbox]\nnetwork = 'all'\n", 2, "one of none, endpoints, open"),
        ("[merge]\nmethod = 'force'\n", 2, "one of merge, squash, rebase"),
        ("[merge]\nevery_commit_green = 'yes'\n", 2, "true or false"),
        ("checks = 3\n", 1, "must be a table"),
        ("target = '-x'\n", 1, "cannot be the target"),
        ("[[review.owners]]\npaths = ['a/**']\n", 1, "needs paths and members"),
        ("chekcs = {}\n", 1, "known are checks"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_line(text, line, words):
    found = refused(text)
    assert words in str(found)
    assert found.details["line"] == line


def test_text_nested_without_end_is_refused():
    assert "nested too deeply" in str(refused("a = " + "[" * 5000 + "]" * 5000))


ODD = ["x = 1979-05-27", "[checks]", "y = {}", "\x00", "command = [[]]", "é"]


def outcome(text):
    """What was read, or the line that was refused."""
    try:
        return projectfile.parse(text)
    except Refused as found:
        return found.details["line"]


def test_whatever_lies_in_the_file_it_is_read_or_refused_with_a_line_of_it():
    dice, pieces = random.Random(3), [*WHOLE.splitlines(), *ODD]
    for _ in range(400):
        lines = dice.choices(pieces, k=dice.randint(0, 8))
        found = outcome("\n".join(lines))
        assert found in range(1, len(lines) + 1) or projectfile.validate(found) == found


def test_settings_from_a_form_are_refused_by_field():
    with pytest.raises(Refused, match="Correct that value") as caught:
        projectfile.validate({"checks": {"tests": {"command": []}}})
    assert (caught.value.code, caught.value.details) == ("invalid_settings", {"field": "checks.tests.command"})


@pytest.mark.parametrize("body", [[], "x", None, {"checks": []}, {"checks": {"a": []}}, {"review": {"owners": [3]}}])
def test_settings_of_another_shape_are_refused_too(body):
    with pytest.raises(Refused, match="The settings are not right"):
        projectfile.validate(body)


def test_the_digest_ignores_how_it_was_written():
    one = projectfile.parse("[checks.a]\ntimeout = '10m'\ncommand = ['x']\n")
    two = projectfile.parse("[checks.a]\ncommand = ['x']\ntimeout = 600\n")
    assert projectfile.digest(one) == projectfile.digest(two)


def test_a_checks_digest_follows_its_command_the_setup_and_the_sandbox_only():
    base = "[checks.a]\ncommand = ['x']\n"

    def of(text):
        return projectfile.check_digest(projectfile.parse(text), "a")

    assert of(base) == of(base + "[checks.b]\ncommand = ['y']\n")
    assert len({of(base), of(base + "timeout = 5\n"), of(base + "[setup]\ncommand = ['s']\n")}) == 3
