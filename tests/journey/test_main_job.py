"""The main job as a script does it, with every process real."""

from pathlib import Path

from tests.board_process import BoardProcess
from tests.journey import main_job, sample


def test_a_script_takes_a_repository_from_branch_to_reviewed_checked_and_merged_change(tmp_path: Path) -> None:
    repo = sample.make(tmp_path / "money")
    with BoardProcess(tmp_path / "data") as board:
        seen = main_job.drive(board.api(), sample.plan(repo))
    assert seen["returned"]["reason"]["code"] == "checks_failed"
    assert seen["merged"]["state"] == "merged"
