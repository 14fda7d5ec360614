"""The steps of a run: a table of small plug-ins. Each may be run again after a lost worker without harm."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.db import transaction

from agents import Callback, Runner, Sandbox, open_runner
from teamboard.board import queries as board
from teamboard.board.models import Project
from teamboard.lib.killpoints import kill_point
from teamboard.pipeline import briefs, checkpoints, checks, environment, gathering, inside
from teamboard.pipeline.callbacks import calling_back
from teamboard.pipeline.job import Job, StepFailed
from teamboard.pipeline.live import LiveDiff, take_snapshot
from teamboard.pipeline.metering import refuse_if_spent
from teamboard.pipeline.proposing import propose
from teamboard.pipeline.sandboxes import conditions, open_network, open_sandbox
from teamboard.pipeline.turn import Turn
from teamboard.reviews import actions as reviews
from teamboard.reviews.models import Thread
from teamboard.reviews.storage import stores
from teamboard.runs import actions
from teamboard.runs.models import CHECKS, COLLECT, PREPARE, PROPOSE, SETUP, WORK

Result = dict[str, Any]


def prepare(job: Job) -> Result:
    """A private clone at the target as it is now, made inside the sandbox."""
    run, project = job.run, job.run.project
    if project.status != Project.READY or not project.head_sha:
        raise StepFailed("project_not_ready", project.problem)
    origin = run.continues.run.base_sha if run.continues else project.head_sha
    base = stores(project.pk).resolve(origin)
    if base is None:
        raise StepFailed("project_not_ready", f"The store does not hold {origin}.")
    start = checkpoints.start_of(run, base)
    inside.clone(project, job.space, base=base, start=start, author=briefs.author_of(run.agent))
    (job.space.root / "layered").unlink(missing_ok=True)
    actions.record_base(job.claim, base)
    job.output.say(f"Cloned {project.target} at {base[:10]}.")
    if run.continues:
        job.output.say(f"It starts from {run.continues.told}.")
    return {"base": base}


def setup(job: Job) -> Result:
    """The environment layer of this commit: there already, made now, or not asked for."""
    body = board.settings_body(job.run.project)
    layer = environment.layer(job.run.project, body, job.run.base_sha, say=job.output.say, watch=job.keeper.check)
    if layer is None:
        return {"skipped": "no setup command"}
    environment.exclude(job.run.project, job.space, layer, base=job.run.base_sha)
    return {"layer": str(layer)}


def work(job: Job) -> Result:
    """One turn of the agent. Threads are delivered when the brief that holds them is handed over."""
    refuse_if_spent(job)
    if not job.space.has_clone:
        _clone_again(job)
    threads = briefs.threads_of(job)
    sandbox = open_sandbox()
    network = open_network(job.run.project, board.settings_body(job.run.project))
    place = environment.place_with(job.run.project, job.space, _layer(job), sandbox, network=network)
    _tell_conditions(job, conditions(sandbox, place))
    brief, limits = briefs.brief_of(job, threads), briefs.limits_of(job.run.agent)
    with calling_back(job) as callback:
        runner = _runner(job, sandbox, callback)
        _deliver(threads, job)
        kill_point("brief_delivered")
        with LiveDiff(job, checkpoints.Interval(job)):
            finished = Turn(job, runner).run(brief, place, limits)
    kill_point("work_finished")
    take_snapshot(job)
    if finished is None:
        kill_point("work_parked")
        job.output.say("It waits for an answer. Its process was ended; the answer starts it again in the same clone.")
        return {"parked": True}
    if finished.reason:
        raise StepFailed(finished.reason, finished.detail)
    return {"exit_code": finished.exit_code}


def _tell_conditions(job: Job, words: list[str]) -> None:
    actions.record_conditions(job.claim, words)
    if words:
        job.output.say(f"It works with {' and '.join(words)}.")


def _runner(job: Job, sandbox: Sandbox, callback: Callback) -> Runner:
    config = briefs.config_of(job.run.agent)
    try:
        return open_runner(replace(config, callback=callback, secrets=(*config.secrets, callback.token)), sandbox)
    except LookupError as unknown:
        raise StepFailed("agent_missing", str(unknown)) from unknown


def _deliver(threads: list[Thread], job: Job) -> None:
    with transaction.atomic():
        reviews.deliver(threads, job.step)


def _layer(job: Job) -> Path | None:
    done = job.run.steps.filter(kind=SETUP, state="succeeded").order_by("seq").last()
    layer = Path(done.result["layer"]) if done and "layer" in done.result else None
    return layer if layer and layer.is_dir() else None


def _clone_again(job: Job) -> None:
    """Collected with the disk: at what was kept of its work last. Destroyed by its agent: at what was proposed last."""
    kept = checkpoints.proposed_of if job.step.request.get("fresh") else checkpoints.start_of
    start = kept(job.run, job.run.base_sha)
    author = briefs.author_of(job.run.agent)
    inside.clone(job.run.project, job.space, base=job.run.base_sha, start=start, author=author)
    (job.space.root / "layered").unlink(missing_ok=True)
    layer = _layer(job)
    if layer:
        environment.exclude(job.run.project, job.space, layer, base=job.run.base_sha)
    job.output.say("The clone was gone; made a fresh one.")


def run_checks(job: Job) -> Result:
    """The required checks on the head's tree. Red is a finding for the reviewer, not a failure of the run."""
    collected = gathering.collected(job)
    verdicts = checks.check_head(job, collected["tree"], collected["head"])
    return {**collected, "checks": verdicts}


STEPS: dict[str, Callable[[Job], Result]] = {
    PREPARE: prepare,
    SETUP: setup,
    WORK: work,
    COLLECT: gathering.collect,
    CHECKS: run_checks,
    PROPOSE: propose,
}
