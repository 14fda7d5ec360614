"""Git over HTTP for one change: a person clones its newest patch set and pushes the next one.

Only what git's own client needs (protocol version 0): one branch is shown, and one push to it is taken in, as data and
through the same checks as a bundle. No hook, no configuration and no other ref of the store is in reach.
"""

import os
from dataclasses import dataclass
from typing import IO, Literal

from teamboard.git import intake, objects
from teamboard.git.intake import BundleRefused, Header
from teamboard.git.stores import Stores

Service = Literal["git-upload-pack", "git-receive-pack"]

BRANCH = "refs/heads/change"
_AGENT = "agent=teamboard"
_CAPABILITIES = {
    "git-upload-pack": f"multi_ack_detailed no-done thin-pack ofs-delta symref=HEAD:{BRANCH} {_AGENT}",
    "git-receive-pack": f"report-status ofs-delta {_AGENT}",
}
_FLUSH = b"0000"
# What git sends first before a large push, only to see whether it may.
PROBE = _FLUSH
_MAX_COMMANDS = 64_000


@dataclass(frozen=True, slots=True)
class Push:
    """What a client wants: move `ref` from `old` to `new`; its pack starts at `pack_at`."""

    old: str
    new: str
    ref: str
    pack_at: int


def advertise(service: Service, head: str) -> bytes:
    """The answer to GET info/refs?service=...: one branch at `head`."""
    rows = [f"{head} HEAD", f"{head} {BRANCH}"] if service == "git-upload-pack" else [f"{head} {BRANCH}"]
    rows[0] = f"{rows[0]}\0{_CAPABILITIES[service]}"
    return _packet(f"# service={service}\n") + _FLUSH + b"".join(_packet(f"{row}\n") for row in rows) + _FLUSH


def upload(stores: Stores, body: bytes) -> bytes:
    """The answer to POST git-upload-pack: the objects that the client asks for."""
    argv = ("upload-pack", "--stateless-rpc", "--strict", "--timeout=60", str(stores.hub.git_dir))
    # The branch we show has another name in the store, so the store must answer for the commit itself.
    config = ("uploadpack.allowAnySHA1InWant=true",)
    return stores.hub.run(*argv, stdin=body, limit=1_000_000_000, timeout=120, config=config)


def read_push(file: IO[bytes]) -> Push:
    """The commands at the start of a POST to git-receive-pack; raises BundleRefused unless it is one plain push."""
    head = os.pread(file.fileno(), _MAX_COMMANDS, 0)
    commands, pack_at = _packets(head)
    if len(commands) != 1:
        raise BundleRefused("one_branch", "Push one branch at a time.")
    words = commands[0].split(b"\0")[0].decode("utf-8", "backslashreplace").split(" ", 2)
    if len(words) != 3 or not (objects.is_sha(words[0]) and objects.is_sha(words[1])):
        raise BundleRefused("not_a_push", "This is not a push of git.")
    push = Push(words[0], words[1], words[2].strip(), pack_at)
    if push.new == objects.NO_SHA:
        raise BundleRefused("deletes", "A change cannot be deleted by a push; reject it on its page.")
    return push


def receive(stores: Stores, file: IO[bytes], push: Push, dest_ref: str, *, max_bytes: int = 200_000_000) -> str:
    """Take the pushed commits in as `dest_ref`; the new head. Raises BundleRefused with a sentence."""
    if os.fstat(file.fileno()).st_size > max_bytes:
        raise BundleRefused("too_big", f"The push has more than the {max_bytes} bytes that are allowed.")
    if stores.resolve(push.new) is None:
        intake.take_pack(stores.hub, file.fileno(), _header(file, push), push.new, max_bytes=max_bytes)
    stores.set_ref(dest_ref, push.new)
    return push.new


def report(push: Push, problem: str | None = None) -> bytes:
    """The answer to POST git-receive-pack; git shows the problem to the person who pushed."""
    line = f"ng {push.ref} {' '.join(problem.split())}\n" if problem else f"ok {push.ref}\n"
    return _packet("unpack ok\n") + _packet(line) + _FLUSH


def _header(file: IO[bytes], push: Push) -> Header:
    start = os.pread(file.fileno(), 12, push.pack_at)
    if start[:4] != b"PACK" or len(start) < 12:
        raise BundleRefused("not_a_push", "The push is cut short: it holds no pack.")
    needs = (push.old,) if push.old != objects.NO_SHA else ()
    return Header({push.ref: push.new}, needs, push.pack_at, int.from_bytes(start[8:12], "big"))


def _packet(text: str) -> bytes:
    data = text.encode("utf-8", "surrogateescape")
    return f"{len(data) + 4:04x}".encode() + data


def _packets(head: bytes) -> tuple[list[bytes], int]:
    """The packets up to the first flush, and where that ends."""
    found: list[bytes] = []
    at = 0
    while True:
        try:
            size = int(head[at : at + 4], 16)
        except ValueError:
            raise BundleRefused("not_a_push", "This is not a push of git.") from None
        if size == 0:
            return found, at + 4
        if size < 4 or at + size > len(head):
            raise BundleRefused("not_a_push", "This is not a push of git.")
        found.append(head[at + 4 : at + size])
        at += size
