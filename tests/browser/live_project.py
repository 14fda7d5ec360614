"""What two people do at random with the queue, branches, the team and settings."""

from tests.browser.live_walk import Action, Impossible, Walk
from tests.journey import sample
from tests.journey.main_job import git

MOST_PROJECTS = 2


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


def rename_person(walk: Walk) -> None:
    walk.post(walk.who(), "/me/name/", name=walk.word())


def rename_by_click(walk: Walk) -> None:
    page = walk.scene.ada.live["team"].page
    page.locator("#own-name").fill(walk.word())
    walk.click(page, "[data-act=rename-me]")


def make_token(walk: Walk) -> None:
    walk.post(walk.scene.ada, "/tokens/", name=walk.word())


def revoke_token_by_click(walk: Walk) -> None:
    # The oldest is the one that this walk uses.
    walk.click(walk.scene.ada.live["team"].page, "#token-list li:not(:last-child) [data-act=revoke-token]")


def open_another(walk: Walk) -> None:
    if len(walk.get("projects")) > MOST_PROJECTS:
        raise Impossible
    repo = walk.scene.folder(f"other-{walk.number}")
    git(repo, "init", "-q", "-b", "main")
    sample.write(repo, {"README.md": f"{walk.word()}\n"}, "Begin")
    walk.post(walk.scene.ada, "/projects/open/", location=str(repo))


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
    rename_person,
    rename_by_click,
    make_token,
    revoke_token_by_click,
    open_another,
    settle,
    calibrate,
)
