"""The one way to call git: argument list, clean environment, limits on time and bytes, one error."""

import atexit
import os
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, Literal

Profile = Literal["store", "upstream"]


def _never() -> bool:
    return False


# Set by the wiring: git never runs while a database transaction is open (nothing slow inside a transaction).
in_transaction_guard: Callable[[], bool] = _never

_CHUNK = 1 << 16

_COMMON_ENV = {
    "LC_ALL": "C.UTF-8",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    "GIT_EDITOR": "false",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_PROTOCOL_FROM_USER": "0",
}
_COMMON_CONFIG = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.quotePath=true",
    "core.useReplaceRefs=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "submodule.recurse=false",
    "fetch.recurseSubmodules=false",
    "advice.detachedHead=false",
)
_STORE_CONFIG = (
    "core.attributesFile=/dev/null",
    "protocol.allow=never",
    "safe.bareRepository=explicit",
    "core.symlinks=false",
    "core.bigFileThreshold=1m",
    "transfer.fsckObjects=true",
)
# What a user's credential helper or ssh needs to find its agent, keys and proxies.
_UPSTREAM_KEPT = (
    "HOME",
    "SSH_AUTH_SOCK",
    "XDG_CONFIG_HOME",
    "XDG_RUNTIME_DIR",
    "http_proxy",
    "https_proxy",
    "no_proxy",
)


class GitError(Exception):
    """Git said no. `code` is its exit status; 124 stands for out of time and 125 for too many bytes."""

    OUT_OF_TIME = 124
    TOO_MANY_BYTES = 125

    def __init__(self, code: int, stderr: str, argv: Sequence[str]) -> None:
        super().__init__(f"git {' '.join(argv[:2])} failed with {code}: {stderr.strip()[:500]}")
        self.code = code
        self.stderr = stderr
        self.argv = tuple(argv)


@dataclass(frozen=True, slots=True)
class Result:
    """What a call gave."""

    code: int
    out: bytes
    err: str


