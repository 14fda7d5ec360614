"""What of the machine may be shown inside: the folders of a tool chain, and the paths that never may."""

import functools
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path

from agents.contract import Limits
from agents.process import run_to_end

# Programs that are often a shim or a proxy are asked themselves where they live.
_ASKED = {
    "python": ("python3", "-I", "-c", "import sys; print(sys.base_prefix)"),
    "rust": ("rustc", "--print", "sysroot"),
    "cargo": ("rustc", "--print", "sysroot"),
    "go": ("go", "env", "GOROOT"),
}
_PROGRAMS = {"python": "python3", "rust": "rustc"}
_INTERPRETERS = {"npm": "node", "npx": "node", "pnpm": "node", "yarn": "node", "pytest": "python"}
# Systems whose programs need their whole store.
_STORES = (Path("/nix/store"), Path("/gnu/store"), Path("/home/linuxbrew/.linuxbrew"), Path("/opt/homebrew"))
_ALWAYS_THERE = Path("/usr")
_asking = threading.Lock()

# fmt: off
_PRIVATE_IN_HOME = (
    ".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker", ".netrc", ".git-credentials", ".gitconfig",
    ".npmrc", ".pypirc", ".cargo/credentials.toml", ".cargo/credentials", ".config/gh", ".config/git",
    ".config/gcloud", ".config/google-chrome", ".config/chromium", ".config/hub", ".config/op",
    ".password-store", ".mozilla", ".local/share/keyrings", ".local/share/teamboard", ".claude",
    ".claude.json", ".codex", ".gemini", ".qwen", ".config/opencode", ".local/share/opencode",
    ".bash_history", ".zsh_history", ".pgpass", ".terraform.d", ".vault-token",
)
# fmt: on
_PRIVATE = ("/etc", "/proc", "/sys", "/dev", "/run", "/var/run", "/boot", "/var/lib", "/var/log", "/var/spool")


def toolchain(name: str) -> tuple[Path, ...]:
    """The real folders that must be shown so that a tool chain works inside; empty when /usr has all of it.

    Raises LookupError with a sentence when it is not on this machine.
    """
    with _asking:  # a shim may take half a second, and twenty agents may start at once
        return _toolchain(name)


@functools.cache
def _toolchain(name: str) -> tuple[Path, ...]:
    folders = _asked(name) or _found(name)
    if name in _INTERPRETERS:
        folders += _toolchain(_INTERPRETERS[name])
    kept = dict.fromkeys(_with_store(folder) for folder in folders)
    return tuple(folder for folder in kept if not folder.is_relative_to(_ALWAYS_THERE))


def identity(name: str) -> str:
    """Which program a tool chain is right now: another one after an upgrade; "" when it is not on this machine."""
    found = shutil.which(_PROGRAMS.get(name, name))
    if found is None:
        return ""
    real = os.path.realpath(found)
    facts = os.stat(real)
    return f"{real} {facts.st_size} {facts.st_mtime_ns}"


def forbidden(path: Path, private: Iterable[Path] = ()) -> str | None:
    """A sentence when a path may not be granted. `private` are further folders, like the board's own data."""
    real, home = Path(os.path.realpath(path)), Path.home()
    if not real.exists():
        return f"{path} does not exist."
    if home.resolve().is_relative_to(real):
        return f"{path} holds your whole home folder. Grant the one folder in it that is needed."
    data = [Path(os.environ["TEAMBOARD_DATA"])] if os.environ.get("TEAMBOARD_DATA") else []
    for secret in (*map(Path, _PRIVATE), *(home / name for name in _PRIVATE_IN_HOME), *data, *private):
        there = Path(os.path.realpath(secret))
        if real.is_relative_to(there):
            return f"{path} is private ({secret}): it may hold credentials or the board's own data."
        if there.is_relative_to(real) and there.exists():
            return f"{path} holds {secret}, which is private. Grant a narrower folder."
    return None


def _asked(name: str) -> list[Path]:
    question = _ASKED.get(name)
    if question is None:
        return []
    program = shutil.which(question[0])
    answer = _ask([program, *question[1:]]) if program else ""
    if not answer and name == "python":
        answer = sys.base_prefix
    return [Path(answer)] if answer and Path(answer).is_dir() else []


def _ask(argv: list[str]) -> str:
    """Outside any sandbox, so only for programs of the machine's own PATH, never from a repository's folder."""
    said: list[str] = []
    env = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    finished = run_to_end(
        argv,
        env=env,
        cwd=Path(tempfile.gettempdir()),
        limits=Limits(seconds=20),
        on_output=lambda line: said.append(line.text) if line.stream == "stdout" else None,
    )
    return "" if finished.reason else "\n".join(said).strip()


def _found(name: str) -> list[Path]:
    """The program's own prefix, and where the link to it stands; narrower where that would show something private."""
    link = shutil.which(_PROGRAMS.get(name, name))
    if link is None:
        raise LookupError(f"{name} is not on this machine's PATH. Install it, or take it out of `needs`.")
    return [_prefix(Path(link)), _prefix(Path(os.path.realpath(link)))]


def _prefix(program: Path) -> Path:
    if program.is_relative_to(_ALWAYS_THERE) or Path(os.path.realpath(program)).is_relative_to("/bin"):
        return _ALWAYS_THERE
    wide = program.parent.parent if program.parent.name in ("bin", "sbin") else program.parent
    return program if forbidden(wide) else wide


def _with_store(folder: Path) -> Path:
    return next((store for store in _STORES if folder.is_relative_to(store)), folder)
