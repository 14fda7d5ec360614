"""A board at work for the browser: a repository, checks, agents, tasks in several columns and changes under review."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from tests.board_process import Api, BoardProcess
from tests.browser.live_pages import Live, Person
from tests.journey import main_job, sample
from tests.journey.main_job import git

QUICK = """
[[step]]
say = "I write it down."
[[step]]
write = { path = "quick.md", content = "Quick.\\n" }
[[step]]
commit = "Write it down"
[[feedback.step]]
write = { path = "quick.md", content = "Quick, and better.\\n" }
[[feedback.step]]
reply = { thread = "all", text = "Done." }
"""
ASKING = """
[[step]]
say = "I look around."
[[step]]
ask = { text = "Which way?", options = ["left", "right"] }
[[step]]
write = { path = "asked.md", content = "Asked.\\n" }
[[step]]
ask = { text = "And then?", options = ["on", "back"] }
[[feedback.step]]
ask = { text = "Sure?", options = ["yes", "no"] }
[[feedback.step]]
write = { path = "asked.md", content = "Asked twice.\\n" }
"""
SPARE_BRANCHES = 6


class Scene:
    """Ada the architect and Rui the reviewer before the same project."""

    def __init__(self, browser: Browser, board: BoardProcess, folder: Path) -> None:
        self.board = board
        self.ada_api, self.rui_api = board.api("ada", "architect"), board.api("rui", "reviewer")
        self.repo = sample.make(folder / "money")
        self._branches()
        self.pid = int(self._project()["id"])
        self.agents = {name: self._agent(name, script) for name, script in (("Quick", QUICK), ("Asking", ASKING))}
        self.tasks = [self._task(f"Thing {number}") for number in range(1, 5)]
        self.task = self._task("The one that is watched", agent=self.agents["Asking"])
        self.run = int(self.ada_api.post(f"tasks/{self.task}/runs")["id"])
        self.change = self._adopted("feature/notes")
        self.done = self._reviewed(self._task("Quickly", agent=self.agents["Quick"]))
        self.ada_api.until(f"runs/{self.run}", lambda run: run["questions"])
        self.ada, self.rui = Person(browser, board, "ada"), Person(browser, board, "rui")
        self.pages = self._open_pages()

    def differences(self, *, patient: bool = False) -> str:
        """Of all open pages; "" when each is as it is when loaded."""
        everybody = (self.ada, self.rui)
        found = (one.differences(live, patient=patient) for one in everybody for live in one.live.values())
        return "\n".join(one for one in found if one)

    def _open_pages(self) -> list[Live]:
        """Every page is open with one of the two, the busiest with both."""
        project = f"/p/{self.pid}/"
        pages = {
            "start": "/",
            "board": project,
            "inbox": f"{project}review/",
            "queue": f"{project}queue/",
            "team": f"{project}team/",
            "settings": f"{project}settings/",
            "branches": f"{project}branches/",
            "task": f"/tasks/{self.task}/",
            "run": f"/runs/{self.run}/",
            "change": f"/changes/{self.change}/?ps=1",
            "agent's change": f"/changes/{self.done}/?ps=1",
        }
        of_ada = ("start", "board", "settings", "task", "change", "agent's change", "inbox", "team")
        of_rui = ("board", "queue", "branches", "run", "change", "inbox")
        opened = [self.ada.open(name, pages[name]) for name in of_ada]
        return opened + [self.rui.open(name, pages[name]) for name in of_rui]

    def branch(self, name: str, line: str) -> None:
        """A commit more on a branch of the user's repository, made if it is not there."""
        known = git(self.repo, "branch", "--list", name)
        git(self.repo, "checkout", "-q", *([] if known else ["-b"]), name)
        path = f"{name.replace('/', '-')}.md"
        text = (self.repo / path).read_text() if (self.repo / path).is_file() else ""
        sample.write(self.repo, {path: f"{text}{line}\n"}, f"Say {line}")
        git(self.repo, "checkout", "-q", "main")

    def newest(self, change: int) -> dict[str, Any]:
        found: dict[str, Any] = self.ada_api.get(f"changes/{change}")["patch_sets"][-1]
        return found

    def _branches(self) -> None:
        # A changed word, so that marks can be compared.
        git(self.repo, "checkout", "-q", "feature/notes")
        sample.write(self.repo, {"README.md": "# Money in cents\n"}, "Say in what")
        git(self.repo, "checkout", "-q", "main")
        for number in range(SPARE_BRANCHES):
            self.branch(f"spare/{number}", "spare")

    def _project(self) -> dict[str, Any]:
        plan = sample.plan(self.repo)
        project = main_job.open_repository(self.ada_api, plan)
        main_job.settle_checks(self.ada_api, plan, project["id"])
        return project

    def _agent(self, name: str, script: str) -> int:
        made = self.ada_api.post(f"projects/{self.pid}/agents", name=name, kind="scripted", script=script)
        return int(made["id"])

    def _task(self, title: str, **fields: Any) -> int:
        return int(self.ada_api.post(f"projects/{self.pid}/tasks", title=title, **fields)["id"])

    def _adopted(self, branch: str) -> int:
        listed = f"projects/{self.pid}/branches"
        self.ada_api.until(listed, lambda found: any(row["name"] == branch for row in found["branches"]))
        change = int(self.ada_api.post(f"projects/{self.pid}/changes", branch=branch)["id"])
        self.ada_api.until(f"changes/{change}", lambda found: found["patch_sets"])
        return change

    def _reviewed(self, task: int) -> int:
        run = int(self.ada_api.post(f"tasks/{task}/runs")["id"])
        ended: dict[str, Any] = self.ada_api.until(f"runs/{run}", lambda found: found["state"] in ("waiting", "failed"))
        assert ended["state"] == "waiting", ended
        return int(ended["change"])

    def api(self, person: Person) -> Api:
        return self.ada_api if person is self.ada else self.rui_api

    def folder(self, name: str) -> Path:
        made = self.repo.parent / "granted" / name
        made.mkdir(parents=True, exist_ok=True)
        return made
