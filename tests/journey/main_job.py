"""The main job from end to end over the REST API alone: adopt, review, task, red, returned, thread, fixed, merged.

Run it by hand on any repository whose check is its own test suite:
    python -m tests.journey.main_job --origin URL --token TOKEN --repo PATH --check 'python3 -m pytest -q' ...
"""

import argparse
import json
import shlex
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.board_process import Api, ApiError

STEP_SECONDS = 900


@dataclass(frozen=True)
class Plan:
    """What to do where. `broken` and `mended` are shell commands of the agent's first and second turn."""

    repo: Path
    target: str
    check: list[str]
    branch: str
    broken: str
    mended: str
    failing: str
    thread_path: str
    grants: list[str] = field(default_factory=list)
    timeout: int = 600


def git(repo: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", str(repo), *words], check=True, capture_output=True, text=True).stdout.strip()


def drive(api: Api, plan: Plan, say: Any = print) -> dict[str, Any]:
    """Do it all; every claim is asserted. Returns what was seen."""
    began, seen = time.monotonic(), {}

    def told(what: str) -> None:
        say(f"{time.monotonic() - began:7.1f} s  {what}")

    project = open_repository(api, plan)
    told(f"project {project['id']} is open at {project['head_sha'][:8]}")
    settle_checks(api, plan, project["id"])
    told("calibrated: the check passes on the untouched target")
    adopted = adopt(api, plan, project["id"])
    told(f"branch {plan.branch} is under review as change {adopted['id']}")
    run, change = first_patch_set(api, plan, project["id"])
    told(f"run {run['id']} made patch set 1 of change {change['id']}; {plan.failing} is shown red")
    seen["returned"] = approve_red(api, plan, project["id"], change)
    told("approved all the same: returned, the target is unmoved")
    thread = ask_for_more(api, plan, change)
    change = second_patch_set(api, run["id"], change["id"], thread)
    told("patch set 2 answers the thread")
    seen["merged"] = merge(api, plan, project["id"], change)
    told(f"merged as {seen['merged']['candidate_sha'][:8]}; tree equals the tested one; the checked-out tree is clean")
    return seen


def open_repository(api: Api, plan: Plan) -> dict[str, Any]:
    made = api.post("projects", name=plan.repo.name, path=str(plan.repo), target_branch=plan.target)
    project: dict[str, Any] = api.until(f"projects/{made['id']}", lambda p: p["head_sha"] or p.get("problem"))
    assert project["head_sha"] == git(plan.repo, "rev-parse", f"refs/heads/{plan.target}"), project
    return project


def settle_checks(api: Api, plan: Plan, project: int) -> None:
    api.post(f"projects/{project}/grants", toolchain="python")
    for path in plan.grants:
        api.post(f"projects/{project}/grants", path=path)
    check = {"command": plan.check, "required": True, "timeout": plan.timeout}
    api.patch(f"projects/{project}/settings", checks={"tests": check}, sandbox={"needs": ["python"]}, accept=True)
    api.post(f"projects/{project}/calibrate")

    def done(settings: dict[str, Any]) -> bool:
        results = settings["calibration"]
        return bool(results) and all(row["result"] in ("passes", "red", "impossible") for row in results)

    settings = api.until(f"projects/{project}/settings", done, STEP_SECONDS)
    assert [row["result"] for row in settings["calibration"]] == ["passes"], settings["calibration"]


def adopt(api: Api, plan: Plan, project: int) -> dict[str, Any]:
    listed = api.until(f"projects/{project}/branches", lambda b: any(x["name"] == plan.branch for x in b["branches"]))
    row = next(row for row in listed["branches"] if row["name"] == plan.branch)
    assert row["ahead"] >= 1, row
    change: dict[str, Any] = api.post(f"projects/{project}/changes", branch=plan.branch)
    change = api.until(f"changes/{change['id']}", lambda c: c["patch_sets"])
    assert change["patch_sets"][0]["head_sha"] == git(plan.repo, "rev-parse", f"refs/heads/{plan.branch}")
    assert api.get(f"changes/{change['id']}/diff?patch_set=1")["files"]
    return change


def first_patch_set(api: Api, plan: Plan, project: int) -> tuple[dict[str, Any], dict[str, Any]]:
    script = f'if grep -q "Please mend it" "$TEAMBOARD_BRIEF"; then {plan.mended}; else {plan.broken}; fi'
    agent = api.post(f"projects/{project}/agents", name="Cedar", kind="command", command=["sh", "-ec", script])
    task = api.post(f"projects/{project}/tasks", title="Change it and keep the tests green", acceptance=["tests pass"])
    run = api.post(f"tasks/{task['id']}/runs", agent=agent["id"])
    run = api.until(f"runs/{run['id']}", lambda r: r["state"] in ("waiting", "failed"), STEP_SECONDS)
    assert run["state"] == "waiting", run
    change = api.get(f"changes/{run['change']}")
    (check,) = [row for row in change["checks"] if row["name"] == "tests"]
    assert check["conclusion"] == "failure", check
    assert any(plan.failing in name for name in check["failing"]), check
    return run, change


def approve_red(api: Api, plan: Plan, project: int, change: dict[str, Any]) -> dict[str, Any]:
    before = git(plan.repo, "rev-parse", f"refs/heads/{plan.target}")
    entry = vote(api, change, 2)["queue_entry"]
    assert entry, "a red check is judged by the gate"
    row = entry_when(api, project, entry["id"], ("returned", "merged", "held"))
    assert row["state"] == "returned", row
    assert row["reason"]["code"] == "checks_failed", row
    assert git(plan.repo, "rev-parse", f"refs/heads/{plan.target}") == before
    return row


def vote(api: Api, change: dict[str, Any], value: int) -> dict[str, Any]:
    newest = change["patch_sets"][-1]
    api.get(f"changes/{change['id']}/diff?patch_set={newest['number']}")
    answer: dict[str, Any] = api.post(
        f"changes/{change['id']}/votes", patch_set=newest["number"], head_sha=newest["head_sha"], value=value
    )
    return answer


def entry_when(api: Api, project: int, entry: int, states: tuple[str, ...]) -> dict[str, Any]:
    def row(queue: dict[str, Any]) -> dict[str, Any]:
        return next(item for item in queue["entries"] if item["id"] == entry)

    return row(api.until(f"projects/{project}/queue", lambda q: row(q)["state"] in states, STEP_SECONDS))


def ask_for_more(api: Api, plan: Plan, change: dict[str, Any]) -> int:
    thread = api.post(
        f"changes/{change['id']}/threads",
        patch_set=1,
        path=plan.thread_path,
        side="new",
        start_line=1,
        end_line=1,
        body="This breaks a test. Please mend it.",
    )
    api.post(f"changes/{change['id']}/request-changes", body="See the thread.")
    return int(thread["id"])


def second_patch_set(api: Api, run: int, change: int, thread: int) -> dict[str, Any]:
    answer: dict[str, Any] = api.until(f"changes/{change}", lambda c: len(c["patch_sets"]) == 2, STEP_SECONDS)
    api.until(f"runs/{run}", lambda r: r["state"] == "waiting", STEP_SECONDS)
    answer = api.get(f"changes/{change}")
    (row,) = [row for row in answer["threads"] if row["id"] == thread]
    assert row["receipt"]["delivered"], row
    assert row["receipt"]["answered"], row
    return answer


def merge(api: Api, plan: Plan, project: int, change: dict[str, Any]) -> dict[str, Any]:
    for thread in change["threads"]:  # the one on the line, and the words of the request itself
        api.post(f"threads/{thread['id']}/verify")
    change = api.get(f"changes/{change['id']}")
    answer = vote(api, change, 2)
    assert answer["queue_entry"], answer
    row = entry_when(api, project, answer["queue_entry"]["id"], ("returned", "merged", "held"))
    assert row["state"] == "merged", row
    landed = git(plan.repo, "rev-parse", f"refs/heads/{plan.target}")
    assert landed == row["candidate_sha"], row
    tree = git(plan.repo, "rev-parse", f"{landed}^{{tree}}")
    assert tree == row["candidate_tree"]
    assert {check["tree_sha"] for check in row["checks"]} == {tree}, row
    assert all(check["conclusion"] == "success" for check in row["checks"]), row
    assert git(plan.repo, "status", "--porcelain") == ""
    git(plan.repo, "merge-base", "--is-ancestor", change["patch_sets"][-1]["head_sha"], landed)
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("origin", "token", "repo", "check", "branch", "broken", "mended", "failing", "thread-path"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--target", default="main")
    parser.add_argument("--grant", action="append", default=[])
    given = parser.parse_args()
    plan = Plan(
        repo=Path(given.repo).resolve(),
        target=given.target,
        check=shlex.split(given.check),
        branch=given.branch,
        broken=given.broken,
        mended=given.mended,
        failing=given.failing,
        thread_path=given.thread_path,
        grants=given.grant,
    )
    try:
        print(json.dumps(drive(Api(given.origin, given.token), plan), indent=1))
    except ApiError as error:
        raise SystemExit(f"The API refused: {error}") from error


if __name__ == "__main__":
    main()
