"""Which task waits for which."""

from collections import defaultdict, deque
from collections.abc import Sequence

from teamboard.board.models import Task

Waits = Task.waits_for.through


def edges(project_id: int) -> list[tuple[int, int]]:
    """(task, the task it waits for), for the whole project in one query."""
    return list(Waits.objects.filter(from_task__project_id=project_id).values_list("from_task_id", "to_task_id"))


def path(project_id: int, *, start: int, goal: int) -> list[int]:
    """The shortest chain of ids from `start` to `goal` along "waits for", both included; [] if there is none."""
    waits = defaultdict(list)
    for task, other in edges(project_id):
        waits[task].append(other)
    came_from, queue = {start: 0}, deque([start])
    while queue:
        here = queue.popleft()
        if here == goal:
            return _walk_back(came_from, goal)
        for other in waits[here]:
            if other not in came_from:
                came_from[other] = here
                queue.append(other)
    return []


def _walk_back(came_from: dict[int, int], here: int) -> list[int]:
    chain = []
    while here:
        chain.append(here)
        here = came_from[here]
    return chain[::-1]


def in_order(ids: Sequence[int]) -> list[Task]:
    rows = Task.objects.select_related("project").in_bulk(ids)
    return [rows[pk] for pk in ids]
