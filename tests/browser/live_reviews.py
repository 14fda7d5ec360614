"""What two people do at random with changes under review."""

import subprocess

from tests.browser.live_walk import Action, Impossible, Walk
from tests.journey import sample
from tests.journey.main_job import git


def comment(walk: Walk) -> None:
    change = walk.change("open")
    files = walk.get(f"changes/{change['id']}/diff?patch_set=1")["files"]
    place = {"path": walk.one(files)["path"], "start_line": 1, "end_line": 1} if walk.random.random() < 0.7 else {}
    api = walk.scene.api(walk.who())
    api.post(f"changes/{change['id']}/threads", patch_set=1, body=f"Why *{walk.word()}*?", **place)


def comment_by_click(walk: Walk) -> None:
    page = walk.who().live["change"].page
    try:
        walk.click(page, "[data-act=comment-change]")
    except Impossible:
        # A click that was given up may have come all the same: a form that is open is this person's, and is finished.
        if not page.locator("#change-threads .compose").count():
            raise
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


def push_patch_set(walk: Walk) -> None:
    """What a person commits in a clone of the change becomes its next patch set."""
    change, api = walk.change("open"), walk.scene.api(walk.who())
    clone = walk.scene.folder(f"clone-{walk.number}")
    address = f"{api.origin}/git/changes/{change['id']}.git".replace("://", f"://any:{api.token}@")
    git(clone.parent, "clone", "-q", address, str(clone))
    git(clone, "config", "user.name", "Rui Example")
    git(clone, "config", "user.email", "rui@example.org")
    sample.write(clone, {"pushed.md": f"{walk.word()}\n"}, f"Push {walk.word()}")
    try:
        git(clone, "push", "-q", "origin", "HEAD")
    except subprocess.CalledProcessError:
        # Another patch set was quicker.
        raise Impossible from None


def edit_on_the_page(walk: Walk) -> None:
    change = walk.change("open")
    newest = change["patch_sets"][-1]
    files = walk.get(f"changes/{change['id']}/diff?patch_set={newest['number']}")["files"]
    fields = {"path": walk.one(files)["path"], "head": newest["head_sha"], "text": f"{walk.word()}\n"}
    walk.post(walk.who(), f"/changes/{change['id']}/edit/", **fields, message=f"Say {walk.word()}")


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


ACTIONS: tuple[Action, ...] = (
    comment,
    comment_by_click,
    reply,
    resolve,
    resolve_by_click,
    reopen,
    vote,
    push_patch_set,
    edit_on_the_page,
    request_changes,
    approve,
    reject,
    restore,
    viewed_by_click,
)
