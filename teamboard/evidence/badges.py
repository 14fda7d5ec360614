"""Short marks on a card, each with where it comes from and since when."""

from dataclasses import dataclass
from datetime import datetime

from teamboard.evidence.columns import CardEvidence
from teamboard.gate.states import HELD


@dataclass(frozen=True, slots=True)
class Badge:
    """`tone`: neutral, info, good, warn or bad. `source` names the evidence."""

    name: str
    label: str
    tone: str
    source: str
    at: datetime | None = None


def badges(card: CardEvidence) -> list[Badge]:
    """Most pressing first."""
    return [*_run(card), *_queue(card), *_review(card), *_checks(card), *_waits(card)]


def _run(card: CardEvidence) -> list[Badge]:
    run = card.run
    if run is None:
        return []
    if card.questions:
        count = f"{card.questions} question{'s' if card.questions > 1 else ''}"
        return [Badge("question", count, "warn", "run", run.activity_at)]
    if run.state == "failed":
        return [Badge("failed", run.failure_code or "failed", "bad", "run", run.finished_at)]
    if run.state == "cancelled":
        return [Badge("cancelled", "stopped", "neutral", "run", run.finished_at)]
    if run.state == "queued":
        return [Badge("queued", "waits for a free slot", "neutral", "run", run.created_at)]
    return [Badge("running", "at work", "info", "run", run.activity_at)] if run.state == "running" else []


def _queue(card: CardEvidence) -> list[Badge]:
    entry = card.entry
    if entry is None:
        return []
    if entry.state == HELD:
        return [Badge("held", "held", "warn", "queue", entry.changed_at)]
    return [Badge(entry.state, entry.state, "info", "queue", entry.changed_at)]


def _review(card: CardEvidence) -> list[Badge]:
    found = []
    if card.patch_set is not None:
        found.append(
            Badge("patch_set", f"patch set {card.patch_set.number}", "neutral", "review", card.patch_set.created_at)
        )
        if card.patch_set.outside_scope:
            found.append(Badge("outside_scope", "outside its scope", "warn", "diff"))
        if card.patch_set.guarded:
            found.append(Badge("guarded", "touches guarded files", "warn", "diff"))
        if card.patch_set.hints.get("tests"):
            found.append(Badge("tests_gone", "fewer tests", "warn", "diff"))
    if any(vote < 0 for vote in card.votes):
        found.append(Badge("changes", "changes asked for", "warn", "votes"))
    elif 2 in card.votes:
        found.append(Badge("approved", "approved", "good", "votes"))
    if card.open_threads:
        count = f"{card.open_threads} open thread{'s' if card.open_threads > 1 else ''}"
        found.append(Badge("threads", count, "neutral", "threads"))
    return found


def _checks(card: CardEvidence) -> list[Badge]:
    if not card.checks:
        return []
    red = [name for name, state, conclusion in card.checks if state == "completed" and conclusion != "success"]
    if red:
        return [Badge("red", f"{', '.join(red)} red", "bad", "checks")]
    if any(state != "completed" for _, state, _ in card.checks):
        return [Badge("checking", "checks run", "info", "checks")]
    return [Badge("green", "checks green", "good", "checks")]


def _waits(card: CardEvidence) -> list[Badge]:
    if not card.blocked_by:
        return []
    return [Badge("waits", f"waits for {len(card.blocked_by)}", "neutral", "dependencies")]
