"""One process of the fault tests of checks: `prepare ROOT` or `work PROJECT`; speaks JSON."""

import json
import sys
from pathlib import Path

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from teamboard.pipeline import checks, sweeper  # noqa: E402
from teamboard.reviews.models import CheckRun  # noqa: E402
from tests.gate.stage import Stage  # noqa: E402


def prepare(root: str) -> dict[str, object]:
    """A change whose one check waits for a worker."""
    call_command("migrate", verbosity=0)
    stage = Stage(Path(root), checks={"tests": {"command": ["/bin/sh", "-c", "echo proven"]}})
    stage.branch("feature", {"b.txt": "b\n"})
    sweeper.sweep()
    return {"project": stage.project.pk, "before": stage.main()}


def work(project: str) -> dict[str, object]:
    """What a worker and the sweeper do at one look."""
    sweeper.sweep()
    for check in checks.due_checks():
        checks.execute_check(check)
    check = CheckRun.objects.get(project=project)
    log = checks.read_log(check.pk)
    return {"state": check.state, "conclusion": check.conclusion, "attempt": check.attempt, "log": log.strip()}


if __name__ == "__main__":
    deed, argument = sys.argv[1:]
    print(json.dumps({"prepare": prepare, "work": work}[deed](argument)))
