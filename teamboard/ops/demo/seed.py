"""Fills the demo by the same actions as the pages: each patch set comes from a run, each check has its log."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from teamboard.accounts import actions as accounts
from teamboard.accounts.models import ARCHITECT, REVIEWER, User
from teamboard.board import actions as board
from teamboard.board.models import Agent, Calibration, Grant, Project, Task
from teamboard.board.states import READY
from teamboard.gate import actions as gate
from teamboard.gate.models import QueueEntry
from teamboard.gate.states import HELD, MERGED, RETURNED
from teamboard.ops.demo import repository
from teamboard.ops.demo.team import AGENTS, CARDS, Card
from teamboard.reviews import actions as reviews
from teamboard.reviews.adoption import adopt
from teamboard.reviews.models import Change
from teamboard.runs import actions as runs
from teamboard.runs.models import Run
from teamboard.runs.states import FAILED, WAITING

Row = TypeVar("Row")
STEP_SECONDS = 180.0


class Seed:
    """One demo on one data folder; `say` hears a line for each thing done."""

    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        self.folder = folder
        self.say = say
        self.ada = User.objects.get(username="ada")

    def fill(self) -> None:
        """Everything, in the order a team would have done it."""
        self.rui = accounts.make_user("rui", display_name="Rui Tavares")
        self.project = self._open()
        self._settle()
        agents = {name: self._agent(name, script) for name, script in AGENTS.items()}
        tasks: dict[str, Task] = {}
        for card in CARDS:
            tasks[card.title] = self._card(card, agents, tasks)
        started = {card: runs.start_run(tasks[card.title], by=self.ada) for card in CARDS if card.agent}
        adopt(self.project, "feature/half-even", by=self.rui)
        for card, run in started.items():
            self._carry_on(card, run)
        self.say("the demo is complete")

    def _open(self) -> Project:
        repo = repository.make(self.folder / "demo" / "ledgerline")
        project = board.register_project(by=self.ada, name="Ledgerline", location=str(repo), target="main")
        _invitation, secret = board.invite(project, role=REVIEWER, by=self.ada)
        board.accept_invitation(secret, user=self.rui)
        return wait(lambda: Project.objects.filter(pk=project.pk, status=Project.READY).first(), "the repository")

    def _settle(self) -> None:
        body = {
            "sandbox": {"needs": ["python"], "network": "none"},
            "checks": {"tests": {"command": repository.CHECK, "required": True, "timeout": 120}},
            "review": {"guarded": ["tests/**"]},
        }
        board.grant(by=self.ada, kind=Grant.TOOLCHAIN, value="python", project=self.project)
        board.accept_settings(self.project, body=body, by=self.ada)
        board.ask_calibration(self.project, by=self.ada)
        done = Calibration.objects.filter(project=self.project).exclude(result=Calibration.RUNNING)
        self.say(f"calibrated: {wait(done.first, 'the calibration').result}")

    def _agent(self, name: str, script: str) -> Agent:
        return board.add_agent(self.project, by=self.ada, name=name, kind="scripted", script=script)

    def _card(self, card: Card, agents: dict[str, Agent], tasks: dict[str, Task]) -> Task:
        task = board.create_task(
            self.project,
            by=self.ada,
            title=card.title,
            body=card.body,
            acceptance=list(card.acceptance),
            scope=list(card.scope),
            labels=list(card.labels),
            priority=card.priority,
            agent=agents.get(card.agent),
            waits_for=[tasks[title] for title in card.waits],
        )
        if card.then == "ready":
            return board.move_task(task, by=self.ada, state=READY)
        return board.abandon_task(task, by=self.ada) if card.then == "abandoned" else task

    def _carry_on(self, card: Card, run: Run) -> None:
        """Take one card as far as its script says."""
        if card.then == "start":
            return
        change = self._proposed(run)
        self.say(f"{card.title}: change {change.number}")
        if card.then == "merge":
            self._approve(change, MERGED)
        elif card.then == "held":
            (self.folder / "demo" / "ledgerline" / "ledger" / "accounts.py").write_text("# Ada's own notes\n")
            self._approve(change, HELD)
        elif card.then == "talk":
            self._talk(change)

    def _proposed(self, run: Run) -> Change:
        ended = Run.objects.filter(pk=run.pk, state__in=[WAITING, FAILED], patch_sets__isnull=False)
        wait(ended.first, f"the proposal of {run}")
        return Change.objects.get(patch_sets__run=run)

    def _approve(self, change: Change, until: str) -> None:
        newest = change.patch_sets.order_by("-number")[0]
        reviews.served(newest, self.ada, newest.file_patch_ids)
        gate.approve(change, newest, head_sha=newest.head_sha, by=self.ada)
        ended = QueueEntry.objects.filter(change=change, state__in=[until, MERGED, HELD, RETURNED])
        self.say(f"change {change.number}: {wait(ended.first, 'the queue').state}")

    def _talk(self, change: Change) -> None:
        """Two people comment; the agent's second patch set answers."""
        lines = {"path": "ledger/export.py", "side": "new", "start_line": 7, "end_line": 8}
        body = "Statements also need a total. Please add one while you are here."
        thread = reviews.open_thread(change, 1, body=body, by=self.rui, **lines)  # type: ignore[arg-type]
        reviews.post_comment(thread, "Agreed, and keep it in this file.", by=self.ada)
        reviews.request_changes(change, body="One addition, see the thread.", by=self.rui)
        wait(lambda: change.patch_sets.filter(number=2).first(), "patch set 2")
        reviews.open_thread(
            change, 2, path="ledger/export.py", side="new", start_line=1, end_line=1, by=self.ada,
            body="Is the column still wide enough for a million?",
        )  # fmt: skip
        self.say(f"change {change.number}: patch set 2 answers the thread")


def wait(ask: Callable[[], Row | None], what: str, seconds: float = STEP_SECONDS) -> Row:
    """Ask the database until there is an answer; the board's processes do the work meanwhile."""
    end = time.monotonic() + seconds
    while True:
        found = ask()
        if found is not None:
            return found
        if time.monotonic() > end:
            raise TimeoutError(f"{what} did not come within {seconds:.0f} s")
        time.sleep(0.2)


def name_architect() -> User:
    """The demo's Architect, so that its link signs somebody in."""
    found = User.objects.filter(username="ada").first()
    return found or accounts.make_user("ada", display_name="Ada Lindgren", role=ARCHITECT)
