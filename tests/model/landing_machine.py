"""A state machine of what is approved and landed: few objects, many orders."""

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from teamboard.reviews.models import Change
from tests.model.board_machine import Board
from tests.model.world import Interruption

PUSHES = ("rework", "reword", "rebase")
PATHS = ("a.txt", "c.txt")  # one that is there, and a new one
EDGES = (
    "candidate_built",
    "before_intent",
    "after_intent",
    "after_objects",
    "after_ref",
    "before_finish",
)
TALK = ("object", "discuss", "settle_talk", "requeue")
MEANWHILE = (
    "rework",
    "rebase",
    "hand",
    "object",
    "freeze",
    "redefine",
    "discuss",
    "withdraw",
    "tick",
    "follow",
    "own",
    "lock",
    "same",
    "resolve",
)


class Landing(Board):
    """Push, view, approve, prepare, land, die, push by hand, in any order that makes sense."""

    @initialize(
        label=st.sampled_from(EDGES),
        deed=st.sampled_from(MEANWHILE),
        dies=st.booleans(),
        path=st.sampled_from(PATHS),
        whole=st.sampled_from((True, True, True, False)),
    )
    def one_over_the_edge(self, label: str, deed: str, dies: bool, path: str, whole: bool) -> None:
        """Most is to be found where a landing begins: each world is led there first."""
        self.approve_and_prove(self.world.propose(path, self.word()), whole=whole)
        if dies:
            self.world.interruptions = [Interruption(label)]
            self.world.tick()
            self.meanwhile(deed)
        else:
            self.be_overtaken(label, deed)

    def approve_and_prove(self, change: Change, *, whole: bool = True) -> None:
        self.world.view(change, self.world.ada, whole=whole)
        self.world.approve(change, self.world.ada)
        self.world.tick()
        for check in self.world.due_checks():
            self.world.check(check)

    def has_changes(self) -> bool:
        return bool(self.world.changes())

    @precondition(lambda self: len(self.world.changes()) < 2)
    @rule(path=st.sampled_from(PATHS))
    def propose(self, path: str) -> None:
        self.world.propose(path, self.word())

    @precondition(has_changes)
    @rule(which=st.integers(0, 1), kind=st.sampled_from(PUSHES))
    def push(self, which: int, kind: str) -> None:
        self.world.push(self.some(which), kind)

    @precondition(has_changes)
    @rule(
        which=st.integers(0, 1),
        waived=st.sampled_from(((), (), ("threads",), ("shown:a.txt", "shown:c.txt"))),
        talk=st.booleans(),
        whole=st.booleans(),
    )
    def approve(self, which: int, waived: tuple[str, ...], talk: bool, whole: bool) -> None:
        change = self.some(which)
        if talk:
            self.world.discuss(change)
        if self.number % 3:  # or from the page as it was
            self.world.view(change, self.world.ada, whole=whole)
        self.world.approve(change, self.world.ada, waived)

    @precondition(has_changes)
    @rule(which=st.integers(0, 1))
    def to_the_edge(self, which: int) -> None:
        self.approve_and_prove(self.some(which))

    @precondition(lambda self: self.world.due_checks())
    @rule(verdict=st.sampled_from(("success", "success", "failure")))
    def prepare(self, verdict: str) -> None:
        self.world.check(self.world.due_checks()[0], verdict)

    @precondition(lambda self: self.world.live())
    @rule()
    def land(self) -> None:
        self.world.tick()

    @precondition(lambda self: self.world.live())
    @rule(point=st.integers(1, 14), deed=st.sampled_from(("", "", "hand", "own", "tick", "follow")))
    def die_landing(self, point: int, deed: str) -> None:
        self.world.interruptions = [Interruption("", point)]
        self.world.tick()
        self.meanwhile(deed)

    @precondition(lambda self: self.world.live())
    @rule(label=st.sampled_from(EDGES), deed=st.sampled_from(MEANWHILE))
    def be_overtaken(self, label: str, deed: str) -> None:
        self.world.interruptions = [Interruption(label, 1, "slow", lambda: self.meanwhile(deed))]
        self.world.tick()
        if deed == "lock" and self.world.live():
            self.world.withdraw(self.world.live()[0])

    def meanwhile(self, deed: str) -> None:
        world, changes = self.world, self.world.changes()
        if deed in (*PUSHES, "resolve") and changes:
            world.push(changes[0], deed)
        elif deed in ("object", "discuss") and changes:
            getattr(world, deed)(changes[0])
        elif deed == "same" and changes:
            world.hand_in_the_same(changes[0])
        elif deed == "hand":
            world.hand("b.txt", self.word())
        elif deed == "freeze" and not world.frozen:
            world.freeze()
        elif deed == "redefine":
            world.redefine(self.word())
        elif deed == "withdraw" and world.live():
            world.withdraw(world.live()[0])
        elif deed in ("tick", "follow"):
            getattr(world, deed)()
        elif deed == "own":
            world.ground.own("c.txt")
        elif deed == "lock":
            world.ground.lock_index(True)

    @rule()
    def die_following(self) -> None:
        """The target has moved to another definition of the checks."""
        self.world.redefine(self.word())
        self.world.interruptions = [Interruption("target_followed")]
        self.world.follow()

    @rule(path=st.sampled_from(("a.txt", "b.txt")))
    def push_by_hand(self, path: str) -> None:
        self.world.hand(path, self.word())

    @rule(which=st.integers(0, 1), deed=st.sampled_from((*TALK, "freeze", "unfreeze", "redefine", "own", "withdraw")))
    def meddle(self, which: int, deed: str) -> None:
        if deed == "unfreeze":
            self.world.unfreeze()
        elif deed in TALK and self.has_changes():
            getattr(self.world, deed)(self.some(which))
        else:
            self.meanwhile(deed)