@dataclass(frozen=True, slots=True)
class Git:
    """Git on one repository. `safe` names paths of the user that count as safe although another user may own them."""

    git_dir: Path
    profile: Profile = "store"
    work_tree: Path | None = None
    index: Path | None = None
    safe: tuple[Path, ...] = ()

    def run(
        self,
        *argv: str,
        stdin: bytes | IO[bytes] = b"",
        stdout: IO[bytes] | None = None,
        timeout: float = 10.0,
        limit: int = 5_000_000,
        env: Mapping[str, str] | None = None,
        config: Sequence[str] = (),
    ) -> bytes:
        """The bytes git wrote; raises GitError on any exit status but 0."""
        result = self.try_run(*argv, stdin=stdin, stdout=stdout, timeout=timeout, limit=limit, env=env, config=config)
        if result.code != 0:
            raise GitError(result.code, result.err, argv)
        return result.out

    def text(self, *argv: str, env: Mapping[str, str] | None = None, timeout: float = 10.0) -> str:
        """The output as stripped text."""
        return os.fsdecode(self.run(*argv, env=env, timeout=timeout)).strip()

    def head(self, *argv: str, count: int, timeout: float = 10.0) -> bytes:
        """The first `count` bytes of the output; git is stopped there."""
        result = self.try_run(*argv, timeout=timeout, limit=count, cut=True)
        return result.out[:count]

    def try_run(
        self,
        *argv: str,
        stdin: bytes | IO[bytes] = b"",
        stdout: IO[bytes] | None = None,
        timeout: float = 10.0,
        limit: int = 5_000_000,
        env: Mapping[str, str] | None = None,
        config: Sequence[str] = (),
        cut: bool = False,
    ) -> Result:
        """Status, output and complaint; raises only when out of time or, unless `cut`, over the byte limit."""
        if in_transaction_guard():
            raise RuntimeError("git was called inside a database transaction: compute first, then write")
        command = [*self._prefix(config), *argv]
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE if isinstance(stdin, bytes) else stdin,
            stdout=stdout or subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.work_tree or self._cwd(),
            env=self._environment(env or {}),
            process_group=0,
        ) as process:
            return _drain(process, stdin if isinstance(stdin, bytes) else b"", argv, timeout, limit, cut)

    def _prefix(self, extra: Sequence[str]) -> list[str]:
        settings = (*_COMMON_CONFIG, *(_STORE_CONFIG if self.profile == "store" else ()), *extra)
        prefix = ["git", f"--git-dir={self.git_dir}"]
        if self.work_tree is not None:
            prefix.append(f"--work-tree={self.work_tree}")
        for setting in settings:
            prefix += ["-c", setting]
        return prefix

    def _environment(self, extra: Mapping[str, str]) -> dict[str, str]:
        env = {"PATH": os.environ.get("PATH", os.defpath), **_COMMON_ENV}
        if self.profile == "store":
            env |= {"HOME": "/nonexistent", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_ATTR_NOSYSTEM": "1"}
            env["GIT_ASKPASS"] = "/bin/false"
        else:
            env |= {name: os.environ[name] for name in _UPSTREAM_KEPT if name in os.environ}
            env |= {"GIT_CONFIG_GLOBAL": str(_user_config(self.safe)), "GIT_SSH_COMMAND": "ssh -oBatchMode=yes"}
        if self.index is not None:
            env["GIT_INDEX_FILE"] = str(self.index)
        return env | dict(extra)

    def _cwd(self) -> Path:
        return self.git_dir if self.git_dir.is_dir() else Path("/")


@lru_cache(maxsize=256)
def _user_config(safe: tuple[Path, ...]) -> Path:
    """The user's own settings plus a mark that just these paths are safe; git takes that mark only from a file."""
    lines = [f"[include]\n\tpath = {_quoted(path)}\n" for path in _global_configs()]
    lines += [f"[safe]\n\tdirectory = {_quoted(path)}\n" for path in safe]
    if safe:
        # Also for the git that serves a fetch from the user's repository. A real remote keeps its hooks.
        lines.append("[core]\n\thooksPath = /dev/null\n\tfsmonitor = false\n")
    handle, name = tempfile.mkstemp(dir=_config_folder(), suffix=".gitconfig")
    with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write("".join(lines))
    return Path(name)


def _global_configs() -> list[Path]:
    if named := os.environ.get("GIT_CONFIG_GLOBAL"):
        return [Path(named)]
    home = Path(os.environ.get("HOME", "/nonexistent"))
    return [Path(os.environ.get("XDG_CONFIG_HOME", home / ".config")) / "git/config", home / ".gitconfig"]


def _quoted(path: Path) -> str:
    text = str(path).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{text}"'


@lru_cache(maxsize=1)
def _config_folder() -> str:
    folder = tempfile.mkdtemp(prefix="teamboard-git-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _drain(
    process: "subprocess.Popen[bytes]", stdin: bytes, argv: Sequence[str], timeout: float, limit: int, cut: bool
) -> Result:
    """Feed and read without a deadlock, within the limits; the whole process group dies when one is broken."""
    out, err = bytearray(), bytearray()
    deadline = time.monotonic() + timeout
    try:
        with selectors.DefaultSelector() as selector:
            _watch(selector, process, out, err, stdin)
            while selector.get_map():
                if (left := deadline - time.monotonic()) <= 0:
                    raise GitError(GitError.OUT_OF_TIME, f"took longer than {timeout:g} s", argv)
                _step(selector, left)
                if len(out) > limit and cut:
                    _kill(process)
                    return Result(0, bytes(out[:limit]), "")
                if len(out) > limit:
                    raise GitError(GitError.TOO_MANY_BYTES, f"wrote more than {limit} bytes", argv)
        code = process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        _kill(process)
        raise GitError(GitError.OUT_OF_TIME, f"took longer than {timeout:g} s", argv) from None
    except BaseException:
        _kill(process)
        raise
    return Result(code, bytes(out), os.fsdecode(bytes(err)))


def _watch(
    selector: selectors.BaseSelector,
    process: "subprocess.Popen[bytes]",
    out: bytearray,
    err: bytearray,
    stdin: bytes,
) -> None:
    for stream, sink in ((process.stdout, out), (process.stderr, err)):
        if stream is not None:
            selector.register(stream, selectors.EVENT_READ, sink)
    if process.stdin is None:
        return
    if not stdin:
        process.stdin.close()
        return
    os.set_blocking(process.stdin.fileno(), False)
    selector.register(process.stdin, selectors.EVENT_WRITE, memoryview(stdin))


def _step(selector: selectors.BaseSelector, left: float) -> None:
    for key, events in selector.select(left):
        if events & selectors.EVENT_WRITE:
            _write(selector, key)
        elif chunk := os.read(key.fd, _CHUNK):
            if len(key.data) < 1 << 31:
                key.data.extend(chunk)
        else:
            selector.unregister(key.fileobj)


def _write(selector: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
    try:
        rest = key.data[os.write(key.fd, key.data[:_CHUNK]) :]
    except BrokenPipeError:
        rest = memoryview(b"")  # git has read enough; its exit status tells the rest
    selector.unregister(key.fileobj)
    if rest:
        selector.register(key.fileobj, selectors.EVENT_WRITE, rest)
    else:
        key.fileobj.close()  # type: ignore[union-attr]


def _kill(process: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
