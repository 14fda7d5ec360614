"""What happens at the worst moment of a landing, between looking at the approval and the end."""

from collections.abc import Callable
from pathlib import Path

import pytest

from teamboard.gate import actions as gate
from teamboard.gate.models import Intent, QueueEntry
from teamboard.lib import killpoints
from teamboard.lib.refusal import Refused
from teamboard.reviews import actions as reviews
from tests import factories
from tests.gate.stage import LINES, Stage

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stage(tmp_path: Path, settings: object) -> Stage:
    settings.DATA_DIR = tmp_path / "data"  # type: ignore[attr-defined]
    return Stage(tmp_path)


def proven(stage: Stage) -> QueueEntry:
    """The next tick lands it."""
    stage.approve(stage.branch("feature", {"app.txt": LINES.replace("line 3\n", "three\n")}))
    stage.tick()
    stage.judge()
    return QueueEntry.objects.get()


def object_to_it(stage: Stage, entry: QueueEntry) -> None:
    newest = entry.patch_set
    reviews.cast_vote(entry.change, newest, newest.head_sha, -1, by=factories.rui(stage.project))


def push_again(stage: Stage, entry: QueueEntry) -> None:
    stage.branch("feature", {"app.txt": LINES.replace("line 3\n", "drei\n")})


def define_anew(stage: Stage, entry: QueueEntry) -> None:
    factories.with_settings(stage.project, checks={"other": {"command": ["/bin/true"]}})


@pytest.mark.parametrize(
    ("deed", "why"), [(object_to_it, "cancelled"), (push_again, "approval_stale"), (define_anew, "approval_stale")]
)
def test_what_takes_the_approval_away_while_the_landing_is_prepared_still_stops_it(
    deed: Callable[[Stage, QueueEntry], None], why: str, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry, before = proven(stage), stage.main()
    monkeypatch.setattr(killpoints, "watch", lambda label: label == "before_intent" and deed(stage, entry))
    stage.tick()
    assert (stage.main(), Intent.objects.exists()) == (before, False)
    stage.tick()
    entry.refresh_from_db()
    assert (stage.main(), entry.state, entry.reason["code"]) == (before, "returned", why)


def test_an_entry_whose_target_has_moved_cannot_be_taken_out_while_a_lock_holds_its_work_tree(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = proven(stage)
    lock = stage.work / ".git/index.lock"
    with monkeypatch.context() as patch:
        patch.setattr(killpoints, "watch", lambda label: lock.touch() if label == "before_sync" else None)
        stage.tick()
    entry.refresh_from_db()
    assert (entry.state, Intent.objects.get().phase) == ("held", "ref_moved")
    with pytest.raises(Refused, match="landing already"):
        gate.withdraw(entry, by=factories.ada())
    lock.unlink()
    stage.tick()
    entry.refresh_from_db()
    assert (entry.state, Intent.objects.exists()) == ("merged", False)
