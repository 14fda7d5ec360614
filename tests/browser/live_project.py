"""What two people do at random with the queue, branches, the team and settings."""

from tests.browser.live_walk import Action, Walk


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
