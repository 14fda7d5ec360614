"""What changed between two trees: files, hunks and lines, read from one git call and parsed here."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

from teamboard.git import objects
from teamboard.git.command import Git
from teamboard.git.patch import Hunk, PatchError, parse_patch
from teamboard.git.stores import Stores

Status = Literal["A", "M", "D", "R", "C", "T"]

# Product and oracle use this very list.
DIFF = (
    "diff-tree", "-r", "-z", "--raw", "--numstat", "--full-index", "--find-renames", "-l1000",
    "--diff-algorithm=histogram", "--no-ext-diff", "--no-textconv", "--no-color", "--no-relative",
    "--src-prefix=a/", "--dst-prefix=b/", "--submodule=short", "--ignore-submodules=none",
)  # fmt: skip

# A file above this size is listed, not shown, until somebody asks for just that file.
BIG_FILE = 1_000_000
_MAX_OUTPUT = 400_000_000
_ANY_SIZE = ("core.bigFileThreshold=512m",)


@dataclass(frozen=True, slots=True)
class FileDiff:
    """One changed file. Without hunks when only listed, when binary, or when too big and not asked for by name.

    Paths are surrogateescaped; show them with `shown_path`. A side that does not exist has the zero blob.
    """

    path: str
    old_path: str
    status: Status
    old_blob: str
    new_blob: str
    old_mode: str
    new_mode: str
    additions: int
    deletions: int
    binary: bool
    too_big: bool
    hunks: tuple[Hunk, ...] = ()


def changed_files(stores: Stores, base: str, head: str) -> list[FileDiff]:
    """Every changed file, without hunks; renames are found."""
    return _diff(stores.hub, (), base, head, ())


def full_diff(stores: Stores, base: str, head: str, *, context: int = 3) -> list[FileDiff]:
    """Every changed file with its hunks, save the binary and the big."""
    return _diff(stores.hub, ("-p", f"-U{context}"), base, head, ())


def file_diff(
    stores: Stores,
    base: str,
    head: str,
    path: str,
    old_path: str | None = None,
    context: int = 3,
    *,
    whole: bool = False,
) -> FileDiff | None:
    """One file with its hunks; `whole` shows even a big one. None when it did not change."""
    paths = [path] if old_path is None or old_path == path else [old_path, path]
    config = _ANY_SIZE if whole else ()
    found = _diff(stores.hub, ("-p", f"-U{context}"), base, head, paths, config=config)
    return next((file for file in found if file.path == path), None)


def is_binary(data: bytes) -> bool:
    """Git's own rule: a zero byte near the start."""
    return b"\0" in data[:8000]


def shown_path(path: str) -> str:
    """A path fit for a page or a JSON text: bytes that are not UTF-8 are spelled out as \\xNN."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _diff(
    git: Git, flags: Sequence[str], base: str, head: str, paths: Sequence[str], *, config: Sequence[str] = ()
) -> list[FileDiff]:
    argv = (*DIFF, *flags, "--end-of-options", base, head, "--", *paths)
    files, patch = _split(git.run(*argv, limit=_MAX_OUTPUT, timeout=60, config=config))
    files = _told_apart(git, files)
    return list(_with_hunks(files, parse_patch(patch))) if flags else files


def _split(out: bytes) -> tuple[list[FileDiff], bytes]:
    """The raw records, the counts that follow in the same order, and the patch after one zero byte."""
    reader = _Reader(out)
    records = []
    while reader.peek(b":"):
        records.append(_raw(reader))
    files = [_counted(reader, record) for record in records]
    return files, out[reader.at + 1 :]


class _Reader:
    """Takes zero-terminated fields off the front of bytes without copying the rest."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def peek(self, mark: bytes) -> bool:
        return self.data.startswith(mark, self.at)

    def field(self) -> str:
        end = self.data.index(b"\0", self.at)
        text = os.fsdecode(self.data[self.at : end])
        self.at = end + 1
        return text


def _raw(reader: _Reader) -> FileDiff:
    old_mode, new_mode, old_blob, new_blob, status = reader.field()[1:].split(" ")
    old_path = reader.field()
    path = reader.field() if status[0] in "RC" else old_path
    kind = cast(Status, status[0])
    return FileDiff(path, old_path, kind, old_blob, new_blob, old_mode, new_mode, 0, 0, False, False)


def _counted(reader: _Reader, file: FileDiff) -> FileDiff:
    additions, deletions, path = reader.field().split("\t", 2)
    if not path:
        reader.field()
        reader.field()
    if additions == "-":
        return replace(file, binary=True)
    return replace(file, additions=int(additions), deletions=int(deletions))


def _told_apart(git: Git, files: list[FileDiff]) -> list[FileDiff]:
    """Git calls a big text file binary as well; look which it is."""
    unclear = [file for file in files if file.binary]
    if not unclear:
        return files
    blobs = {blob for file in unclear for blob in (file.old_blob, file.new_blob) if blob != objects.NO_SHA}
    big = {blob for blob, size in objects.sizes(git, sorted(blobs)).items() if size >= BIG_FILE}
    return [_marked(git, file, big) if file.binary else file for file in files]


def _marked(git: Git, file: FileDiff, big: set[str]) -> FileDiff:
    sides = [blob for blob in (file.old_blob, file.new_blob) if blob != objects.NO_SHA]
    if not any(blob in big for blob in sides):
        return file
    binary = any(is_binary(objects.first_bytes(git, blob)) for blob in sides)
    return replace(file, binary=binary, too_big=True)


def _with_hunks(files: Sequence[FileDiff], sections: Iterator[tuple[Hunk, ...]]) -> Iterator[FileDiff]:
    """Sections come in the order of the raw records; a changed type has two, its end and its start."""
    for file in files:
        hunks = next(sections, None)
        if hunks is not None and file.status == "T":
            hunks += next(sections, ())
        if hunks is None:
            raise PatchError(f"no patch for {file.path!r}")
        yield replace(file, hunks=hunks) if hunks else file
    if next(sections, None) is not None:
        raise PatchError("more patches than files")
