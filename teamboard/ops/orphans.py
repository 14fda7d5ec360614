"""What is left of work that nobody knows any more: processes of dead workers, folders and refs without their row."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db.models import Model

from agents.orphans import end_orphans, orphans_of
from teamboard.board.models import Project, Task
from teamboard.gate.models import QueueEntry
from teamboard.git.stores import Stores
from teamboard.ops.finding import Finding
from teamboard.pipeline.sandboxes import marker
from teamboard.reviews.models import Change, CheckRun
from teamboard.runs.models import Run

FOLDERS: dict[str, type[Model]] = {"projects": Project, "runs": Run, "checks": CheckRun}
# The first word of a ref of the hub, and whose id follows; None: it names no row.
REFS: dict[str, type[Model] | None] = {
    "runs": Run,
    "changes": Change,
    "candidates": QueueEntry,
    "pushed": Change,
    "archive": Task,
    "adopted": None,
    "upstream": None,
    "board": None,
}


def look() -> Iterator[Finding]:
    found = [*_processes(), *_folders(), *_refs()]
    yield from found or [Finding("orphans", True, "no process, folder or ref without its row")]


def _processes() -> Iterator[Finding]:
    left = orphans_of(marker())
    if left:
        text = f"{len(left)} processes of workers that no longer live: {', '.join(map(str, left[:10]))}"
        yield Finding("orphans", False, text, "Run doctor --repair.", partial(end_orphans, marker()))


def _folders() -> Iterator[Finding]:
    for name, model in FOLDERS.items():
        rows = set(model._default_manager.values_list("pk", flat=True))
        for path in sorted((settings.DATA_DIR / name).glob("*")):
            if not (path.name.isdecimal() and int(path.name) in rows):
                yield Finding("orphans", False, f"no row knows {path}", "Look into it, then remove it by hand.")


def _refs() -> Iterator[Finding]:
    known = {word: _ids(model) for word, model in REFS.items()}
    for project in Project.objects.filter(status=Project.READY):
        stores = Stores(settings.DATA_DIR / "projects" / str(project.pk))
        if stores.hub.git_dir.is_dir():
            yield from (_unknown(project, stores.hub.git_dir, ref) for ref in _strange(stores, known))


def _ids(model: type[Model] | None) -> set[str] | None:
    return None if model is None else set(map(str, model._default_manager.values_list("pk", flat=True)))


def _strange(stores: Stores, known: dict[str, set[str] | None]) -> list[str]:
    """Outside of the grammar, or of a row that is not there."""
    found = []
    for ref in stores.refs("refs/"):
        _, word, rest = f"{ref}/".split("/", 2)
        ids = known.get(word, set())
        if ids is not None and rest.split("/")[0] not in ids:
            found.append(ref)
    return found


def _unknown(project: Project, hub: Path, ref: str) -> Finding:
    remedy = f"Its commits are kept. If nobody wants them: git --git-dir={hub} update-ref -d {ref}"
    return Finding("orphans", False, f"no row knows {ref} in the hub of {project.name}", remedy)
