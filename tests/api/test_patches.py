"""A change made from the text of a patch."""

import pytest

from teamboard.reviews import storage
from tests.api.conftest import Caller
from tests.gate.stage import git
from tests.scene import Scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def patch(built: Scene) -> str:
    (built.stage.work / "notes" / "a.txt").write_text("b\n")
    text = git(built.stage.work, "diff") + "\n"
    git(built.stage.work, "checkout", "-q", "--", ".")
    return text


def send(caller: Caller, of: Scene, **body: str):
    return caller.post(f"projects/{of.project.pk}/changes", body)


def test_a_patch_becomes_a_change_of_who_sends_it(built: Scene, callers: dict[str, Caller], patch: str) -> None:
    answer = send(callers["rui"], built, patch=patch, title="Say b")
    assert answer.status_code == 200, answer.content
    change = callers["rui"].get(f"changes/{answer.json()['id']}").json()
    assert (change["title"], change["origin"], change["author"]) == ("Say b", "person", "Rui Alves")
    head = change["patch_sets"][0]["head_sha"]
    assert storage.stores(built.project.pk).blob(head, "notes/a.txt") == b"b\n"


def test_the_subject_of_a_mail_is_the_title(built: Scene, callers: dict[str, Caller], patch: str) -> None:
    mail = f"From: Somebody <s@example.org>\nSubject: [PATCH 1/1] Prefer b\n\n---\n{patch}"
    assert send(callers["rui"], built, patch=mail).json()["title"] == "Prefer b"


def test_a_patch_that_does_not_apply_is_refused_and_nothing_is_opened(
    built: Scene, callers: dict[str, Caller], patch: str
) -> None:
    before = built.project.changes.count()
    answer = send(callers["rui"], built, patch=patch.replace("-a", "-something else"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "patch_does_not_apply")
    assert built.project.changes.count() == before


@pytest.mark.parametrize("name", ["../outside.txt", ".git/hooks/post-checkout", "/tmp/outside.txt"])
def test_a_patch_stays_inside_the_repository(built: Scene, callers: dict[str, Caller], name: str) -> None:
    text = f"diff --git a/{name} b/{name}\nnew file mode 100755\n--- /dev/null\n+++ b/{name}\n@@ -0,0 +1 @@\n+x\n"
    assert send(callers["rui"], built, patch=text).status_code == 422


@pytest.mark.parametrize("text", ["", "just words", "diff --git a/x b/x\n@@ nonsense"])
def test_what_is_no_patch_is_refused_in_words(built: Scene, callers: dict[str, Caller], text: str) -> None:
    answer = send(callers["rui"], built, patch=text)
    assert answer.status_code == 422
    assert answer.json()["error"]["message"].endswith(".")


def test_a_branch_and_a_patch_at_once_are_refused(built: Scene, callers: dict[str, Caller], patch: str) -> None:
    assert send(callers["rui"], built, patch=patch, branch="feature").status_code == 422
