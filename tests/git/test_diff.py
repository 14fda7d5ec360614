"""The parsed diff says exactly what git says, whatever the content and the names are."""

import os
import re
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from teamboard.git import diff, patch
from teamboard.git.objects import NO_SHA

HOSTILE_NAMES = [
    b"new\nline", b"tab\there", b'quo"te', b"back\\slash", b"-rf", b"--output=x", b":(glob)**", b"\xff\xfe.bin",
    b"sp ace ", b"a b/c d", "e\u0301".encode(), "\u202egnp.exe".encode(), b"diff --git a/x b/x", b"@@ -1 +1 @@", b"con",
]  # fmt: skip
HOSTILE_TEXT = (
    b"diff --git a/x b/x\n@@ -1,3 +1,3 @@\n--- a/x\n+++ b/x\n\\ No newline at end of file\n"
    b"\x85next\x0b\x0c\r\n\xe2\x80\xa8sep\n\xff\xfe raw\n\rcr only\r\n\n"
)


def rebuilt(file, side):
    """The text of a file put together from a diff with all of its lines."""
    kinds = ("context", "add") if side == "new" else ("context", "delete")
    lines = [line for hunk in file.hunks for line in hunk.lines if line.kind in kinds]
    return "".join(line.text + ("" if line.no_newline else "\n") for line in lines)


def shown(data):
    return data.decode("utf-8", "backslashreplace")


def check_numbers(file):
    """Line numbers run without a gap on each side, and the hunks' counts are right."""
    for hunk in file.hunks:
        old = [line.old for line in hunk.lines if line.old is not None]
        new = [line.new for line in hunk.lines if line.new is not None]
        assert old == list(range(hunk.old_start, hunk.old_start + hunk.old_lines))
        assert new == list(range(hunk.new_start, hunk.new_start + hunk.new_lines))


names = st.sampled_from([os.fsdecode(name) for name in HOSTILE_NAMES])
text = st.lists(st.sampled_from([b"a\n", b"b\n", b"\n", b"\x85\n", b"@@ -1 +1 @@\n", b"--- a\n", b"\r\n", b"\xff\n"]))
tail = st.sampled_from([b"", b"no newline", b"diff --git a/x b/x"])
contents = st.builds(lambda parts, end: b"".join(parts) + end, text, tail)
trees = st.dictionaries(names, contents, max_size=6)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=trees, after=trees)
def test_old_and_new_text_can_be_put_together_again_from_the_diff(stores, edit, before, after):
    base = stores.resolve("refs/upstream/main")
    old, new = edit(base, before), edit(base, after)
    files = diff.full_diff(stores, old, new, context=10_000)
    for file in files:
        if file.status != "R":
            assert file.old_path == file.path
        if file.hunks:
            assert rebuilt(file, "old") == shown(before.get(file.old_path, b""))
            assert rebuilt(file, "new") == shown(after.get(file.path, b""))
        check_numbers(file)
        assert file.additions == sum(line.kind == "add" for hunk in file.hunks for line in hunk.lines)
        assert file.deletions == sum(line.kind == "delete" for hunk in file.hunks for line in hunk.lines)
    moved = {file.old_path for file in files if file.status == "R"}
    changed = {path for path in {*before, *after} if before.get(path) != after.get(path)}
    assert {file.path for file in files} | moved == changed


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=trees, after=trees)
def test_the_diff_written_out_again_is_gits_own_text(stores, edit, before, after):
    base = stores.resolve("refs/upstream/main")
    old, new = edit(base, before), edit(base, after)
    argv = [flag for flag in diff.DIFF if flag not in ("--raw", "--numstat", "-z")]
    golden = shown(stores.hub.run(*argv, "-p", old, new)).split("\n")
    body = [
        line for line in golden if line[:1] in (" ", "+", "-", "\\") and not re.match(r"(---|\+\+\+) [\"ab/]", line)
    ]
    written = [row for file in diff.full_diff(stores, old, new) for row in _rows(file)]
    hostile = ("--- a", "+++ b")
    assert [row for row in written if not row.startswith(hostile)] == [
        row for row in body if not row.startswith(hostile)
    ]


def _rows(file):
    sign = {"context": " ", "add": "+", "delete": "-"}
    for hunk in file.hunks:
        for line in hunk.lines:
            yield sign[line.kind] + line.text
            if line.no_newline:
                yield "\\ No newline at end of file"


def test_hostile_names_and_text_pass_through(stores, edit):
    base = stores.resolve("refs/upstream/main")
    files = {os.fsdecode(name): HOSTILE_TEXT for name in HOSTILE_NAMES}
    found = diff.full_diff(stores, base, edit(base, files))
    assert {file.path for file in found} == set(files)
    assert {rebuilt(file, "new") for file in found} == {shown(HOSTILE_TEXT)}
    assert {file.additions for file in found} == {HOSTILE_TEXT.count(b"\n")}


def test_one_file_by_a_hostile_name(stores, edit):
    base = stores.resolve("refs/upstream/main")
    name = os.fsdecode(b":(glob)**\n\xff")
    head = edit(base, {name: b"x\n", "other": b"y\n"})
    assert diff.file_diff(stores, base, head, name).path == name
    assert diff.file_diff(stores, base, head, "absent") is None
    assert diff.shown_path(name) == ":(glob)**\n\\xff"


