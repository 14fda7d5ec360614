"""Whether the log of facts is the one that was written: each chain by itself, and against its mirror in the hubs."""

import json
from collections import defaultdict
from collections.abc import Iterator

from django.conf import settings

from teamboard.board.models import Project
from teamboard.events import queries as events
from teamboard.git import mirror
from teamboard.git.command import GitError
from teamboard.git.stores import Stores
from teamboard.ops.finding import Finding

REMEDY = "Compare with the last backup."


def look() -> Iterator[Finding]:
    projects = list(Project.objects.values_list("pk", flat=True))
    for project in [0, *projects]:
        broken = events.broken_link(project)
        text = f"audit chain of project {project}: " + ("whole" if broken is None else f"broken at event {broken}")
        yield Finding("audit", broken is None, text, "" if broken is None else REMEDY)
    for project in projects:
        stores = Stores(settings.DATA_DIR / "projects" / str(project))
        if stores.hub.git_dir.is_dir():
            yield _against_mirror(project, stores)


def _against_mirror(project: int, stores: Stores) -> Finding:
    try:
        witnessed = _witnessed(stores)
    except (GitError, ValueError) as problem:
        return Finding("audit", False, f"the mirror of the log of project {project} cannot be read: {problem}", REMEDY)
    for chain, seqs in sorted(witnessed.items()):
        wrong = events.unlike(chain, seqs)
        if wrong is not None:
            text = f"event {wrong} of project {chain} is not the one that was mirrored in the hub of project {project}"
            return Finding("audit", False, text, REMEDY)
    count = sum(len(seqs) for seqs in witnessed.values())
    return Finding("audit", True, f"the log agrees with its mirror in the hub of project {project} ({count} heads)")


def _witnessed(stores: Stores) -> dict[int, dict[int, str]]:
    """Chain -> seq -> hash."""
    found: dict[int, dict[int, str]] = defaultdict(dict)
    for line in mirror.lines(stores):
        for chain, (seq, value) in json.loads(line).items():
            if seq:
                found[int(chain)][int(seq)] = str(value)
    return dict(found)
