"""The steps of a run without a sandbox: what the agent leaves is a commit, made in the hub as collect makes it."""

from typing import Any

from agents.contract import Question
from teamboard.lib.killpoints import kill_point
from teamboard.pipeline import checks, gathering
from teamboard.pipeline.job import Job, StepFailed
from teamboard.pipeline.proposing import propose
from teamboard.reviews import actions as reviews
from teamboard.runs import actions

Result = dict[str, Any]


def table(world: Any) -> dict[str, Any]:
    def prepare(job: Job) -> Result:
        base = world.ground.main()
        actions.record_base(job.claim, base)
        return {"base": base}

    def setup(job: Job) -> Result:
        return {"skipped": "no setup command"}

    def work(job: Job) -> Result:
        kill_point("brief_delivered")
        asked = world.dice.random() < 0.2
        if asked:
            actions.ask(job.claim, Question(key="q", text="Round half up?", default="no", timeout_seconds=10))
            world.seen["asked"] += 1
        job.keeper.check()
        actions.record_activity(job.claim, f"works in round {job.step.round}")
        kill_point("work_finished")
        actions.read_inbox(job.claim)
        if asked and world.dice.random() < 0.5:
            kill_point("work_parked")
            return {"parked": True}
        if world.dice.random() < 0.1:
            raise StepFailed("exit_status", "1")
        return {"exit_code": 0}

    def collect(job: Job) -> Result:
        base, text = job.run.base_sha, f"{job.run.pk}.{job.step.round}"
        head = world.ground.commit(base, {"agent.txt": text}, f"Work {text}")
        kill_point("collect_bundled")
        job.keeper.check()
        world.ground.stores.set_ref(f"refs/runs/{job.run.pk}/{job.step.round}", head)
        return {"head": head, "tree": world.ground.tree(head), "notes": []}

    def run_checks(job: Job) -> Result:
        left = gathering.collected(job)
        runs = reviews.ensure_check_runs(job.run.project, left["tree"], left["head"])
        for check in runs:
            if checks._is_free(check):
                checks._in_turn(check.pk, job.keeper.check)
        job.keeper.check()
        return {**left, "checks": [check.pk for check in runs]}

    return {
        "prepare": prepare,
        "setup": setup,
        "work": work,
        "collect": collect,
        "checks": run_checks,
        "propose": propose,
    }
