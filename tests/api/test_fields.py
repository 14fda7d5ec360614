"""The names inside of answers, which scripts hold us to."""

import pytest

from teamboard.reviews import actions as reviews
from teamboard.runs.journal import Entry, Journal
from tests import factories
from tests.api.conftest import Caller
from tests.gate.stage import Stage
from tests.scene import Scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(callers: dict[str, Caller]) -> Caller:
    return callers["ada"]


def test_a_change(built: Scene, ada: Caller) -> None:
    newest = built.change.patch_sets.get()
    reviews.ensure_check_runs(built.project, newest.tree_sha, newest.head_sha)
    change = ada.get(f"changes/{built.ids['change']}").json()
    assert {"number", "base_sha", "head_sha", "tree_sha"} <= change["patch_sets"][0].keys()
    assert {"name", "met", "reason"} <= change["requirements"][0].keys()
    assert {"name", "status", "conclusion", "tree_sha", "attempt"} <= change["checks"][0].keys()
    (thread,) = [one for one in change["threads"] if one["id"] == built.ids["thread"]]
    place = {"patch_set", "path", "side", "start_line", "end_line"}
    assert thread["original"].keys() == place
    assert thread["current"].keys() == place | {"kind"}
    assert thread["current"]["kind"] in ("exact", "moved", "drifted", "file", "change")
    assert thread["receipt"].keys() == {"sent", "delivered", "answered", "verified"}
    assert thread["comments"][0]["body"] == "Why so?"


def test_the_diff_says_what_it_left_out_and_a_vote_waives_that_by_name(tmp_path, settings) -> None:
    settings.DATA_DIR = tmp_path / "data"
    stage = Stage(tmp_path)
    change = stage.branch("feature", {"app.txt": "other\n", "logo.bin": "\0\1"})
    newest = change.patch_sets.get()
    ada = Caller(factories.ada())
    vote = {"patch_set": 1, "head_sha": newest.head_sha, "value": 2}
    assert ada.post(f"changes/{change.pk}/votes", vote).json()["error"]["code"] == "not_shown"
    assert [file["binary"] for file in ada.get(f"changes/{change.pk}/diff").json()["files"]] == [False, True]
    (row,) = [row for row in ada.get(f"changes/{change.pk}").json()["requirements"] if row["name"] == "shown"]
    assert (row["met"], row["waivable"], row["paths"], row["waivers"]) == (
        False,
        False,
        ["logo.bin"],
        ["shown:logo.bin"],
    )
    assert ada.post(f"changes/{change.pk}/votes", vote).json()["queue_entry"] is None
    done = ada.post(f"changes/{change.pk}/votes", vote | {"waived": ["logo.bin"]}).json()
    assert done["queue_entry"]["state"] == "queued"


def test_a_draft_of_somebody_is_in_no_answer(built: Scene, ada: Caller) -> None:
    assert "A draft." not in ada.get(f"changes/{built.ids['change']}").content.decode()


def test_a_diff(built: Scene, ada: Caller) -> None:
    (file,) = ada.get(f"changes/{built.ids['change']}/diff?patch_set=1").json()["files"]
    assert {"path", "old_path", "status", "additions", "deletions", "binary", "hunks"} <= file.keys()
    hunk = file["hunks"][0]
    assert hunk.keys() == {"old_start", "old_lines", "new_start", "new_lines", "lines"}
    assert all({"kind", "old", "new", "text"} <= line.keys() for line in hunk["lines"])
    assert {line["kind"] for line in hunk["lines"]} <= {"context", "add", "delete"}


def test_an_unknown_patch_set_is_told_with_those_there_are(built: Scene, ada: Caller) -> None:
    answer = ada.get(f"changes/{built.ids['change']}/diff?patch_set=9")
    assert answer.status_code == 404
    assert "Known: 1" in answer.json()["error"]["message"]


def test_the_queue(built: Scene, ada: Caller) -> None:
    queue = ada.get(f"projects/{built.project.pk}/queue").json()
    assert queue["main_sha"] == built.stage.main()
    assert queue["frozen"] is False
    (entry,) = queue["entries"]
    assert {"id", "change", "state", "candidate_sha", "candidate_tree", "checks", "reason"} <= entry.keys()
    assert entry["state"] == "merged"
    assert {"name", "status", "conclusion", "tree_sha"} <= entry["checks"][0].keys()


def test_output(built: Scene, ada: Caller) -> None:
    run = built.ids["run"]
    Journal(run).append([Entry("stdout", "one"), Entry("event", "write", {"kind": "file", "path": "a.txt"})])
    page = ada.get(f"runs/{run}/output?after=0").json()
    assert page["lines"][0].keys() == {"seq", "stream", "text", "at"}
    assert page["lines"][1]["event"] == {"kind": "file", "path": "a.txt"}
    assert ada.get(f"runs/{run}/output?after={page['next']}").json()["lines"] == []


def test_events(built: Scene, ada: Caller) -> None:
    page = ada.get(f"projects/{built.project.pk}/events?after=0&limit=2").json()
    assert [one.keys() for one in page["events"]] == [{"seq", "kind", "actor", "at", "data"}] * 2
    after = ada.get(f"projects/{built.project.pk}/events?after={page['next']}").json()
    assert after["events"][0]["seq"] > page["next"] - 1


def test_what_is_not_json_is_a_bad_request(built: Scene, ada: Caller) -> None:
    answer = ada.call("POST", f"projects/{built.project.pk}/tasks", "{not json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")


def test_an_old_head_is_refused_with_a_conflict(built: Scene, ada: Caller) -> None:
    answer = ada.post(f"changes/{built.ids['change']}/votes", {"patch_set": 1, "head_sha": "0" * 40, "value": 1})
    assert answer.status_code == 409
    assert answer.json()["error"].keys() == {"code", "message", "details"}