def test_a_rename_with_an_edit(stores, edit):
    base = edit(stores.resolve("refs/upstream/main"), {"old name": b"".join(b"%d\n" % n for n in range(20))})
    moved = edit(base, {"old name": None, "new name": b"".join(b"%d\n" % n for n in range(19)) + b"x\n"})
    (file,) = diff.full_diff(stores, base, moved)
    assert (file.status, file.old_path, file.path, file.additions, file.deletions) == (
        "R",
        "old name",
        "new name",
        1,
        1,
    )
    assert diff.file_diff(stores, base, moved, "new name", "old name") == file


def test_a_changed_type_is_one_file_with_its_end_and_its_start(stores, repo):
    old = repo.git("rev-parse", "HEAD")
    (repo.path / "a.txt").unlink()
    (repo.path / "a.txt").symlink_to("src/b.py")
    repo.commit({"zz": b"last\n"})
    stores.hub.run("fetch", "-q", str(repo.path), "+main:refs/x", config=["protocol.file.allow=always"])
    first, last = diff.full_diff(stores, old, "refs/x")
    assert (first.path, first.status, first.new_mode, len(first.hunks)) == ("a.txt", "T", "120000", 2)
    assert last.path == "zz"


def test_a_changed_mode_has_no_hunks(stores, repo):
    old = repo.git("rev-parse", "HEAD")
    (repo.path / "a.txt").chmod(0o755)
    repo.commit({"zz": b"last\n"})
    stores.hub.run("fetch", "-q", str(repo.path), "+main:refs/x", config=["protocol.file.allow=always"])
    first, last = diff.full_diff(stores, old, "refs/x")
    assert (first.old_mode, first.new_mode, first.hunks) == ("100644", "100755", ())
    assert len(last.hunks) == 1


def test_a_submodule_shows_its_commits(stores, repo):
    old = repo.git("rev-parse", "HEAD")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},sub")
    repo.git("commit", "-qm", "sub")
    stores.hub.run("fetch", "-q", str(repo.path), "+main:refs/x", config=["protocol.file.allow=always"])
    (file,) = diff.full_diff(stores, old, "refs/x")
    assert (file.new_mode, file.new_blob) == ("160000", "1" * 40)
    assert file.hunks[0].lines[0].text == f"Subproject commit {'1' * 40}"


def test_binary_and_big_files_are_told_apart(stores, edit):
    base = stores.resolve("refs/upstream/main")
    files = {"bin": b"a\0b", "big": b"x\n" * 600_000, "bigbin": b"\0" * 1_200_000, "text": b"x\n"}
    found = {file.path: file for file in diff.full_diff(stores, base, edit(base, files))}
    assert {path: (file.binary, file.too_big, bool(file.hunks)) for path, file in found.items()} == {
        "bin": (True, False, False),
        "big": (False, True, False),
        "bigbin": (True, True, False),
        "text": (False, False, True),
    }


def test_a_big_file_asked_for_by_name_is_shown(stores, edit):
    base = stores.resolve("refs/upstream/main")
    head = edit(base, {"big": b"x\n" * 600_000})
    file = diff.file_diff(stores, base, head, "big", whole=True)
    assert sum(len(hunk.lines) for hunk in file.hunks) == 600_000


def test_attributes_in_the_change_hide_nothing(stores, edit):
    base = stores.resolve("refs/upstream/main")
    head = edit(base, {".gitattributes": b"*.txt -diff\n*.py diff=evil\n", "a.txt": b"evil\n"})
    found = {file.path: file for file in diff.full_diff(stores, base, head)}
    assert found["a.txt"].hunks


def test_replace_refs_are_ignored(stores, edit):
    base = stores.resolve("refs/upstream/main")
    evil, nice = edit(base, {"a.txt": b"evil()\n"}), edit(base, {"a.txt": b"nice()\n"})
    stores.hub.run("update-ref", f"refs/replace/{evil}", nice)
    assert stores.blob(evil, "a.txt") == b"evil()\n"
    (file,) = diff.full_diff(stores, base, evil)
    assert ("add", "evil()") in {(line.kind, line.text) for line in file.hunks[0].lines}


def test_listed_files_equal_those_of_the_full_diff(stores, edit):
    base = stores.resolve("refs/upstream/main")
    head = edit(base, {"a.txt": None, "b": b"x\n", "bin": b"\0"})
    listed = diff.changed_files(stores, base, head)
    assert [(file.path, file.status, file.additions, file.deletions) for file in listed] == [
        (file.path, file.status, file.additions, file.deletions) for file in diff.full_diff(stores, base, head)
    ]
    assert [file.new_blob == NO_SHA for file in listed] == [True, False, False]


def test_a_patch_of_50000_lines_is_read_in_well_under_a_second(stores, edit):
    base = edit(stores.resolve("refs/upstream/main"), {"long": b"".join(b"old %d\n" % n for n in range(25_000))})
    head = edit(base, {"long": b"".join(b"new %d\n" % n for n in range(25_000))})
    started = time.process_time()
    (file,) = diff.full_diff(stores, base, head)
    assert sum(len(hunk.lines) for hunk in file.hunks) == 50_000
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    "text", [b"@@ -1 +1 @@\n", b"diff --git a/x b/x\n@@ nonsense\n", b"diff --git a/x b/x\n@@ -1 +1 @@\n?\n"]
)
def test_text_that_is_no_patch_is_refused(text):
    with pytest.raises(patch.PatchError):
        list(patch.parse_patch(text))
