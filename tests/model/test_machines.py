"""Nothing is lost and nothing lands unapproved, in any order of deeds; and the machines can tell if it did."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model import mutants, oracles
from tests.model.board_machine import Board
from tests.model.grounds import Real
from tests.model.landing_machine import Landing
from tests.model.lease_machine import Leases
from tests.model.people import FIRST
from tests.model.walker import walk

pytestmark = pytest.mark.django_db(transaction=True)

QUIET = (HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large)


def explore(kind: type[Board], image: bytes, *, examples: int, steps: int = 4) -> Counter[str]:
    """The same orders each time; what was reached."""
    found: Counter[str] = Counter()
    fresh = type(kind.__name__, (kind,), {"image": image, "seen": found})
    how = settings(
        max_examples=examples, stateful_step_count=steps, derandomize=True, database=None, deadline=None,
        phases=[Phase.generate], suppress_health_check=QUIET, print_blob=False, report_multiple_bugs=False,
    )  # fmt: skip
    run_state_machine_as_test(fresh, settings=how)
    return found


def hunt(
    kind: type[Board], image: bytes, *, seeds: int, first: int = 0, begin: dict[str, object] | None = None
) -> Counter[str]:
    """The same walks each time; what was reached."""
    found: Counter[str] = Counter()
    fresh = type(kind.__name__, (kind,), {"image": image, "seen": found})
    for seed in range(first, first + seeds):
        try:
            walk(fresh, seed, steps=4, begin=begin)
        except oracles.Violation as violation:
            violation.add_note(f"{kind.__name__}, walk {seed}")
            raise
    return found


def missed(seen: Counter[str], *wanted: str) -> list[str]:
    """Walks are worth something only if the interesting things were reached."""
    return [name for name in wanted if not seen[name]]


MACHINES: dict[str, type[Board]] = {"Landing": Landing, "Leases": Leases}
LANDED = ("landed", "a process died", "approved", "withdrawn", "redefined", "refused: too_late", "pushed a rebase")
WORKED = ("a process died", "a step was claimed again", "a check was claimed again", "asked")


def test_any_order_of_landing_keeps_the_target_approved_and_proven(image: bytes) -> None:
    assert missed(hunt(Landing, image, seeds=30), *LANDED) == []
    explore(Landing, image, examples=6)


def test_any_order_of_work_keeps_one_writer_and_loses_no_step(image: bytes) -> None:
    assert missed(hunt(Leases, image, seeds=12), *WORKED) == []
    explore(Leases, image, examples=6)


@pytest.mark.parametrize("mutant", mutants.MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_fault_is_found(mutant: mutants.Mutant, image: bytes) -> None:
    with mutants.planted(mutant), pytest.raises(oracles.Violation):
        hunt(MACHINES[mutant.machine], image, seeds=40, begin=mutant.begin)


class OnGit(Landing):
    """The same orders on real repositories."""


def test_the_orders_hold_on_real_git_too(image: bytes, tmp_path: Path) -> None:
    OnGit.ground = staticmethod(lambda: Real(FIRST, tmp_path / "world", tmp_path / "template"))  # type: ignore[assignment]
    assert hunt(OnGit, image, seeds=2)["tick"]


@pytest.mark.soak
def test_many_orders(image: bytes, tmp_path: Path) -> None:
    for kind in (Landing, Leases):
        hunt(kind, image, first=1000, seeds=3000)
        explore(kind, image, examples=500, steps=20)
    OnGit.ground = staticmethod(lambda: Real(FIRST, tmp_path / "world", tmp_path / "template"))  # type: ignore[assignment]
    hunt(OnGit, image, first=1000, seeds=100)
