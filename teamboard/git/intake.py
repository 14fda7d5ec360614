"""Bundles: the only way work leaves a sandbox, read as data in a quarantine, and the way things are handed in."""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from teamboard.git import objects
from teamboard.git.command import Git, GitError
from teamboard.git.trees import check_new_trees

_MAX_HEADER = 1 << 16
_SMALL_PACK = 100


class BundleRefused(Exception):
    """What came out of a sandbox is not taken in; `code` for machines, the text for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Header:
    """A bundle's head: what it offers, what it needs, and where its pack starts."""

    refs: dict[str, str]
    needs: tuple[str, ...]
    pack_at: int
    count: int


def take_in(git: Git, bundle: Path, source_ref: str, *, max_bytes: int) -> str:
    """Unpack a bundle into the store's quarantine, check all of it, and only then let it in; the ref's sha."""
    with _opened(bundle, max_bytes) as handle:
        header = read_header(handle)
        sha = header.refs.get(source_ref)
        if sha is None:
            raise BundleRefused("no_such_ref", f"The bundle does not offer {source_ref}.")
        take_pack(git, handle, header, sha, max_bytes=max_bytes)
    return sha


def take_pack(git: Git, handle: int, header: Header, sha: str, *, max_bytes: int) -> None:
    """The pack that starts at header.pack_at, whoever sent it; afterwards the store holds `sha` and all it needs."""
    with _quarantine(git) as (place, env):
        _unpack(git, handle, header, max_bytes, env)
        _check(git, sha, header.needs, env)
        _let_in(place, objects.objects_folder(git))


def write_bundle(git: Git, dest: Path, sha: str, *, have: Sequence[str], ref: str) -> bool:
    """See Stores.bundle. Written by hand, because `git bundle` names only refs that exist in the store."""
    excluded = [f"^{known}" for known in have]
    feed = "".join(f"{line}\n" for line in [sha, *excluded]).encode()
    if not git.run("rev-list", "-1", "--stdin", stdin=feed):
        return False
    partial = dest.with_name(dest.name + ".part")
    with open(partial, "wb") as file:
        needs = "".join(f"-{known} \n" for known in have)
        file.write(f"# v2 git bundle\n{needs}{sha} {ref}\n\n".encode())
        file.flush()
        git.run("pack-objects", "--revs", "--thin", "--stdout", "-q", stdin=feed, stdout=file, timeout=120)
    os.replace(partial, dest)
    return True


@contextmanager
def _opened(bundle: Path, max_bytes: int) -> Iterator[int]:
    """Never through a link, never a pipe or device, never larger than allowed."""
    try:
        handle = os.open(bundle, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise BundleRefused("unreadable", f"The bundle cannot be opened as a plain file: {error.strerror}.") from None
    try:
        facts = os.fstat(handle)
        if not stat.S_ISREG(facts.st_mode):
            raise BundleRefused("unreadable", "The bundle is not a plain file.")
        if facts.st_size > max_bytes:
            raise BundleRefused("too_big", f"The bundle has {facts.st_size} bytes; {max_bytes} are allowed.")
        yield handle
    finally:
        os.close(handle)


def read_header(handle: int) -> Header:
    """Parse the head of a bundle, strictly."""
    head = os.pread(handle, _MAX_HEADER, 0)
    end = head.find(b"\n\n")
    lines = head[: max(end, 0)].split(b"\n")
    if end < 0 or lines[0] != b"# v2 git bundle":
        raise BundleRefused("not_a_bundle", "The file is not a git bundle of version 2.")
    pack = head[end + 2 : end + 14] if end + 14 <= len(head) else os.pread(handle, 12, end + 2)
    if len(pack) < 12 or pack[:4] != b"PACK":
        raise BundleRefused("not_a_bundle", "The bundle is cut short: it holds no pack.")
    needs = tuple(_sha(line[1:41]) for line in lines[1:] if line.startswith(b"-"))
    refs = {os.fsdecode(line[41:]): _sha(line[:40]) for line in lines[1:] if not line.startswith(b"-")}
    return Header(refs, needs, end + 2, int.from_bytes(pack[8:12], "big"))


def _sha(raw: bytes) -> str:
    text = raw.decode("ascii", "replace")
    if not objects.is_sha(text):
        raise BundleRefused("not_a_bundle", "The bundle's head holds something that is no object name.")
    return text


@contextmanager
def _quarantine(git: Git) -> Iterator[tuple[Path, dict[str, str]]]:
    """An object folder of its own inside the store's, borrowing from it; gone afterwards."""
    store = objects.objects_folder(git)
    with tempfile.TemporaryDirectory(prefix="incoming-", dir=store, ignore_cleanup_errors=True) as name:
        place = Path(name)
        (place / "pack").mkdir()
        yield place, {"GIT_OBJECT_DIRECTORY": name, "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(store)}


def _unpack(git: Git, handle: int, header: Header, max_bytes: int, env: dict[str, str]) -> None:
    """Few objects become loose ones, many stay a pack; fsck looks at each either way."""
    os.lseek(handle, header.pack_at, os.SEEK_SET)
    size = f"--max-input-size={max_bytes}"
    few = ("unpack-objects", "-q", "--strict", size)
    many = ("index-pack", "--stdin", "--fix-thin", "--strict", size)
    with os.fdopen(os.dup(handle), "rb", buffering=0) as pack:
        try:
            git.run(*(few if header.count < _SMALL_PACK else many), stdin=pack, env=env, timeout=120)
        except GitError as error:
            raise BundleRefused("broken", f"Git refuses what is in the bundle: {_reason(error)}") from error


def _check(git: Git, sha: str, needs: Sequence[str], env: dict[str, str]) -> None:
    """All that the commit reaches is there, and its new trees hold only names that we take."""
    kind = git.try_run("cat-file", "-t", sha, env=env)
    if kind.out.strip() != b"commit":
        raise BundleRefused("broken", "The bundle's ref does not name a commit that it holds.")
    # What the store holds has been checked before, so what the bundle builds on may be left out of the walk.
    feed = "".join(f"{line}\n" for line in [sha, *_known(git, needs)]).encode()
    walk = ("rev-list", "--objects", "--stdin", "--not", "--all")
    try:
        new = git.run(*walk, stdin=feed, env=env, limit=200_000_000, timeout=120)
    except GitError as error:
        raise BundleRefused("broken", f"The bundle leaves out objects it needs: {_reason(error)}") from error
    shas = [line[:40].decode() for line in new.split(b"\n") if line]
    if problem := check_new_trees(git, shas, sha, env):
        raise BundleRefused("path_refused", f"The change is refused: {problem}.")


def _known(git: Git, needs: Sequence[str]) -> list[str]:
    return [f"^{sha}" for sha in needs if objects.resolve(git, sha)]


def _let_in(place: Path, store: Path) -> None:
    """Move loose objects first, then packs, each index last: no reader ever sees half of one."""
    for folder in (child for child in place.iterdir() if len(child.name) == 2):
        (store / folder.name).mkdir(exist_ok=True)
        for item in folder.iterdir():
            os.replace(item, store / folder.name / item.name)
    (store / "pack").mkdir(exist_ok=True)
    for item in sorted((place / "pack").iterdir(), key=lambda item: item.suffix == ".idx"):
        os.replace(item, store / "pack" / item.name)
    shutil.rmtree(place, ignore_errors=True)


def _reason(error: GitError) -> str:
    lines = [line for line in error.stderr.splitlines() if line.strip()]
    return (lines[0] if lines else "no reason given").removeprefix("error: ").removeprefix("fatal: ")[:300]
