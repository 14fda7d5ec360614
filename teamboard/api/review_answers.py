"""What comes out of changes and the queue."""

from typing import Any, Literal

from teamboard.api.answers import Answer, At, Json


class PatchSet(Answer):
    number: int
    base_sha: str
    head_sha: str
    tree_sha: str
    patch_id: str
    author: str
    message: str
    files: int
    additions: int
    deletions: int
    outside_scope: list[str]
    guarded: list[str]
    notes: list[Any]
    hints: dict[str, Any]
    created_at: At


class Requirement(Answer):
    """`met` is null where the gate decides it on the candidate.

    `waivers`: what a vote's `waived` names to let it pass; `paths`: the files that it is about.
    """

    name: str
    label: str
    met: bool | None
    reason: str
    waivable: bool
    waived: bool
    waivers: list[str]
    paths: list[str]


class Check(Answer):
    """`status`: queued, in_progress or completed; `conclusion` is null until then."""

    id: int
    name: str
    status: str
    conclusion: str | None
    tree_sha: str
    attempt: int
    failing: list[Any]
    summary: str
    exit_code: int | None
    finished_at: At | None


class Vote(Answer):
    id: int
    patch_set: int
    head_sha: str
    value: int
    user: str
    outdated: bool
    carried: bool
    at: At


class Place(Answer):
    """Without lines it is about the file, without a path about the change."""

    patch_set: int
    path: str
    side: str
    start_line: int | None
    end_line: int | None


class Spot(Place):
    """`kind`: exact, moved, drifted, file or change."""

    kind: str


class Receipt(Answer):
    sent: At | None
    delivered: At | None
    answered: At | None
    verified: At | None


class Comment(Answer):
    id: int
    author: str
    body: str
    at: At


class Thread(Answer):
    id: int
    state: str
    original: Place
    current: Spot
    receipt: Receipt
    comments: list[Comment]


class Change(Answer):
    id: int
    number: int
    title: str
    description: str
    state: str
    origin: str
    branch: str
    branch_problem: str
    task: int | None
    author: str
    merged_sha: str | None
    reason: str
    created_at: At


class WholeChange(Change):
    patch_sets: list[PatchSet]
    requirements: list[Requirement]
    votes: list[Vote]
    checks: list[Check]
    threads: list[Thread]


class DiffLine(Answer):
    """`old`, `new`: line numbers. `no_newline` is there, and true, where the file ends without one."""

    kind: Literal["context", "add", "delete"]
    old: int | None
    new: int | None
    text: str
    no_newline: bool = False


class Hunk(Answer):
    old_start: int
    old_lines: int
    new_start: int
    new_lines: int
    lines: list[DiffLine]


class DiffFile(Answer):
    """`encoding` is there, and "unknown", where the text is not UTF-8 and was replaced in part."""

    path: str
    old_path: str | None
    status: str
    additions: int
    deletions: int
    binary: bool
    too_big: bool
    hunks: list[Hunk]
    encoding: str = "utf-8"


class Diff(Answer):
    patch_set: int
    against: int | None
    files: list[DiffFile]


class ChangesAsked(Answer):
    change: int
    run: int | None


class EntryMade(Answer):
    id: int
    state: str


class Voted(Answer):
    """`vote` is null when it was taken back; `queue_entry` when nothing was queued."""

    vote: Vote | None
    requirements: list[Requirement]
    queue_entry: EntryMade | None


class Entry(Answer):
    """`state`: queued, testing, landing, held, merged or returned; `reason` says why, with its code and details."""

    id: int
    change: int
    patch_set: int
    state: str
    candidate_sha: str | None
    candidate_tree: str | None
    base_sha: str | None
    checks: list[Check]
    reason: Json | None
    created_at: At
    finished_at: At | None


class Queue(Answer):
    """Newest last."""

    main_sha: str
    frozen: bool
    entries: list[Entry]
