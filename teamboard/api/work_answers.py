"""What comes out of tasks, runs and the attention list."""

from typing import Any

from teamboard.api.answers import Answer, At, Json
from teamboard.api.cost_answers import Cost, Standing


class Evidence(Answer):
    name: str
    label: str
    source: str
    at: At | None


class Task(Answer):
    """`column` follows from `evidence`; `run` and `change` are the newest ones, if any."""

    id: int
    ref: str
    title: str
    body: str
    acceptance: list[Any]
    scope: list[str]
    labels: list[str]
    depends_on: list[int]
    priority: int
    agent: int | None
    state: str
    column: str
    evidence: list[Evidence]
    run: int | None
    change: int | None


class RunStarted(Answer):
    id: int
    state: str
    task: int


class Step(Answer):
    id: int
    kind: str
    round: int
    state: str
    attempt: int
    error: str
    started_at: At | None
    finished_at: At | None
    cost: Cost


class Question(Answer):
    """`kind`: question or permission. `default` is taken at `due_at`; null: it waits."""

    id: int
    kind: str
    text: str
    options: list[str]
    default: str | None
    due_at: At | None
    state: str
    answer: str


class Checkpoint(Answer):
    """Files of a run as they were; a new run may start from them."""

    id: int
    number: int
    head_sha: str
    round: int
    reason: str
    at: At


class Failure(Answer):
    code: str
    message: str
    remedy: str
    detail: str


class Run(Answer):
    id: int
    task: int
    agent: int
    number: int
    state: str
    waiting_for: str
    base_sha: str
    steps: list[Step]
    questions: list[Question]
    usage: Json
    cost: Cost
    budgets: list[Standing]
    conditions: list[str]
    parked_at: At | None
    continues: int | None
    checkpoints: list[Checkpoint]
    change: int | None
    failure: Failure | None
    started_at: At | None
    finished_at: At | None


class Line(Answer):
    """`event` is there where the line tells of one: its kind and fields."""

    seq: int
    at: At
    stream: str
    text: str
    event: Json = {}


class Output(Answer):
    lines: list[Line]
    next: int


class Ask(Answer):
    """Something a person is wanted for; `ask` is the sentence.

    `unblocks` are the tasks that wait for this one. `risk` is "high" where a change touches guarded files or makes
    fewer tests run, else null: not known. `minutes` is null as long as nothing measures them.
    """

    id: str
    kind: str
    ask: str
    text: str
    since: At
    url: str
    task: int | None
    run: int | None
    change: int | None
    question: int | None
    entry: int | None
    options: list[str]
    default: str | None
    due_at: At | None
    unblocks: list[int]
    risk: str | None
    minutes: int | None


class Attention(Answer):
    items: list[Ask]
