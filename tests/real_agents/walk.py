"""What a person does with a real agent on a board, and what they may expect to see."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from agents.programs.table import PROGRAMS
from tests.board_process import Api, BoardProcess
from tests.journey.conftest import Room
from tests.model_server import ModelServer

Json = dict[str, Any]
PATIENCE = 120.0


@dataclass(frozen=True)
class Office:
    """A project with its board, and the stand-in for the provider that its agents are pointed at."""

    board: BoardProcess
    room: Room
    server: ModelServer | None = None

    @classmethod
    def open(cls, board: BoardProcess, repo: Path) -> "Office":
        return cls(board, Room.open(board.api(), repo))

    def with_server(self, server: ModelServer) -> "Office":
        return replace(self, server=server)

    @property
    def api(self) -> Api:
        return self.room.api

    def hire(self, kind: str, mode: str = "", **fields: Any) -> Json:
        assert self.server
        number = len(self.api.get(f"projects/{self.room.pk}/agents"))
        endpoint = {"base_url": self.server.origin + PROGRAMS[kind].path, "api_key": self.server.key}
        given = {"name": f"{kind} {number}", "kind": kind, "mode": mode, "endpoint": endpoint, **fields}
        return self.api.post(f"projects/{self.room.pk}/agents", **given)  # type: ignore[no-any-return]

    def tried(self, agent: Json) -> Json:
        """Press *Try it* and wait for what was seen; read by the API."""
        self.api.post(f"agents/{agent['id']}/tryout")

        def ended(agents: list[Json]) -> bool:
            return self._tryout(agents, agent)["result"] != "running"

        return self._tryout(self.api.until(f"projects/{self.room.pk}/agents", ended, PATIENCE), agent)

    @staticmethod
    def _tryout(agents: list[Json], agent: Json) -> Json:
        return dict(next(one for one in agents if one["id"] == agent["id"])["tryout"])

    def start(self, agent: Json, body: str) -> int:
        task = self.api.post(f"projects/{self.room.pk}/tasks", title="Write it", body=body)
        return int(self.api.post(f"tasks/{task['id']}/runs", agent=agent["id"])["id"])

    def until(self, run: int, state: str, *, patch_sets: int = 0) -> Json:
        """The run once it waits (for review with so many patch sets); a failed one tells why."""

        def there(found: Json) -> bool:
            assert found["state"] != "failed" or state == "failed", (found["failure"], self.told(run))
            if found["state"] != state:
                return False
            return not patch_sets or (bool(found["change"]) and len(self.patch_sets(found)) >= patch_sets)

        found: Json = self.api.until(f"runs/{run}", there, PATIENCE)
        return found

    def patch_sets(self, run: Json) -> list[Json]:
        return list(self.api.get(f"changes/{run['change']}")["patch_sets"])

    def files(self, run: Json, number: int) -> set[str]:
        found = self.api.get(f"changes/{run['change']}/diff?patch_set={number}")["files"]
        return {file["path"] for file in found}

    def lines(self, run: int) -> list[Json]:
        return list(self.api.get(f"runs/{run}/output?limit=5000")["lines"])

    def told(self, run: int) -> str:
        return "\n".join(line["text"] for line in self.lines(run))

    def question(self, run: int) -> Json:
        found = self.api.until(f"runs/{run}", lambda r: r["questions"], PATIENCE)
        return dict(found["questions"][-1])

    def holds_the_key(self) -> list[str]:
        """Files of the board, save its own store of keys, that hold the provider's key."""
        assert self.server
        return [
            str(path)
            for path in self.board.data.rglob("*")
            if path.is_file() and not path.is_symlink() and path.parent.name != "keys"
            if self.server.key.encode() in path.read_bytes()
        ]
