"""Delete a card: not while work of it is neither on the target nor in the archive."""

from teamboard.accounts.models import ARCHITECT, User
from teamboard.board import actions as board
from teamboard.board import rights
from teamboard.board.actions.deleting import DELETE
from teamboard.board.models import Task
from teamboard.git.stores import Stores
from teamboard.lib.refusal import Refused
from teamboard.reviews import storage

NAMED = 5  # so many refs are named in the sentence; all are in its details


def delete_task(task: Task, *, by: User, archive: bool = False) -> Task:
    """With `archive`, what is kept nowhere else goes into the archive first. No ref is ever taken away."""
    rights.require(by, task.project, ARCHITECT, DELETE)
    loose = loose_refs(task)
    if loose and not archive:
        raise _not_kept(task, loose)
    there = storage.stores(task.project_id)
    for sha in set(loose.values()):
        there.set_ref(f"{_archive(task)}{sha}", sha)
    return board.delete_task(task, by=by, archived=len(loose))


def loose_refs(task: Task) -> dict[str, str]:
    """Refs of the task's runs and changes whose commits neither the target nor the archive holds."""
    there = storage.stores(task.project_id)
    if not there.hub.git_dir.is_dir():
        return {}
    archived = set(there.refs(_archive(task)).values())
    found: dict[str, str] = {}
    for prefix in _prefixes(task):
        found |= _unmerged(there, task, prefix)
    return {ref: sha for ref, sha in found.items() if sha not in archived}


def _archive(task: Task) -> str:
    return f"refs/archive/{task.pk}/"


def _prefixes(task: Task) -> list[str]:
    runs = task.runs.order_by("pk").values_list("pk", flat=True)
    changes = task.changes.order_by("pk").values_list("pk", flat=True)
    return [*(f"refs/runs/{pk}/" for pk in runs), *(f"refs/changes/{pk}/" for pk in changes)]


def _unmerged(there: Stores, task: Task, prefix: str) -> dict[str, str]:
    head = there.resolve(task.project.head_sha)
    return there.refs_outside(head, prefix) if head else there.refs(prefix)


def _not_kept(task: Task, loose: dict[str, str]) -> Refused:
    names = [ref.removeprefix("refs/") for ref in sorted(loose)]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return Refused(
        "work_not_kept",
        f"{task.ref} has work that is neither merged nor archived: {', '.join(names[:NAMED])}{more}.",
        remedy="Keep it in the archive when you delete the task, or merge it first.",
        details={"refs": sorted(loose)},
    )
