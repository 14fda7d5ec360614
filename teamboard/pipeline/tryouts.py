"""Try an agent on a harmless task in a scratch repository, in the sandbox, and see what it can do here."""

import logging
import time
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.db import close_old_connections

from agents import Brief, Finished, Limits, Place, Runner, Sandbox, ToolCall, Usage, open_runner
from agents.contract import OutputLine, PermissionAsked, Question
from teamboard.board import actions
from teamboard.board.models import Tryout
from teamboard.pipeline import briefs
from teamboard.pipeline.alone import alone
from teamboard.pipeline.job import StepFailed
from teamboard.pipeline.sandboxes import SHORT, granted, open_sandbox
from teamboard.pipeline.workspaces import Workspace, scratch
from teamboard.runs.queries import halted

log = logging.getLogger(__name__)

FILE, WORD = "hello.txt", "ready"
FIRST = f"Write the word “{WORD}” into a new file `{FILE}` in the root of this repository, and do nothing else."
SECOND = "Nothing is to be done any more: just say in one sentence what you did before."
LIMITS = Limits(seconds=300, idle_seconds=240)
_REPOSITORY = "git init -q -b main . && git commit -q --allow-empty -m 'A scratch repository'"
_NOBODY = {
    "GIT_AUTHOR_NAME": "Teamboard",
    "GIT_AUTHOR_EMAIL": "board@teamboard.invalid",
    "GIT_COMMITTER_NAME": "Teamboard",
    "GIT_COMMITTER_EMAIL": "board@teamboard.invalid",
}


@dataclass
class Seen:
    """What a turn showed."""

    finished: Finished = field(default_factory=lambda: Finished(exit_code=None))
    ran: bool = False
    told_usage: bool = False
    began_anew: bool = False
    version: str = ""
    lines: list[str] = field(default_factory=list)


def due_agents() -> list[int]:
    rows = Tryout.objects.filter(result=Tryout.RUNNING)
    return list(rows.values_list("agent_id", flat=True).order_by("agent_id"))


def try_agent(agent_id: int) -> bool:
    """Do a tryout that was asked for; False when another worker does so already."""
    with alone(Path(settings.DATA_DIR) / "scratch" / f"tryout-{agent_id}.lock") as ours:
        tryout = Tryout.objects.select_related("agent__project").filter(agent=agent_id, result=Tryout.RUNNING).first()
        if not ours or tryout is None or halted():
            return False
        try:
            _try(tryout)
        finally:
            close_old_connections()
    return True


def _try(tryout: Tryout) -> None:
    space, began = scratch("tryout", str(tryout.agent_id)), time.monotonic()
    try:
        space.remove()
        first, second = _both_turns(tryout, space.make())
        wrote = _wrote(space)
    except StepFailed as failed:
        actions.record_tryout(tryout, code=failed.code, detail=failed.detail)
        return
    except Exception as error:
        log.exception("the tryout of agent %s failed", tryout.agent_id)
        actions.record_tryout(tryout, code="internal_error", detail=f"{type(error).__name__}: {error}")
        return
    finally:
        space.remove()
    code, detail = first.finished.reason, first.finished.detail
    if not code and not wrote:
        code, detail = "nothing_done", " ".join(first.lines[-3:])
    resumed = not second.finished.reason and not second.began_anew
    actions.record_tryout(
        tryout, code=code, detail=detail, version=first.version, seconds=round(time.monotonic() - began, 1),
        edit=wrote, tools=first.ran, usage=first.told_usage, resume=resumed and not code,
    )  # fmt: skip


def _both_turns(tryout: Tryout, space: Workspace) -> tuple[Seen, Seen]:
    sandbox = open_sandbox()
    place = Place(work=space.work, home=space.home, tmp=space.tmp, read_only=granted(tryout.agent.project))
    made = sandbox.run(["/bin/sh", "-c", _REPOSITORY], _by_nobody(place), SHORT)
    if made.reason:
        raise StepFailed(made.reason, made.detail)
    first = _turn(tryout, sandbox, place, Brief(run=0, step=1, round=1, title="A tryout", body=FIRST))
    if first.finished.reason:
        return first, first
    again = Brief(run=0, step=2, round=2, title="A tryout", body=FIRST, message=SECOND)
    return first, _turn(tryout, sandbox, place, again)


def _by_nobody(place: Place) -> Place:
    return Place(work=place.work, home=place.home, tmp=place.tmp, environment=_NOBODY)


def _turn(tryout: Tryout, sandbox: Sandbox, place: Place, brief: Brief) -> Seen:
    seen = Seen()
    try:
        runner = open_runner(briefs.config_of(tryout.agent), sandbox)
    except LookupError as unknown:
        raise StepFailed("agent_missing", str(unknown)) from unknown
    for event in runner.work(brief, place, LIMITS):
        _note(seen, event, runner)
        if halted():
            runner.cancel()
    return seen


def _note(seen: Seen, event: object, runner: Runner) -> None:
    match event:
        case PermissionAsked(key=key):
            runner.answer(key, "allow")  # there is nothing in the scratch repository to spoil
        case Question(key=key):
            runner.answer(key, "Go on as you think best.")
        case ToolCall(result=str(), failed=False):
            seen.ran = True
        case Usage(input_tokens=tokens) if tokens:
            seen.told_usage = True
        case OutputLine(stream="board", text=text):
            seen.began_anew = seen.began_anew or "begins anew" in text
            seen.version = seen.version or text.partition("version ")[2].partition(",")[0]
        case OutputLine(text=text):
            seen.lines.append(text[:300])
        case Finished():
            seen.finished = event


def _wrote(space: Workspace) -> bool:
    """Read without following a link that the agent may have made."""
    file = space.work / FILE
    if file.is_symlink() or not file.is_file() or file.stat().st_size > 1000:
        return False
    return WORD in file.read_text("utf-8", "replace")
