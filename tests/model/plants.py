"""The faults themselves: for each the places of the real code, and what is put there instead."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from teamboard.board import actions as board
from teamboard.gate import actions as gate
from teamboard.gate import building, requirements, verdicts
from teamboard.gate.actions import approvals, entries, freezing
from teamboard.gate.actions import landing as begun
from teamboard.gate.models import Intent
from teamboard.gate.states import LANDING
from teamboard.gate.verdicts import PASS, Verdict
from teamboard.lib import lease
from teamboard.pipeline import landing, merger, projects
from teamboard.reviews import queries
from teamboard.reviews.actions import changes
from teamboard.reviews.models import CheckRun
from teamboard.runs import actions as runs
from teamboard.runs.actions import steps

Patch = tuple[Any, str, Any]


def unfenced() -> list[Patch]:
    def held_by(rows: Any, pk: int, fence: int, *, running: str) -> Any:
        return rows.filter(pk=pk, state=running)

    move = steps.move_step

    def unfenced_move(run: Any, step: Any, to: str, *, where: Any = None, **fields: Any) -> None:
        move(run, step, to, **fields)

    return [(lease, "held_by", held_by), (steps, "move_step", unfenced_move)]


def unfenced_checks() -> list[Patch]:
    return [unfenced()[0]]


def no_compare_and_set() -> list[Patch]:
    real = landing._compare_and_set

    def forced(place: Any, intent: Any) -> Any:
        intent.old_sha = place.upstream.target_sha(place.target)
        return real(place, intent)

    return [(landing, "_compare_and_set", forced)]


def intent_after() -> list[Patch]:
    real = gate.begin_landing

    def late(entry: Any) -> Any:
        ground = landing.projects.upstream_of(entry.project)
        stores = merger.storage.stores(entry.project_id)
        ground.push_objects(stores.hub, entry.candidate_sha)
        ground.compare_and_set(entry.project.target, entry.candidate_sha, entry.base_sha, store=stores.hub)
        landing.kill_point("after_ref")
        return real(entry)

    return [(gate, "begin_landing", late)]


def any_head() -> list[Patch]:
    """An approval of an older patch set goes on to count."""

    def current(change: Any) -> Any:
        return queries.votes_of(change)

    def standing(change: Any, newest: Any = None, votes: Any = None) -> Any:
        plus = [vote for vote in queries.votes_of(change) if vote.value == 2]
        return plus[-1] if plus else None

    places = (requirements, entries, approvals, merger, begun)
    found = [(place, "standing_approval", standing) for place in places if hasattr(place, "standing_approval")]
    return [*found, (queries, "current_votes", current), (gate, "carry", lambda entry, newest, vote: None)]


def any_definition() -> list[Patch]:
    """An approval counts whatever the definition of the checks is by now."""

    def standing(change: Any, newest: Any = None, votes: Any = None) -> Any:
        plus = [vote for vote in queries.current_votes(change) if vote.value == 2]
        return plus[-1] if plus else None

    places = (requirements, entries, approvals, merger, begun)
    return [(place, "standing_approval", standing) for place in places if hasattr(place, "standing_approval")]


def any_verdict() -> list[Patch]:
    real = verdicts.verdict

    def generous(project: Any, tree: str, commit: str, **more: Any) -> Any:
        some = CheckRun.objects.filter(project=project, conclusion="success").exists()
        return Verdict(PASS, {}) if some else real(project, tree, commit, **more)

    return [(verdicts, "verdict", generous)]


def no_limit() -> list[Patch]:
    def claim(rows: Any, pk: int, *, owner: str, ready: str, running: str, **fields: Any) -> int | None:
        free = Q(state=ready) | Q(state=running, lease_until__lt=timezone.now())
        more = {"state": running, "fence": F("fence") + 1, "owner": owner, "lease_until": lease.until()}
        if not rows.filter(free, pk=pk).update(**more, attempt=F("attempt") + 1, **fields):
            return None
        return rows.filter(pk=pk).values_list("fence", flat=True).first()

    return [(lease, "claim", claim), (runs, "release_lost", list)]


def all_waived() -> list[Patch]:
    def unmet(rows: Any) -> list[Any]:
        return [row for row in rows if row.stands_in_the_way and not row.waivable]

    return [(approvals, "unmet", unmet)]


def no_freeze() -> list[Patch]:
    @transaction.atomic
    def begin(entry: Any) -> Any:
        entries.move(entry, LANDING)
        return Intent.objects.create(
            project_id=entry.project_id, entry=entry, old_sha=entry.base_sha, new_sha=entry.candidate_sha
        )

    return [(gate, "begin_landing", begin), (freezing, "hold", lambda entry, why: None)]


def objections_ignored() -> list[Patch]:
    def unmet(rows: Any) -> list[Any]:
        return [row for row in rows if row.stands_in_the_way and row.name != "objections"]

    none = [(place, "against", lambda change: []) for place in (requirements, merger)]
    return [(approvals, "unmet", unmet), *none]


def nothing_in_the_way() -> list[Patch]:
    return [(landing, "obstacle", lambda place, old, new: None)]


def only_equal_is_landed() -> list[Patch]:
    """Recovery asks whether the target IS the new commit, not whether it holds it."""

    def is_on_target(place: Any, intent: Any) -> bool:
        return bool(place.upstream.target_sha(place.target) == intent.new_sha)

    return [(landing, "_is_on_target", is_on_target)]


def intent_forgotten() -> list[Patch]:
    """Recovery throws the intent away instead of reading back what has become of it."""

    def forget(place: Any, intent: Any) -> Any:
        gate.drop_intent(intent)
        return landing.Next.AGAIN

    return [(merger, "roll_forward", forget)]


def other_lines() -> list[Patch]:
    return [(building, "other_than_approved", lambda *about: [])]


def all_shown() -> list[Patch]:
    real = requirements.Requirement

    def shown(label: str, paths: Any, who: str) -> Any:
        return real("shown", label, True, "Nobody looks.")

    return [(requirements, "_not_shown", shown)]


def head_before_settings() -> list[Patch]:
    """Who dies between the two has seen the new head, and reads its definition of the checks never."""

    def follow(project: Any, upstream: Any, there: Any) -> None:
        sha = upstream.target_sha(project.target)
        if sha != project.head_sha:
            board.record_target(project, sha=there.mirror(upstream, project.target), by_board=False)
            projects.kill_point("target_followed")
            projects.read_target(project, there, sha)

    return [(projects, "follow_target", follow)]


def carried_whatever() -> list[Patch]:
    return [(changes, "same_content", lambda old, new: True)]


def lasting(seconds: float) -> list[Patch]:
    return [(lease, "until", lambda given=None: timezone.now() + timedelta(seconds=seconds))]


def no_renewal() -> list[Patch]:
    return [(lease, "renew", lambda rows, pk, fence, *, running: True)]


def withdrawn_too_late() -> list[Patch]:
    """A landing that has begun, held by a locked work tree, may be taken out of the queue."""

    @transaction.atomic
    def withdraw(entry: Any, *, by: Any) -> None:
        entry.refresh_from_db()
        if entry.state in ("queued", "testing", "held"):
            entries.move(entry, "returned", reason={"code": "cancelled"}, finished_at=timezone.now())

    return [(gate, "withdraw", withdraw)]


def not_looked_again() -> list[Patch]:
    return [(begun, "still_covered", lambda entry: True)]
