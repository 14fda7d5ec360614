"""What comes in. Every field is optional unless the work makes no sense without it; unknown fields are refused."""

from typing import Any

from ninja import Schema
from pydantic import ConfigDict


class Body(Schema):
    model_config = ConfigDict(extra="forbid")


class NewProject(Body):
    """`path` (of a folder on this machine) or `url` (a clone address)."""

    name: str = ""
    path: str = ""
    url: str = ""
    target_branch: str = ""


class NewChange(Body):
    """`branch` adopts a branch; `patch` (text of git format-patch or git diff) makes a change of a person."""

    branch: str = ""
    patch: str = ""
    title: str = ""


class SettingsPatch(Body):
    checks: dict[str, dict[str, Any]] | None = None
    setup: dict[str, Any] | None = None
    sandbox: dict[str, Any] | None = None
    review: dict[str, Any] | None = None
    merge: dict[str, Any] | None = None
    owners: list[dict[str, Any]] | None = None
    accept: bool = False


class NewGrant(Body):
    """One of `path`, `toolchain` (python, node, ...) and `network` ("open")."""

    path: str = ""
    toolchain: str = ""
    network: str = ""


class NewAgent(Body):
    name: str
    kind: str = "command"
    command: list[str] | str = []
    script: str = ""
    model: str = ""
    mode: str = ""
    endpoint: dict[str, Any] = {}
    limits: dict[str, Any] = {}
    role: str = ""


class TaskFields(Body):
    title: str | None = None
    body: str | None = None
    acceptance: list[str] | None = None
    scope: list[str] | None = None
    labels: list[str] | None = None
    depends_on: list[int] | None = None
    priority: int | None = None
    agent: int | None = None
    start_when_free: bool | None = None


class NewTask(TaskFields):
    title: str


class TaskPatch(TaskFields):
    """`state` (backlog, ready, abandoned) moves the card; `before` is the card it is placed before."""

    state: str | None = None
    before: int | None = None


class NewRun(Body):
    """`checkpoint` (of another run of the task): start from those files."""

    agent: int | None = None
    checkpoint: int | None = None


class Text(Body):
    text: str


class Answer(Body):
    """`option` (the text of one) or `text`."""

    question: int
    option: str = ""
    text: str = ""


class Room(Body):
    """How much more a run may use from here, of each unit that holds it up."""

    usd: float | None = None
    tokens: int | None = None


class NewBudget(Body):
    """`warn_share`: from which share of it the pages say so."""

    usd: float | None = None
    tokens: int | None = None
    warn_share: float = 0.8


class NewPrice(Body):
    """Dollars for a million tokens; `cached` and `written` are like `input` unless given."""

    model: str
    input: float
    output: float
    cached: float | None = None
    written: float | None = None


class Sentence(Body):
    sentence: str


class Reason(Body):
    reason: str = ""


class NewThread(Body):
    patch_set: int
    path: str = ""
    side: str = "new"
    start_line: int | None = None
    end_line: int | None = None
    body: str


class NewComment(Body):
    body: str
    resolve: bool = False


class Request(Body):
    body: str = ""


class NewVote(Body):
    patch_set: int
    head_sha: str
    value: int
    base_sha: str = ""
    result_tree: str = ""
    waived: list[str] = []


class NewInvitation(Body):
    """`expires_in` in hours."""

    role: str = "reviewer"
    expires_in: float = 24
