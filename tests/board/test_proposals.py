"""Checks are proposed from what lies in the repository."""

import json

import pytest

from teamboard.board.proposals import propose


def commands(names, contents=None):
    body = propose(names, contents or {})
    return {name: check["command"] for name, check in body["checks"].items()}, body["sandbox"]["needs"]


PYTEST = ["python3", "-m", "pytest", "-q"]


@pytest.mark.parametrize("name", ["pytest.ini", "tests/test_money.py", "money/money_test.py", "a/conftest.py"])
def test_python_tests_are_seen_by_their_names(name):
    assert commands([name]) == ({"tests": PYTEST}, ["python"])


def test_pytest_is_seen_in_the_project_metadata():
    contents = {"pyproject.toml": "[tool.pytest.ini_options]\n"}
    assert commands(contents, contents) == ({"tests": PYTEST}, ["python"])


def test_plain_python_proposes_no_check():
    assert commands(["money.py", "latest.py", "pyproject.toml"], {"pyproject.toml": "[project]\n"}) == ({}, [])


def test_an_npm_test_script_is_taken_and_its_lock_file_is_set_up():
    contents = {"package.json": json.dumps({"scripts": {"test": "vitest"}, "devDependencies": {"vitest": "1"}})}
    body = propose(["package.json", "package-lock.json"], contents)
    assert body["checks"]["tests"]["command"] == ["npm", "test"]
    assert body["setup"] == {"command": ["npm", "ci"]}
    assert propose(["package.json"], contents)["setup"] == {"command": []}


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"scripts": []}', '{"scripts": {"test": "echo \\"Error: no test specified\\" && exit 1"}}']
)
def test_a_package_without_a_real_test_proposes_nothing(text):
    assert commands(["package.json"], {"package.json": text}) == ({}, [])


def test_cargo_go_and_make_are_known():
    assert commands(["Cargo.toml"]) == ({"tests": ["cargo", "test"]}, ["cargo"])
    assert commands(["go.mod"]) == ({"tests": ["go", "test", "./..."]}, ["go"])
    assert commands(["Makefile"], {"Makefile": "all:\n\ntest: all\n\t./run\n"}) == (
        {"tests": ["make", "test"]},
        ["make"],
    )
    assert commands(["Makefile"], {"Makefile": "test := 3\n"}) == ({}, [])


def test_two_languages_give_two_checks():
    contents = {"package.json": '{"scripts": {"test": "vitest"}}'}
    found, needs = commands(["tests/test_a.py", "package.json"], contents)
    assert found == {"tests": PYTEST, "npm test": ["npm", "test"]}
    assert needs == ["python", "node"]


def test_what_decides_the_checks_is_guarded():
    guarded = propose(["pyproject.toml", "tests/test_a.py"], {})["review"]["guarded"]
    assert guarded == [".teamboard/**", "tests/**", "pyproject.toml", "**/conftest.py"]
