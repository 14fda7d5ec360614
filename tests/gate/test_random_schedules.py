"""Whatever people and checks do, in any order: the target holds only what was approved and proven (I-10 to I-19)."""

import random

import pytest

from teamboard.gate.models import Intent, QueueEntry
from teamboard.git.candidates import patch_identity
from teamboard.reviews import actions as reviews
from teamboard.reviews import queries
from teamboard.reviews.models import Change, CheckRun
from tests import factories
from tests.gate.stage import Stage, git

pytestmark = pytest.mark.django_db(transaction=True)


class Schedule:
    """A seeded play of people, checks and ticks on one repository."""

    def __init__(self, stage: Stage, seed: int) -> None:
        self.stage, self.dice = stage, random.Random(seed)
        self.by_hand: list[str] = []
        self.names = iter(f"branch{n}" for n in range(100))

    def play(self, steps: int) -> None:
        deeds = [self.propose] * 2 + [self.approve] * 4 + [self.tick] * 5 + [self.judge] * 4
        deeds += [self.push_again, self.commit_by_hand, self.object, self.reject]
        self.begin()
        for _ in range(steps):
            self.dice.choice(deeds)()
        self.check_invariants()
        for _ in range(4):
            self.tick()
            self.stage.judge()
        self.check_invariants()

    def begin(self) -> None:
        """Three in the queue, the first of them red, the second pushed again after its approval."""
        for _ in range(3):
            self.propose()
        first, second, third = Change.objects.filter(project=self.stage.project).order_by("id")
        for change in (first, second, third):
            self.stage.approve(change)
        self.tick()
        self.stage.judge("failure")
        self.change_on(second.branch)
        self.tick()
        self.check_invariants()

    def any_open(self) -> Change | None:
        rows = list(Change.objects.filter(project=self.stage.project, state="open"))
        return self.dice.choice(rows) if rows else None

    def edit(self) -> dict[str, str | None]:
        """Lines of few places, so that some of them collide."""
        line = self.dice.choice([3, 4, 10, 20, 28])
        text = git(self.stage.repo, "show", "main:app.txt") + "\n"
        return {"app.txt": text.replace(f"line {line}\n", f"line {line} {self.dice.randrange(1000)}\n", 1) + "x\n"}

    def propose(self) -> None:
        self.sync_work()
        self.change_on(next(self.names))

    def change_on(self, name: str) -> None:
        files = self.edit() if self.dice.random() < 0.7 else {f"{name}.txt": f"{self.dice.random()}\n"}
        self.stage.branch(name, files)

    def push_again(self) -> None:
        change = self.any_open()
        if change is not None:
            self.sync_work()
            self.change_on(change.branch)

    def sync_work(self) -> None:
        git(self.stage.work, "fetch", "-q", "origin", "main")
        git(self.stage.work, "reset", "-q", "--hard", "FETCH_HEAD")

    def approve(self) -> None:
        change = self.any_open()
        if change is not None:
            self.stage.approve(change)

    def tick(self) -> None:
        if any(self.stage.tick().landed):
            self.check_invariants()

    def judge(self) -> None:
        self.stage.judge("success" if self.dice.random() < 0.75 else "failure")

    def commit_by_hand(self) -> None:
        self.sync_work()
        name = f"hand{len(self.by_hand)}.txt"
        self.by_hand.append(self.stage.commit({name: "hand\n"}, "By hand"))
        git(self.stage.work, "push", "-q", "origin", "main")

    def object(self) -> None:
        change = self.any_open()
        if change is not None and self.dice.random() < 0.4:
            newest = queries.newest_patch_set(change)
            assert newest is not None
            reviews.cast_vote(change, newest, newest.head_sha, -1, by=factories.rui(self.stage.project))

    def reject(self) -> None:
        change = self.any_open()
        if change is not None and self.dice.random() < 0.5:
            reviews.abandon(change, by=factories.ada())

    # What must hold after every step

    def check_invariants(self) -> None:
        chain = git(self.stage.repo, "rev-list", "main").split()
        first = git(self.stage.repo, "rev-list", "--first-parent", "main").split()
        assert set(self.by_hand) <= set(chain)
        assert not Intent.objects.exists()
        merged = QueueEntry.objects.filter(project=self.stage.project, state="merged")
        assert len({entry.change_id for entry in merged}) == len(merged)
        for entry in merged:
            if entry.reason.get("code") != "merged_by_hand":
                self.check_landed(entry, first)
        for entry in QueueEntry.objects.filter(project=self.stage.project).exclude(state="merged"):
            assert entry.candidate_sha not in chain
            assert entry.state != "returned" or entry.reason["code"]
        self.check_nothing_else(first, merged)

    def check_landed(self, entry: QueueEntry, first: list[str]) -> None:
        assert entry.candidate_sha in first
        assert git(self.stage.repo, "rev-parse", f"{entry.candidate_sha}^1") == entry.base_sha
        assert git(self.stage.repo, "rev-parse", f"{entry.candidate_sha}^{{tree}}") == entry.candidate_tree
        verdicts = CheckRun.objects.filter(tree_sha=entry.candidate_tree, name="tests", conclusion="success")
        assert entry.finished_at is not None
        assert verdicts.filter(finished_at__lt=entry.finished_at).exists()
        vote = entry.vote
        assert vote is not None
        assert (vote.value, vote.user.instance_role, vote.head_sha) == (2, "architect", entry.patch_set.head_sha)
        newer = entry.change.patch_sets.filter(number__gt=entry.patch_set.number, created_at__lt=entry.finished_at)
        assert not newer.exists()
        assert vote.patch_id == patch_identity(self.stage.stores, entry.base_sha, entry.candidate_sha).total

    def check_nothing_else(self, first: list[str], merged: "object") -> None:
        """Every commit on the target's own line is the first one, somebody's by hand, or a landed candidate."""
        known = {entry.candidate_sha for entry in merged} | set(self.by_hand)  # type: ignore[attr-defined]
        assert set(first[:-1]) <= known


@pytest.mark.parametrize("seed", [3])
def test_any_schedule_keeps_the_target_approved_and_proven(tmp_path, settings, seed):
    settings.DATA_DIR = tmp_path / "data"
    schedule = Schedule(Stage(tmp_path, bare=True), seed)
    schedule.play(16)
    states = list(QueueEntry.objects.values_list("state", "reason__code"))
    # The play is worth something only if the interesting things happened.
    assert ("merged", None) in states
    assert any(state == "returned" for state, _ in states)
