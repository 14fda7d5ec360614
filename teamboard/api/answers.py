"""What comes out, for the document and for the answers themselves: every field has its type. Fields only grow."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Json = dict[str, Any]


def _written(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


At = Annotated[str, BeforeValidator(_written), Field(json_schema_extra={"format": "date-time"})]


class Answer(BaseModel):
    """A field that is new here and not yet in the document is told all the same."""

    model_config = ConfigDict(extra="allow")


class Process(Answer):
    """`state`: alive, late (nothing heard for a while) or gone."""

    name: str
    kind: str
    since: At
    seen: At
    state: str


class Health(Answer):
    """`status`: ok or degraded. `workers` is null where the database does not answer."""

    status: str
    version: str
    database: str
    broker: str
    sandbox: str
    workers: list[Process] | None


class Project(Answer):
    id: int
    name: str
    key: str
    upstream: str
    target_branch: str
    head_sha: str
    status: str
    problem: str
    notes: list[Any]
    checks: list[str]


class Branch(Answer):
    """Null is unknown: not measured yet, or too many."""

    name: str
    sha: str
    target_sha: str
    at: At | None
    author: str
    subject: str
    worktree: str | None
    checked_out: bool
    ahead: int | None
    behind: int | None
    files: int | None
    additions: int | None
    deletions: int | None
    conflicts_with: list[str]
    conflicts_with_target: bool | None


class Branches(Answer):
    branches: list[Branch]
    as_of: At | None


class Calibration(Answer):
    """`result`: running, passes, red or impossible."""

    name: str
    result: str
    reason: str
    remedy: str
    commit_sha: str
    seconds: float | None
    network: bool
    at: At | None


class Calibrations(Answer):
    checks: list[Calibration]


class Settings(Answer):
    """`source`: board, file, proposal or none."""

    source: str
    digest: str
    problem: str
    checks: Json
    setup: Json
    sandbox: Json
    review: Json
    merge: Json
    calibration: list[Calibration]


class Grant(Answer):
    """One of path, toolchain and network is there."""

    id: int
    path: str = ""
    toolchain: str = ""
    network: str = ""
    everywhere: bool
    granted_at: At | None


class Grants(Answer):
    grants: list[Grant]


class Endpoint(Answer):
    """The key itself is never told."""

    base_url: str
    has_key: bool


class Tryout(Answer):
    """`seen`: what it did, of edit, tools, resume and usage. `outdated`: its settings changed since."""

    result: str
    outdated: bool
    version: str
    seen: Json
    failure: str
    detail: str
    seconds: float | None
    at: At


class Agent(Answer):
    id: int
    name: str
    kind: str
    command: list[str]
    model: str
    mode: str
    endpoint: Endpoint | None
    limits: Json
    role: str
    tryout: Tryout | None


class Event(Answer):
    seq: int
    kind: str
    actor: str
    at: At
    data: Json


class Events(Answer):
    events: list[Event]
    next: int


class Member(Answer):
    user: str
    name: str
    role: str
    since: At | None


class Invitation(Answer):
    """`link` is told this once."""

    id: int
    link: str
    expires_at: At


class Disk(Answer):
    """`uses`: bytes by kind (stores, runs, environments, logs); `asked_at`: somebody wants it collected now."""

    uses: dict[str, int]
    freed: int
    measured_at: At | None
    asked_at: At | None


class Halt(Answer):
    """While `halted` no agent starts."""

    halted: bool
    reason: str
    by: str | None
    at: At | None


class Accepted(Answer):
    by: str | None
    at: At | None


class Isolation(Answer):
    """`sandbox`: ok or missing; `accepted` is null unless an Architect accepted in words to run without one."""

    sandbox: str
    reason: str
    remedy: str
    sentence: str
    accepted: Accepted | None
