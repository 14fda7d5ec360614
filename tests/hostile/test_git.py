"""Names, objects, attributes and contents that mean harm: refused with a sentence and no trace, or shown as they are.

The oracle is the same for all: no exception, no trace of what was refused, every byte accounted for, every mark shown.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from teamboard.git import diff, objects
from teamboard.git.intake import BundleRefused
from teamboard.git.stores import Stores
from teamboard.git.upstream import Upstream
from teamboard.parts import code
from tests.git.conftest import ADA, WHEN, Repo
from tests.git.test_diff import check_numbers, rebuilt, shown
from tests.git.test_intake import REF, Forge, contents
from tests.hostile.content import ATTRIBUTES, DIFFS
from tests.hostile.names import NAMES, REFS, TAKEN
from tests.hostile.objects import OBJECTS, raw_commit

# What a page never shows raw: controls, bidi, everything that shows nothing.
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0d\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Stores:
    root = tmp_path_factory.mktemp("hostile")
    (root / "repo").mkdir()
    repo = Repo(root / "repo")
    repo.git("init", "-q", "-b", "main")
    repo.commit({"a.txt": b"good()\n"}, "first")
    made = Stores(root / "stores")
    made.create()
    made.mirror(Upstream(str(repo.path)), "main")
    return made


@pytest.fixture(scope="module")
def base(stores: Stores) -> str:
    found = stores.resolve("refs/upstream/main")
    assert found
    return found


@pytest.fixture
def untouched(stores: Stores) -> Iterator[None]:
    """Neither configuration, nor hooks, nor any ref but the one that is named."""
    watched = [git.git_dir / name for git in (stores.base, stores.hub) for name in ("config", "HEAD")]
    before, refs = [path.read_bytes() for path in watched], stores.refs("refs/")
    yield
    assert [path.read_bytes() for path in watched] == before
    assert not any((git.git_dir / "hooks").exists() for git in (stores.base, stores.hub))
    assert {name for name in stores.refs("refs/") if name not in refs} <= {"refs/runs/1/1"}
    stores.delete_ref("refs/runs/1/1")


def taken(stores: Stores, forge: Forge, sha: str, folder: Path, more: str = "") -> bool:
    """Whether the board takes it; a refusal says why and leaves nothing behind."""
    bundle = forge.bundle(folder / "b", sha, more=more, needs=[stores.resolve("refs/upstream/main")])
    before = contents(stores)
    try:
        stores.ingest(bundle, REF, "refs/runs/1/1")
    except BundleRefused as refusal:
        said = str(refusal)
    else:
        return True
    assert said.endswith(".") or ":" in said
    assert contents(stores) == before
    return False


def read_and_shown(stores: Stores, base: str, head: str) -> list[diff.FileDiff]:
    """All that pages ask of a commit, and no raw mark in what they would show."""
    commit = stores.commit_of(head)
    assert stores.files(head) is not None
    files = diff.full_diff(stores, base, head)
    assert [file.path for file in diff.changed_files(stores, base, head)] == [file.path for file in files]
    words = [commit.subject, commit.author_name, *(file.path for file in files)]
    assert not [word for word in words if UNSEEN.search(code.clean(word))]
    for file in files:
        check_numbers(file)
        lines = [code.shown(line.text.removesuffix("\r")) for hunk in file.hunks for line in hunk.lines]
        assert not [line for line in lines if UNSEEN.search(line)], file.path
    return files


def test_whatever_a_bundle_calls_its_refs_only_ours_is_made(
    stores: Stores, base: str, untouched: None, tmp_path: Path
) -> None:
    forge = Forge()
    sha = raw_commit(forge, forge.tree((b"100644", b"x", forge.add("blob", b"x\n"))), base)
    names = [name.encode("utf-8", "surrogateescape") for name in REFS if "\n" not in name]
    bundle = forge.bundle(tmp_path / "b", sha)
    head, rest = bundle.read_bytes().split(b"\n\n", 1)
    offered = [sha.encode() + b" " + prefix + name for name in names for prefix in (b"", b"refs/heads/", b"refs/")]
    bundle.write_bytes(b"\n".join([head, *offered]) + b"\n\n" + rest)
    assert stores.ingest(bundle, REF, "refs/runs/1/1") == sha


@pytest.mark.parametrize(("name", "wanted"), NAMES, ids=[repr(name)[:30] for name, _ in NAMES])
def test_a_name_is_shown_byte_for_byte_or_refused(
    stores: Stores, base: str, untouched: None, tmp_path: Path, name: bytes, wanted: bool
) -> None:
    forge = Forge()
    inner = forge.tree((b"100644", name, forge.add("blob", b"x\n")))
    sha = raw_commit(forge, forge.tree((b"40000", b"d", inner)), base)
    assert taken(stores, forge, sha, tmp_path) is (wanted is TAKEN)
    if wanted is TAKEN:
        files = [file.path for file in read_and_shown(stores, base, sha) if file.status == "A"]
        assert [os.fsencode(path) for path in files] == [b"d/" + name]
        assert stores.blob(sha, files[0]) == b"x\n"


@pytest.mark.parametrize("build", OBJECTS.values(), ids=OBJECTS.keys())
def test_an_object_is_read_to_its_end_or_refused(
    stores: Stores, base: str, untouched: None, tmp_path: Path, build: object
) -> None:
    forge = Forge()
    sha = build(forge, base)  # type: ignore[operator]
    if taken(stores, forge, sha, tmp_path):
        read_and_shown(stores, base, sha)


@pytest.mark.parametrize("attributes", ATTRIBUTES, ids=lambda data: repr(data)[:30])
def test_no_attribute_hides_a_line(stores: Stores, base: str, attributes: bytes) -> None:
    files = {".gitattributes": attributes, "a.txt": b"evil()\r\n"}
    head = stores.write_file_change(base, files, message="x", author=ADA, when=WHEN)
    found = {file.path: file for file in diff.full_diff(stores, base, head)}
    lines = [(line.kind, line.text) for line in found["a.txt"].hunks[0].lines]
    assert lines == [("delete", "good()"), ("add", "evil()\r")]


def test_every_byte_of_a_diff_is_accounted_for(stores: Stores, base: str) -> None:
    """In one commit, for that is how an agent would send them."""
    files: dict[str, bytes | None] = {f"f{number}.txt": data for number, data in enumerate(DIFFS.values())}
    head = stores.write_file_change(base, files, message="x", author=ADA, when=WHEN)
    found = {file.path: file for file in read_and_shown(stores, base, head)}
    for (what, data), path in zip(DIFFS.items(), files, strict=True):
        file = found[path]
        assert not file.binary or b"\0" in data, what
        assert file.binary or rebuilt(file, "new") == shown(data), what
        assert file.binary or file.additions == data.count(b"\n") + (data[-1:] not in (b"\n", b"")), what
        assert objects.blob_at(stores.hub, head, path) == data, what


MARKED = [what for what, data in DIFFS.items() if UNSEEN.search(data.decode("utf-8", "ignore")) and b"\0" not in data]
LOOKALIKES = ["a look-alike word", "look-alike capitals", "fullwidth letters"]


@pytest.mark.parametrize("what", [*MARKED, *LOOKALIKES])
def test_what_would_mislead_a_reader_is_marked(what: str) -> None:
    lines = DIFFS[what].decode("utf-8", "surrogateescape").removesuffix("\n").split("\n")
    if what == "carriage returns at the ends":
        return  # shown by a mark of its own at the end of the line
    assert any('class="unseen"' in code.shown(line) for line in lines)
