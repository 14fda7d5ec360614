"""What two people do at random with tasks and runs."""

from typing import Any

from playwright.sync_api import TimeoutError as Missed

from tests.browser.live_walk import CLICK_MS, Action, Impossible, Walk


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


def restore_task(walk: Walk) -> None:
    walk.post(walk.who(), f"/tasks/{walk.task(state='abandoned')['id']}/restore/")


def drag_card(walk: Walk) -> None:
    """Between the lanes that follow from nobody's evidence; frames come meanwhile, and wait."""
    page, lanes = walk.who().live["board"].page, ["ready", "backlog"]
    walk.random.shuffle(lanes)
    card = walk.seen(page, f"#lane-list-{lanes[0]} .card-title a")
    try:
        card.drag_to(page.locator(f"#lane-list-{lanes[1]}"), timeout=CLICK_MS)
    except Missed:
        # Let go where nothing is: over the card it would be a click, which opens its task.
        page.mouse.move(0, 0)
        page.mouse.up()
        raise Impossible from None


def make_it_wait(walk: Walk) -> None:
    task, other = walk.task(state="backlog"), walk.random.choice((walk.scene.task, walk.task()["id"]))
    waits = [] if task["depends_on"] else [other]
    walk.scene.api(walk.who()).patch(f"tasks/{task['id']}", depends_on=waits)


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
    try:
        walk.click(page, "#attention-list .option")
    finally:
        # The column holds still while the pointer is at it, also after a click that was given up.
        page.mouse.move(700, 5)


def stop_run(walk: Walk) -> None:
    walk.scene.ada_api.post(f"runs/{walk.run('running', 'waiting')['id']}/cancel")


def resume_run(walk: Walk) -> None:
    walk.scene.ada_api.post(f"runs/{walk.run('failed', 'cancelled')['id']}/resume")


ACTIONS: tuple[Action, ...] = (
    create_task,
    create_task_by_click,
    edit_task,
    order_tasks,
    move_task,
    abandon_task,
    restore_task,
    drag_card,
    make_it_wait,
    start_run,
    steer,
    answer,
    answer_by_click,
    stop_run,
    resume_run,
)
