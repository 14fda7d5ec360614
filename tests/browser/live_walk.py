"""Random actions of two people on all pages, through the API, through forms and by clicks."""

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as Missed

from tests.board_process import ApiError
from tests.browser.live_pages import Person
from tests.browser.live_scene import Scene

CLICK_MS = 3000


class Impossible(Exception):
    """There is nothing now that this action could be done to."""


class Walk:
    """`seed` decides what is done; what the board's workers do meanwhile is their own."""

    def __init__(self, scene: Scene, seed: int) -> None:
        self.scene, self.random = scene, random.Random(seed)
        self.done: Counter[str] = Counter()
        self.number = 0
        self._read: dict[str, Any] = {}

    def step(self) -> str:
        """One action that the board did not refuse."""
        while True:
            action = self.random.choices(ACTIONS, [WEIGHTS.get(one.__name__, 2) for one in ACTIONS])[0]
            self.number += 1
            self._read.clear()
            try:
                action(self)
            except (Impossible, ApiError):
                continue
            self.done[action.__name__] += 1
            return action.__name__

    # What there is to act on

    @property
    def pid(self) -> int:
        return self.scene.pid

    def word(self) -> str:
        return f"{self.random.choice(('Amber', 'Birch', 'Cobalt', 'Dune', 'Ember'))} {self.number}"

    def who(self) -> Person:
        return self.random.choice((self.scene.ada, self.scene.rui))

    def get(self, path: str) -> Any:
        """Read once for each action."""
        if path not in self._read:
            self._read[path] = self.scene.ada_api.get(path)
        return self._read[path]

    def one(self, rows: list[Any]) -> Any:
        if not rows:
            raise Impossible
        return self.random.choice(rows)

    def task(self, **wanted: Any) -> dict[str, Any]:
        rows = self.get(f"projects/{self.pid}/tasks")
        found: dict[str, Any] = self.one([row for row in rows if all(row[name] == of for name, of in wanted.items())])
        return found

    def run(self, *states: str) -> dict[str, Any]:
        """The watched one as often as all others together."""
        watched = self.get(f"runs/{self.scene.run}")
        rows = [self.get(f"runs/{row['run']}") for row in self.get(f"projects/{self.pid}/tasks") if row["run"]]
        mine = [watched] * len(rows) if watched["state"] in states else []
        found: dict[str, Any] = self.one(mine + [row for row in rows if row["state"] in states])
        return found

    def change(self, *states: str) -> dict[str, Any]:
        rows = self.get(f"projects/{self.pid}/changes")
        watched = (self.scene.change, self.scene.done)
        found = self.one(
            [row["id"] for row in rows if row["state"] in states for _ in range(5 if row["id"] in watched else 1)]
        )
        answer: dict[str, Any] = self.get(f"changes/{found}")
        return answer

    def thread(self, **wanted: Any) -> dict[str, Any]:
        rows = [
            row for number in (self.scene.change, self.scene.done) for row in self.get(f"changes/{number}")["threads"]
        ]
        found: dict[str, Any] = self.one([row for row in rows if all(row[name] == of for name, of in wanted.items())])
        return found

    def post(self, person: Person, path: str, **values: str) -> None:
        if person.post(path, **values) >= 400:
            raise Impossible

    def click(self, page: Page, selector: str) -> None:
        found = page.locator(selector).locator("visible=true")
        if not found.count():
            raise Impossible
        try:
            found.nth(self.random.randrange(found.count())).click(timeout=CLICK_MS)
        except Missed:
            # It was swapped away under the pointer, as happens to people.
            raise Impossible from None


Action = Callable[[Walk], None]


# Tasks


def create_task(walk: Walk) -> None:
    labels = walk.random.sample(["bug", "docs", "speed"], walk.random.randrange(3))
    agent = walk.random.choice([None, *walk.scene.agents.values()])
    fields = {"labels": labels, "priority": walk.random.choice((0, 10))} | ({"agent": agent} if agent else {})
    walk.scene.api(walk.who()).post(f"projects/{walk.pid}/tasks", title=walk.word(), **fields)


def create_task_by_click(walk: Walk) -> None:
    page = walk.who().live["board"].page
    walk.click(page, "[data-open=new-task]")
    page.locator("#quick-task [name=title]").fill(walk.word())
    page.locator("#quick-task [data-act=create]").click()
    page.locator("#quick-task [name=title]").wait_for(state="hidden")


