"""Faults planted into the real code, one at a time: the machines must find each, or they prove nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.model import plants
from tests.model.plants import Patch


@dataclass(frozen=True)
class Mutant:
    """`machine` finds it, soonest in worlds that `begin` so; `patches` are made anew from the code as it is."""

    name: str
    machine: str
    patches: Callable[[], list[Patch]]
    begin: dict[str, Any] = field(default_factory=dict)


def _edge(label: str, deed: str, **more: Any) -> dict[str, Any]:
    return {"label": label, "deed": deed, "dies": False, "path": "a.txt", **more}


def _overtaken(point: str, kind: str, fate: str) -> dict[str, Any]:
    return {"point": point, "kind": kind, "fate": fate, "luck": 0}


@contextmanager
def planted(mutant: Mutant) -> Iterator[None]:
    patches = mutant.patches()
    before = [getattr(where, name) for where, name, _ in patches]
    try:
        for where, name, what in patches:
            setattr(where, name, what)
        yield
    finally:
        for (where, name, _), what in zip(patches, before, strict=True):
            setattr(where, name, what)


MUTANTS = [
    Mutant(
        "the fence is removed from the writes of steps",
        "Leases",
        plants.unfenced,
        _overtaken("step_before_result", "stopped", "step_claimed"),
    ),
    Mutant(
        "the fence is removed from the verdicts of checks",
        "Leases",
        plants.unfenced_checks,
        _overtaken("check_before_verdict", "stopped", "check_claimed"),
    ),
    Mutant(
        "the compare-and-set takes whatever is there",
        "Landing",
        plants.no_compare_and_set,
        _edge("after_intent", "hand"),
    ),
    Mutant("the intent is written after the target has moved", "Landing", plants.intent_after),
    Mutant("an approval counts for a new head", "Landing", plants.any_head, _edge("before_intent", "rework")),
    Mutant("the verdict on another tree is accepted", "Landing", plants.any_verdict, _edge("after_objects", "hand")),
    Mutant("attempts have no limit", "Leases", plants.no_limit, {"kind": "poison"}),
    Mutant("what may be waived counts as waived", "Landing", plants.all_waived, _edge("candidate_built", "rework")),
    Mutant("the freeze is ignored", "Landing", plants.no_freeze, _edge("before_intent", "freeze")),
    Mutant("objections are ignored", "Landing", plants.objections_ignored, _edge("before_intent", "object")),
    Mutant(
        "files of the user's in the way are ignored",
        "Landing",
        plants.nothing_in_the_way,
        _edge("candidate_built", "own", path="c.txt"),
    ),
    Mutant(
        "recovery compares instead of looking for the commit",
        "Landing",
        plants.only_equal_is_landed,
        _edge("after_ref", "hand", dies=True),
    ),
    Mutant(
        "recovery forgets what was begun", "Landing", plants.intent_forgotten, _edge("after_ref", "hand", dies=True)
    ),
    Mutant("other lines than approved may land", "Landing", plants.other_lines, _edge("candidate_built", "same")),
    Mutant("what is landing may be withdrawn", "Landing", plants.withdrawn_too_late, _edge("after_ref", "lock")),
    Mutant(
        "the approval is not looked at again before the intent",
        "Landing",
        plants.not_looked_again,
        _edge("before_intent", "object"),
    ),
    Mutant(
        "files that nobody was shown count as shown",
        "Landing",
        plants.all_shown,
        _edge("before_intent", "rework", whole=False),
    ),
    Mutant("a lease never ends", "Leases", lambda: plants.lasting(1e7), {"kind": "poison"}),
    Mutant("a lease ends at once", "Leases", lambda: plants.lasting(-1), _overtaken("step_before_result", "slow", "")),
    Mutant("a lease is not renewed", "Leases", plants.no_renewal, _overtaken("step_before_result", "slow", "")),
    Mutant("a head is recorded before its definition is read", "Landing", plants.head_before_settings),
    Mutant(
        "an approval is carried to other lines", "Landing", plants.carried_whatever, _edge("candidate_built", "resolve")
    ),
    Mutant(
        "an approval counts under another definition",
        "Landing",
        plants.any_definition,
        _edge("before_intent", "redefine"),
    ),
]
