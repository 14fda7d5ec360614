"""What the people of a world do: hand in, look, approve, object, talk, start and stop, each with the real actions."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from teamboard.accounts.models import ARCHITECT, User
from teamboard.board import actions as board
from teamboard.board import projectfile
from teamboard.board.models import Agent, Project
from teamboard.gate import actions as gate
from teamboard.gate.models import Freeze, QueueEntry
from teamboard.lib.refusal import Refused
from teamboard.reviews import actions as reviews
from teamboard.reviews.models import Change, PatchSet, Thread
from teamboard.reviews.revision import keep, read_revision
from teamboard.runs import actions as runs
from teamboard.runs.models import Question, Run
from tests import factories
from tests.model import oracles
from tests.model.grounds import Files, Ground

FILE = projectfile.PATH


def definition(command: str) -> str:
    return f'[checks.tests]\ncommand = ["{command}"]\n'


FIRST = {"a.txt": "a", "b.txt": "b", FILE: definition("one")}


def cast() -> None:
    """The rows every world begins with."""
    head = "0" * 40
    for name in ("ada", "bea"):
        factories.person(name, role=ARCHITECT)
    project = factories.project(upstream="/", head_sha=head)
    factories.rui(project)
    factories.agent(project)
    board.record_file_settings(project, text=FIRST[FILE], commit_sha=head)


@dataclass(frozen=True)
class Approved:
    """Who approved what, as the person did it: kept apart from the rows."""

    user: User
    patch_set: int
    head: str
    patch_id: str
    definition: str
    waived: tuple[str, ...]
    unseen: frozenset[str]


class People:
    """Everybody but the machines."""

    ground: Ground
    clock: datetime
    seen: Counter[str]
    project: Project
    ada: User
    bea: User
    rui: User
    approved: list[Approved]
    # What each has on the screen, and the edits of files that they were ever shown.
    looked_at: dict[tuple[int, int], int]
    shown: dict[tuple[int, int], set[tuple[str, str]]]

    def propose(self, path: str, text: str) -> Change:
        base = self.ground.main()
        revision = self._revision(base, {path: text}, f"Edit {path} {text}")
        change = reviews.open_change(self.project, revision=revision, origin=Change.BRANCH, branch=f"{path}-{text}")
        keep(self.ground.stores, self.newest(change))
        return change

    def propose_removal(self) -> None:
        """Of b.txt, where it still is."""
        base = self.ground.main()
        if "b.txt" in self.ground.files(base):
            revision = self._revision(base, {"b.txt": None}, "Remove b.txt")
            keep(
                self.ground.stores,
                self.newest(
                    reviews.open_change(self.project, revision=revision, origin=Change.BRANCH, branch="removal")
                ),
            )

    def _revision(self, base: str, files: Files, message: str) -> Any:
        return read_revision(self.ground.stores, base, self.ground.commit(base, files, message))

    def push(self, change: Change, kind: str) -> None:
        """rework: other lines; reword: another message; rebase: the same edit on the target as it is now."""
        old = self.newest(change)
        was, new = self.ground.files(old.base_sha), self.ground.files(old.head_sha)
        files: Files = {path: new.get(path) for path in was.keys() | new.keys() if was.get(path) != new.get(path)}
        base, message = old.base_sha, f"{old.message.strip()}+"
        if kind == "resolve":
            self.hand("b.txt", f"{old.head_sha[:4]}")
            base = self.ground.main()
        if kind in ("rework", "resolve"):
            files = {path: f"{text}'" for path, text in files.items()}
        if kind == "rebase":
            base = self.ground.main()
        self.seen[f"pushed a {kind}"] += 1
        keep(self.ground.stores, reviews.upload_patch_set(change, self._revision(base, files, message)))

    def view(self, change: Change, user: User, *, whole: bool = True) -> None:
        """Not whole: the page was opened, and its big files were left folded."""
        newest = self.newest(change)
        reviews.served(newest, user, list(newest.file_patch_ids) if whole else [])
        self.looked_at[change.pk, user.pk] = newest.pk
        if whole:
            self.shown.setdefault((change.pk, user.pk), set()).update(newest.file_patch_ids.items())

    def approve(self, change: Change, user: User, waived: tuple[str, ...] = ()) -> None:
        """From the page as it was loaded, which may be old by now."""
        shown = PatchSet.objects.filter(pk=self.looked_at.get((change.pk, user.pk))).first()
        if shown is None:
            return
        digest = self.board_definition()
        try:
            gate.approve(change, shown, shown.head_sha, by=user, waived=waived)
        except Refused as refused:
            self.seen[f"refused: {refused.code}"] += 1
            return
        self.seen["approved"] += 1
        seen = self.shown.get((change.pk, user.pk), set())
        unseen = frozenset(path for path, edit in shown.file_patch_ids.items() if (path, edit) not in seen)
        self.approved.append(Approved(user, shown.pk, shown.head_sha, shown.patch_id, digest, waived, unseen))
        oracles.approval(self, change, shown)

    def board_definition(self) -> str:
        head = Project.objects.values_list("head_sha", flat=True).get()
        return projectfile.digest(projectfile.parse(self.ground.files(head)[FILE]))

    def object(self, change: Change, value: int = -1) -> None:
        newest = self.newest(change)
        reviews.cast_vote(change, newest, newest.head_sha, value, by=self.rui)

    def discuss(self, change: Change) -> None:
        newest = self.newest(change)
        thread = Thread.objects.create(
            change=change, patch_set=newest, path="a.txt", start_line=1, opened_by=self.rui, published_at=self.clock
        )
        thread.comments.create(author_user=self.rui, body="Why?", published_at=self.clock)

    def settle_talk(self, change: Change) -> None:
        for thread in change.threads.filter(state="open"):
            reviews.resolve_thread(thread, by=self.rui)

    def hand(self, path: str, text: str) -> None:
        self.ground.hand({path: text})

    def hand_in_the_same(self, change: Change) -> None:
        """Somebody commits by hand what the change would do."""
        newest = self.newest(change)
        old, new = self.ground.files(newest.base_sha), self.ground.files(newest.head_sha)
        self.ground.hand({path: text for path, text in new.items() if old.get(path) != text})

    def redefine(self, command: str) -> None:
        self.ground.hand({FILE: definition(command)})
        self.seen["redefined"] += 1

    def freeze(self) -> None:
        gate.freeze(self.project, "Release", by=self.ada)

    def unfreeze(self) -> None:
        gate.unfreeze(self.project, by=self.ada)

    @property
    def frozen(self) -> bool:
        return Freeze.objects.exists()

    def withdraw(self, entry: QueueEntry) -> None:
        try:
            gate.withdraw(entry, by=self.ada)
            self.seen["withdrawn"] += 1
        except Refused as refused:
            self.seen[f"refused: {refused.code}"] += 1

    def requeue(self, change: Change) -> None:
        try:
            gate.requeue(change, by=self.ada)
        except Refused as refused:
            self.seen[f"refused: {refused.code}"] += 1

    def start(self) -> Run:
        task = board.create_task(self.project, title="Round to cents", by=self.ada)
        return runs.start_run(task, Agent.objects.get(), by=self.ada)

    def stop(self, run: Run) -> None:
        try:
            runs.cancel_run(run, by=self.ada)
        except Refused as refused:
            self.seen[f"refused: {refused.code}"] += 1

    def answer(self, question: Question) -> None:
        runs.answer(question, "yes", by=self.rui)