def edit_task(walk: Walk) -> None:
    pk = walk.random.choice((walk.scene.task, walk.task()["id"]))
    fields: dict[str, Any] = {"title": walk.word(), "body": f"About *{walk.word()}*.", "acceptance": [walk.word()]}
    name = walk.random.choice(list(fields))
    walk.scene.api(walk.who()).patch(f"tasks/{pk}", **{name: fields[name]})


def order_tasks(walk: Walk) -> None:
    state = walk.random.choice(("backlog", "ready"))
    moved, before = walk.task(state=state), walk.task(state=state)
    walk.scene.api(walk.who()).patch(f"tasks/{moved['id']}", before=before["id"])


def move_task(walk: Walk) -> None:
    task = walk.task(state=walk.random.choice(("backlog", "ready", "abandoned")))
    walk.scene.api(walk.who()).patch(f"tasks/{task['id']}", state="backlog" if task["state"] == "ready" else "ready")


def abandon_task(walk: Walk) -> None:
    walk.post(walk.who(), f"/tasks/{walk.task(state='backlog')['id']}/abandon/")


def make_it_wait(walk: Walk) -> None:
    task, other = walk.task(state="backlog"), walk.random.choice((walk.scene.task, walk.task()["id"]))
    waits = [] if task["depends_on"] else [other]
    walk.scene.api(walk.who()).patch(f"tasks/{task['id']}", depends_on=waits)


# Runs


def start_run(walk: Walk) -> None:
    task = walk.task(state=walk.random.choice(("backlog", "ready")))
    walk.scene.ada_api.post(f"tasks/{task['id']}/runs", agent=walk.random.choice(list(walk.scene.agents.values())))


def steer(walk: Walk) -> None:
    run = walk.run("running", "waiting", "queued")
    walk.scene.api(walk.who()).post(f"runs/{run['id']}/steer", text=f"Think of {walk.word()}")


def answer(walk: Walk) -> None:
    run = walk.run("running", "waiting")
    question = walk.one([row for row in run["questions"] if row["state"] == "open"])
    option = walk.random.choice(question["options"])
    walk.scene.api(walk.who()).post(f"runs/{run['id']}/answers", question=question["id"], option=option)


def answer_by_click(walk: Walk) -> None:
    page = walk.who().live["board"].page
    walk.click(page, "#attention-list .option")
    # The column holds still while the pointer is at it.
    page.mouse.move(700, 5)


def stop_run(walk: Walk) -> None:
    walk.scene.ada_api.post(f"runs/{walk.run('running', 'waiting')['id']}/cancel")


def resume_run(walk: Walk) -> None:
    walk.scene.ada_api.post(f"runs/{walk.run('failed', 'cancelled')['id']}/resume")


# Review


def comment(walk: Walk) -> None:
    change = walk.change("open")
    files = walk.get(f"changes/{change['id']}/diff?patch_set=1")["files"]
    place = {"path": walk.one(files)["path"], "start_line": 1, "end_line": 1} if walk.random.random() < 0.7 else {}
    api = walk.scene.api(walk.who())
    api.post(f"changes/{change['id']}/threads", patch_set=1, body=f"Why *{walk.word()}*?", **place)


def comment_by_click(walk: Walk) -> None:
    page = walk.who().live["change"].page
    walk.click(page, "[data-act=comment-change]")
    page.locator("#change-threads .compose textarea").first.fill(walk.word())
    page.locator("#change-threads [data-act=send-now]").first.click()
    page.locator("#change-threads .compose").first.wait_for(state="detached")


def reply(walk: Walk) -> None:
    walk.scene.api(walk.who()).post(f"threads/{walk.thread()['id']}/comments", body=f"Because of {walk.word()}.")


def resolve(walk: Walk) -> None:
    walk.post(walk.who(), f"/threads/{walk.thread(state='open')['id']}/resolve/", ps="1")


def resolve_by_click(walk: Walk) -> None:
    walk.click(walk.who().live["change"].page, ".thread[data-state=open] [data-act=resolve]")


def reopen(walk: Walk) -> None:
    walk.post(walk.who(), f"/threads/{walk.thread(state='resolved')['id']}/reopen/", ps="1")


def vote(walk: Walk) -> None:
    change = walk.change("open")
    newest = change["patch_sets"][-1]
    api = walk.scene.api(walk.who())
    api.get(f"changes/{change['id']}/diff?patch_set={newest['number']}")
    value = walk.random.choice((-1, 0, 1))
    api.post(f"changes/{change['id']}/votes", patch_set=newest["number"], head_sha=newest["head_sha"], value=value)


def request_changes(walk: Walk) -> None:
    walk.scene.api(walk.who()).post(f"changes/{walk.change('open')['id']}/request-changes", body=walk.word())


