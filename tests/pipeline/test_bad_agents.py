"""Each way in which an agent misbehaves gets a sentence and a remedy, and nothing is lost."""

import pytest

from teamboard.reviews.models import Change, PatchSet
from teamboard.reviews.storage import stores
from teamboard.runs.failures import failure
from teamboard.runs.journal import Journal
from teamboard.runs.models import Run
from tests.pipeline.conftest import Repo, Start, drive

GIT = "git -c user.name=x -c user.email=x@example.org"


@pytest.fixture(autouse=True)
def _untouched(repo: Repo) -> object:
    """Whatever the agent does, the user's refs and files stay as they are."""
    before = repo.git("for-each-ref"), repo.git("status", "--porcelain")
    yield
    assert (repo.git("for-each-ref"), repo.git("status", "--porcelain")) == before


def shell(script: str) -> list[str]:
    return ["/bin/sh", "-c", script]


def told(run: Run) -> str:
    return "\n".join(line["text"] for line in Journal(run.pk).read().lines)


def assert_failed(run: Run, code: str, sentence: str, remedy: str) -> None:
    """The run's page and its output say the same."""
    assert (run.state, run.failure_code) == ("failed", code), run.failure_detail
    known = failure(code)
    assert sentence in known.sentence
    assert remedy in known.remedy
    assert known.sentence in told(run)
    assert known.remedy in told(run)
    assert not Change.objects.exists()


def test_an_agent_that_is_missing_says_how_to_get_it(start: Start) -> None:
    run = drive(start(command=["no-such-agent", "--go"]))
    assert_failed(run, "agent_missing", "program was not found", "Check the command")
    assert "no-such-agent" in run.failure_detail


def test_an_agent_that_exits_1_at_once_says_so(start: Start) -> None:
    run = drive(start(command=shell("echo no key >&2; exit 1")))
    assert_failed(run, "exit_status", "ended with an error", "last lines of output")
    assert "1" in run.failure_detail
    assert "no key" in told(run)


def test_an_agent_that_changes_nothing_has_not_succeeded(start: Start) -> None:
    run = drive(start(command=shell("echo done")))
    assert_failed(run, "nothing_done", "without changing any file", "Make the task more concrete")


def test_an_agent_that_rewrites_history_is_stopped_and_its_work_is_kept(start: Start) -> None:
    rewrite = f"echo x > x; git add x; {GIT} commit -q --amend -m gone"
    run = drive(start(command=shell(rewrite)))
    assert_failed(run, "history_rewritten", "rewrote history", "start a new run")
    there = stores(run.project_id)
    kept = there.resolve(f"refs/runs/{run.pk}/1")
    assert kept is not None
    assert there.blob(kept, "x") == b"x\n"


def test_an_agent_that_deletes_its_clone_says_so(start: Start) -> None:
    run = drive(start(command=shell("rm -rf .git * ; ls -la")))
    assert_failed(run, "workspace_gone", "deleted its own clone", "fresh clone")


def test_binary_output_and_a_binary_file_do_no_harm(start: Start) -> None:
    run = drive(start(command=shell("head -c 3000 /dev/urandom; printf '\\000\\377\\033[31m' | tee blob.bin")))
    assert (run.state, run.waiting_for) == ("waiting", "review"), run.failure_detail
    patch_set = PatchSet.objects.get()
    assert stores(run.project_id).blob(patch_set.head_sha, "blob.bin") == b"\x00\xff\x1b[31m"
    assert told(run)


def test_a_file_of_50_MB_is_refused_with_its_name(start: Start) -> None:
    run = drive(start(command=shell("head -c 50000000 /dev/zero > big.bin")))
    assert_failed(run, "file_too_big", "too big to keep", "Leave it out")
    assert "big.bin" in run.failure_detail


def test_a_file_of_50_MB_in_the_agents_own_commit_is_refused_too(start: Start) -> None:
    commits = f"head -c 50000000 /dev/zero > big.bin; git add big.bin; {GIT} commit -q -m big"
    run = drive(start(command=shell(commits)))
    assert_failed(run, "file_too_big", "too big to keep", "Leave it out")
    assert "big.bin" in run.failure_detail


def test_a_file_of_50_MB_beside_real_work_is_left_out_and_said(start: Start) -> None:
    run = drive(start(command=shell("head -c 50000000 /dev/zero > big.bin; echo 1 > one.txt")))
    assert run.waiting_for == "review", run.failure_detail
    patch_set = PatchSet.objects.get()
    there = stores(run.project_id)
    assert there.blob(patch_set.head_sha, "one.txt") == b"1\n"
    assert there.blob(patch_set.head_sha, "big.bin") is None
    assert any(note.startswith("Left out: big.bin") for note in patch_set.notes)


def test_names_with_newlines_are_taken_as_they_are(start: Start) -> None:
    run = drive(start(command=["python3", "-c", "open('a\\nb', 'w').write('1')"]))
    assert run.waiting_for == "review", run.failure_detail
    assert stores(run.project_id).blob(PatchSet.objects.get().head_sha, "a\nb") == b"1"


def test_an_agent_that_runs_too_long_is_stopped_and_can_be_resumed(start: Start) -> None:
    run = drive(start(command=shell("echo x > x; sleep 60"), limits={"minutes": 0.01}))
    assert_failed(run, "timed_out", "used up its time", "Raise the agent's limit")
