"""From a started task to a patch set under review, with real git, real processes and the sandbox."""

from teamboard.pipeline.workspaces import of_check
from teamboard.reviews.models import Change, CheckRun
from teamboard.reviews.storage import stores
from teamboard.runs.journal import Journal
from tests.pipeline.conftest import Start, drive

ADDS_SUB = """
[[step]]
say = "I write sub."
[[step]]
write = {path = "subs.py", content = "def sub(a, b):\\n    return a - b\\n"}
[[step]]
claim = "All tests pass."
"""


def test_a_run_ends_in_a_checked_patch_set_that_waits_for_review(start: Start) -> None:
    run = drive(start(ADDS_SUB))
    assert (run.state, run.waiting_for, run.failure_detail) == ("waiting", "review", "")
    change = Change.objects.get(task=run.task)
    patch_set = change.patch_sets.get()
    assert (change.origin, patch_set.number, patch_set.base_sha) == ("run", 1, run.base_sha)
    there = stores(run.project_id)
    assert there.blob(patch_set.head_sha, "subs.py") == b"def sub(a, b):\n    return a - b\n"
    assert there.resolve(patch_set.ref) == patch_set.head_sha
    assert patch_set.notes == ["The agent left work uncommitted; the board committed it."]
    check = CheckRun.objects.get()
    assert (check.tree_sha, check.conclusion) == (patch_set.tree_sha, "success")
    assert "test_two_and_two" in (of_check(check.pk).root / "log").read_text()
    assert [claim["text"] for claim in run.claims] == ["All tests pass."]
    assert "I write sub." in [line["text"] for line in Journal(run.pk).read().lines]