def approve(walk: Walk) -> None:
    change = walk.change("open")
    newest = change["patch_sets"][-1]
    walk.get(f"changes/{change['id']}/diff?patch_set={newest['number']}")
    waived = [row["name"] for row in change["requirements"] if row["waivable"] and not row["met"]]
    said = {"patch_set": newest["number"], "head_sha": newest["head_sha"], "value": 2, "waived": waived}
    walk.scene.ada_api.post(f"changes/{change['id']}/votes", **said)


def reject(walk: Walk) -> None:
    walk.scene.ada_api.post(f"changes/{walk.change('open')['id']}/abandon", reason=walk.word())


def restore(walk: Walk) -> None:
    walk.scene.api(walk.who()).post(f"changes/{walk.change('abandoned')['id']}/restore")


def viewed_by_click(walk: Walk) -> None:
    walk.click(walk.who().live["change"].page, "[data-act=viewed]")


# The queue, branches, the team and settings


def brake(walk: Walk) -> None:
    frozen = bool(walk.get(f"projects/{walk.pid}/queue").get("frozen"))
    if frozen:
        walk.scene.ada_api.post(f"projects/{walk.pid}/queue/unfreeze")
    else:
        walk.scene.ada_api.post(f"projects/{walk.pid}/queue/freeze", reason=walk.word())


def commit(walk: Walk) -> None:
    walk.scene.branch(walk.random.choice(("feature/notes", "spare/0", f"fresh/{walk.number}")), walk.word())


def adopt(walk: Walk) -> None:
    rows = walk.get(f"projects/{walk.pid}/branches")["branches"]
    walk.scene.api(walk.who()).post(f"projects/{walk.pid}/changes", branch=walk.one(rows)["name"])


def invite(walk: Walk) -> None:
    walk.scene.ada_api.post(f"projects/{walk.pid}/invitations", role=walk.random.choice(("observer", "reviewer")))


def invite_by_click(walk: Walk) -> None:
    walk.click(walk.scene.ada.live["team"].page, "[data-act=invite]")


def withdraw_by_click(walk: Walk) -> None:
    walk.click(walk.scene.ada.live["team"].page, "[data-act=withdraw]")


def add_agent(walk: Walk) -> None:
    walk.scene.ada_api.post(f"projects/{walk.pid}/agents", name=walk.word(), kind="command", command=["true"])


def edit_agent(walk: Walk) -> None:
    agent = walk.one(walk.get(f"projects/{walk.pid}/agents"))
    walk.post(walk.scene.ada, f"/agents/{agent['id']}/edit/", name=walk.word(), kind=agent["kind"])


def grant(walk: Walk) -> None:
    walk.scene.ada_api.post(f"projects/{walk.pid}/grants", path=str(walk.scene.folder(f"granted-{walk.number}")))


def take_grant(walk: Walk) -> None:
    rows = [row for row in walk.get(f"projects/{walk.pid}/grants") if not row["everywhere"]]
    walk.post(walk.scene.ada, f"/grants/{walk.one(rows)['id']}/revoke/")


def settle(walk: Walk) -> None:
    check = {"command": ["python3", "-m", "unittest"], "required": True, "timeout": walk.random.randrange(100, 600)}
    more = {"words": {"command": ["true"], "required": False}} if walk.random.random() < 0.5 else {}
    walk.scene.ada_api.patch(f"projects/{walk.pid}/settings", checks={"tests": check, **more}, accept=True)


def calibrate(walk: Walk) -> None:
    walk.scene.ada_api.post(f"projects/{walk.pid}/calibrate")


ACTIONS: tuple[Action, ...] = (
    create_task,
    create_task_by_click,
    edit_task,
    order_tasks,
    move_task,
    abandon_task,
    make_it_wait,
    start_run,
    steer,
    answer,
    answer_by_click,
    stop_run,
    resume_run,
    comment,
    comment_by_click,
    reply,
    resolve,
    resolve_by_click,
    reopen,
    vote,
    request_changes,
    approve,
    reject,
    restore,
    viewed_by_click,
    brake,
    commit,
    adopt,
    invite,
    invite_by_click,
    withdraw_by_click,
    add_agent,
    edit_agent,
    grant,
    take_grant,
    settle,
    calibrate,
)
# What makes real work for the board's workers, or an end, comes less often.
WEIGHTS = dict.fromkeys(("start_run", "approve", "calibrate", "settle", "adopt", "commit", "stop_run", "reject"), 1)
WEIGHTS |= dict.fromkeys(("edit_task", "order_tasks", "answer", "reply", "comment"), 4)
