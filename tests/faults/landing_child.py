"""One process of the landing's fault tests: `prepare ROOT`, `tick PROJECT` or `report PROJECT`; speaks JSON."""

import json
import sys
from pathlib import Path

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from teamboard.board.models import Project  # noqa: E402
from teamboard.events import queries as events  # noqa: E402
from teamboard.gate.models import Intent, QueueEntry  # noqa: E402
from teamboard.pipeline import merger  # noqa: E402
from teamboard.reviews.models import Change  # noqa: E402
from tests.gate.stage import LINES, Stage  # noqa: E402


def prepare(root: str) -> dict[str, object]:
    """An approved change whose checks are green: the next tick lands it."""
    call_command("migrate", verbosity=0)
    stage = Stage(Path(root))
    changed = {"app.txt": LINES.replace("line 3\n", "three\n"), "new/b.txt": "b\n", "notes/a.txt": None}
    stage.approve(stage.branch("feature", changed))
    stage.tick()
    stage.judge()
    return {"project": stage.project.pk, "before": stage.main()}


def tick(project: str) -> dict[str, object]:
    done = merger.tick(int(project))
    return {"landed": done.landed, **report(project)}


def report(project: str) -> dict[str, object]:
    entry, change = QueueEntry.objects.get(), Change.objects.get()
    return {
        "entry": entry.state,
        "reason": entry.reason,
        "change": change.state,
        "merged_sha": change.merged_sha,
        "candidate": entry.candidate_sha,
        "intents": Intent.objects.count(),
        "head": Project.objects.get(pk=project).head_sha,
        "broken_link": events.broken_link(int(project)),
        "merged_facts": sum(e.kind == "change_moved" for e in events.after(int(project), 0, 10_000)),
    }


if __name__ == "__main__":
    deed, argument = sys.argv[1:]
    print(json.dumps({"prepare": prepare, "tick": tick, "report": report}[deed](argument)))
