"""Which settings are in force, and who decides (D8, D11, D12)."""

import pytest

from teamboard.board import actions, projectfile, queries
from teamboard.board.models import Calibration
from teamboard.lib.refusal import Refused
from tests import factories as make

pytestmark = pytest.mark.django_db

BODY = {"checks": {"tests": {"command": ["pytest"]}, "lint": {"command": ["ruff"], "required": False}}}
FILE = "[checks.tests]\ncommand = ['tox']\n"


def command_in_force(project):
    row = queries.settings_in_force(project)
    return row and row.checks["tests"]["command"]


def test_a_proposal_holds_for_nothing():
    project = make.project()
    proposal = actions.propose_settings(project, body=BODY)
    assert queries.latest_proposal(project) == proposal
    assert queries.settings_in_force(project) is None
    assert queries.required_checks(project) == {}
    assert queries.body_to_calibrate(project)["checks"].keys() == {"tests", "lint"}
    assert make.told(project) == [("settings_changed", "board")]


def test_the_same_proposal_twice_is_one():
    project = make.project()
    assert actions.propose_settings(project, body=BODY) == actions.propose_settings(project, body=BODY)
    assert len(make.told(project)) == 1


def test_an_architect_accepts_and_it_holds():
    project = make.project()
    row = actions.accept_settings(project, body=BODY, by=make.ada())
    assert queries.settings_in_force(project) == row
    assert queries.definition_digest(project) == row.digest == projectfile.digest(row.body)
    assert list(queries.required_checks(project)) == ["tests"]
    assert make.told(project) == [("settings_changed", make.ada().actor)]


def test_nobody_else_accepts():
    project = make.project()
    for who in (make.rui(project), make.olga(project), make.eve()):
        with pytest.raises(Refused, match="Only an Architect may accept settings. Ask an Architect"):
            actions.accept_settings(project, body=BODY, by=who)


def test_settings_that_make_no_sense_are_refused():
    with pytest.raises(Refused, match="has no command"):
        actions.accept_settings(make.project(), body={"checks": {"tests": {}}}, by=make.ada())


def test_the_file_on_the_target_wins_until_it_is_gone():
    project = make.project()
    actions.accept_settings(project, body=BODY, by=make.ada())
    actions.record_file_settings(project, text=FILE, commit_sha=make.sha())
    assert command_in_force(project) == ["tox"]
    with pytest.raises(Refused, match="Change that file and merge it"):
        actions.accept_settings(project, body=BODY, by=make.ada())
    actions.record_file_settings(project, text=None, commit_sha=make.sha())
    assert command_in_force(project) == ["pytest"]
    assert not queries.file_on_target(project)


def test_a_file_that_does_not_parse_leaves_the_last_good_settings_in_force():
    project = make.project()
    actions.record_file_settings(project, text=FILE, commit_sha=make.sha())
    row = actions.record_file_settings(project, text=FILE + "oops\n", commit_sha=make.sha())
    assert "line 3" in row.problem
    assert queries.settings_problem(project) == row.problem
    assert command_in_force(project) == ["tox"]
    actions.record_file_settings(project, text=FILE, commit_sha=make.sha())
    assert queries.settings_problem(project) == ""


def test_a_first_file_that_does_not_parse_leaves_the_boards_own_in_force():
    project = make.project()
    actions.accept_settings(project, body=BODY, by=make.ada())
    actions.record_file_settings(project, text="oops", commit_sha=make.sha())
    assert command_in_force(project) == ["pytest"]


def test_a_broken_file_after_a_removed_one_does_not_revive_the_removed_one():
    project = make.project()
    for text in (FILE, None, "oops"):
        actions.record_file_settings(project, text=text, commit_sha=make.sha())
    assert queries.settings_in_force(project) is None


def test_reading_the_same_file_again_tells_nothing():
    project = make.project()
    for text in (None, FILE, FILE, "oops", "oops", None, None):
        actions.record_file_settings(project, text=text, commit_sha=make.sha())
    assert len(make.told(project)) == 3


# Calibration


def test_asking_marks_every_check_as_running():
    project = make.project()
    actions.accept_settings(project, body=BODY, by=make.ada())
    rows = actions.ask_calibration(project, by=make.ada())
    assert {(row.check_name, row.result) for row in rows} == {("tests", "running"), ("lint", "running")}
    assert make.told(project)[-1] == ("calibration_asked", make.ada().actor)


def test_the_board_itself_asks_and_others_may_not():
    project = make.project()
    actions.propose_settings(project, body=BODY)
    assert len(actions.ask_calibration(project, by=None)) == 2
    with pytest.raises(Refused, match="Only an Architect may calibrate"):
        actions.ask_calibration(project, by=make.rui(project))


def test_without_a_check_there_is_nothing_to_calibrate():
    with pytest.raises(Refused, match="There is no check to try yet"):
        actions.ask_calibration(make.project(), by=make.ada())


def calibrate(project, result):
    body = queries.body_to_calibrate(project)
    return actions.record_calibration(
        project,
        check="tests",
        commit_sha=project.head_sha,
        definition_digest=projectfile.check_digest(body, "tests"),
        result=result,
        reason="It needs the network.",
        remedy="Allow the network.",
    )


@pytest.mark.parametrize(
    ("result", "required"),
    [
        (Calibration.PASSES, True),
        (Calibration.RUNNING, True),
        (Calibration.RED, False),
        (Calibration.IMPOSSIBLE, False),
    ],
)
def test_what_cannot_pass_on_the_target_is_not_required(result, required):
    project = make.project()
    actions.accept_settings(project, body=BODY, by=make.ada())
    calibrate(project, result)
    assert ("tests" in queries.required_checks(project)) is required
    assert make.told(project)[-1] == ("calibrated", "board")


def test_a_trial_of_another_definition_excuses_nothing():
    project = make.project()
    actions.accept_settings(project, body=BODY, by=make.ada())
    calibrate(project, Calibration.RED)
    actions.accept_settings(project, body={"checks": {"tests": {"command": ["pytest", "-x"]}}}, by=make.ada())
    assert list(queries.required_checks(project)) == ["tests"]


def test_a_new_calibration_drops_checks_that_are_gone():
    project = make.project()
    actions.accept_settings(project, body=BODY, by=make.ada())
    actions.ask_calibration(project, by=make.ada())
    actions.accept_settings(project, body={"checks": {"tests": {"command": ["pytest"]}}}, by=make.ada())
    actions.ask_calibration(project, by=make.ada())
    assert [row.check_name for row in queries.calibrations(project)] == ["tests"]


def test_a_verdict_on_a_replaced_definition_is_not_taken_for_the_new_one():
    project = make.project()
    make.with_settings(project)
    old = projectfile.check_digest(queries.body_to_calibrate(project), "tests")
    make.with_settings(project, checks={"tests": {"command": ["make", "test"]}})
    actions.ask_calibration(project, by=make.ada())
    row = actions.record_calibration(
        project, check="tests", commit_sha=project.head_sha, definition_digest=old, result=Calibration.RED
    )
    assert row.result == Calibration.RUNNING
