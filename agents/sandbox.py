"""The bubblewrap command line and its probe. Without a working one nothing starts (fails closed)."""

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from agents import probing
from agents.contract import Finished, Limits, OutputLine, Place
from agents.grants import forbidden, identity, toolchain
from agents.process import Child, Unstartable, run_to_end, spawn

__all__ = ["NoSandbox", "Sandbox", "forbidden", "identity", "probe", "toolchain", "unsafe"]

WORK, HOME, TMP = "/work", "/home/agent", "/tmp"
Extra = Path | tuple[Path, str]
AGAIN = 30.0

_OWN_ETC = Path(__file__).with_name("etc")
_SHOWN_OF_ETC = (
    "/etc/alternatives",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
    "/etc/pki/tls/certs",
    "/etc/pki/ca-trust",
    "/etc/ca-certificates",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/mime.types",
)
_LAYER_PROGRAMS = (".venv/bin", "venv/bin", "node_modules/.bin")
_ROOT_LINKS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_ISOLATION = (
    *("--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--new-session", "--clearenv"),
    *("--cap-drop", "ALL", "--uid", "1000", "--gid", "1000", "--hostname", "sandbox"),
)


@dataclass(frozen=True, slots=True)
class NoSandbox:
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Sandbox:
    """`bwrap` is None without isolation: then the host's paths hold inside too, and nothing is hidden."""

    bwrap: Path | None
    can_overlay: bool = False
    marker: str = ""  # names the board, so that `end_orphans` knows its own

    @property
    def isolates(self) -> bool:
        return self.bwrap is not None

    def argv(
        self, command: Sequence[str], place: Place, *, writable: bool = True, extra_ro: Sequence[Extra] = ()
    ) -> list[str]:
        """The whole command line. `extra_ro` are shown read-only at the same path, or at the one given with them."""
        if self.bwrap is None:
            return list(command)
        options = [
            *_ISOLATION,
            *(("--share-net", "--ro-bind-try", "/etc/resolv.conf", "/etc/resolv.conf") if place.network else ()),
            *_system(),
            *("--bind", str(place.tmp), TMP, "--bind", str(place.home), HOME),
            *self._work(place, writable=writable),
            *_shown(place, extra_ro),
            *("--chdir", WORK, "--remount-ro", "/"),
            *_setenv(self.env(place)),
        ]
        return [str(self.bwrap), *options, "--", *command]

    def env(self, place: Place) -> dict[str, str]:
        """The whole environment of the command; nothing of ours is in it."""
        return {
            "PATH": os.pathsep.join([*self._layer_path(place), *_path(place)]),
            "HOME": self.inside(place, place.home),
            "TMPDIR": self.inside(place, place.tmp),
            "LANG": "C.UTF-8",
            "USER": "agent",
            "LOGNAME": "agent",
            "SHELL": "/bin/sh",
            "TERM": "dumb",
            **place.environment,
        }

    def inside(self, place: Place, path: Path) -> str:
        """How a path of the host is called inside."""
        for outer, inner in ((place.work, WORK), (place.home, HOME), (place.tmp, TMP)):
            if self.isolates and path.is_relative_to(outer):
                return str(Path(inner, path.relative_to(outer)))
        return str(path)

    def spawn(
        self,
        command: Sequence[str],
        place: Place,
        limits: Limits,
        *,
        writable: bool = True,
        extra_ro: Sequence[Extra] = (),
        stdin: bytes | None = None,
        keep_stdin: bool = False,
        secrets: Sequence[str] = (),
    ) -> Child:
        """Start a command in a place. Raises Unstartable, whose `finished` says why."""
        missing = self.missing(command, place)
        if missing:
            raise Unstartable("agent_missing", missing)
        return spawn(
            self.argv(command, place, writable=writable, extra_ro=extra_ro),
            env={} if self.isolates else self.env(place),
            cwd=None if self.isolates else place.work,
            limits=limits,
            stdin=stdin,
            keep_stdin=keep_stdin,
            secrets=secrets,
            disk=(place.home, place.tmp, *([place.work] if writable else [])),
            marker=self.marker,
        )

    def run(
        self,
        command: Sequence[str],
        place: Place,
        limits: Limits,
        *,
        on_output: Callable[[OutputLine], object] | None = None,
        writable: bool = True,
        extra_ro: Sequence[Extra] = (),
        stdin: bytes | None = None,
        secrets: Sequence[str] = (),
    ) -> Finished:
        """Start it and wait for its end; never raises because of the command."""
        try:
            child = self.spawn(
                command,
                place,
                limits,
                writable=writable,
                extra_ro=extra_ro,
                stdin=stdin,
                secrets=secrets,
            )
        except Unstartable as problem:
            return problem.finished
        return child.wait(on_output)

    def missing(self, command: Sequence[str], place: Place) -> str | None:
        """A sentence when the program is not there inside the sandbox."""
        if not command or not command[0]:
            return "There is no command to run. Give one in the settings."
        program = command[0]
        if "/" in program:
            shown = any(os.path.lexists(path) for path in _on_host(program, place))
        else:
            layer = [str(place.lower / name) for name in _LAYER_PROGRAMS] if place.lower else []
            shown = any(os.path.lexists(Path(folder, program)) for folder in [*layer, *_path(place)])
        if shown:
            return None
        return (
            f"The program {program!r} is not there inside the sandbox. "
            "Install it under /usr, or let an architect grant the folder it lives in."
        )

    def _layer_path(self, place: Place) -> list[str]:
        """The programs that the setup command installed, so that `python` is the project's own.

        Only with a prepared layer: a bare clone's folders are the agent's word, and our own programs run there too.
        """
        found = [name for name in _LAYER_PROGRAMS if place.lower and (place.lower / name).is_dir()]
        return [self.inside(place, place.work / name) for name in found]

    def _work(self, place: Place, *, writable: bool) -> list[str]:
        """The clone alone, or laid over the prepared layer. Without overlays the caller has copied the layer."""
        if place.lower is None or not self.can_overlay:
            return ["--bind" if writable else "--ro-bind", str(place.work), WORK]
        lower = ["--overlay-src", str(place.lower)]
        if not writable:
            return [*lower, "--overlay-src", str(place.work), "--ro-overlay", WORK]
        scratch = place.work.with_name(place.work.name + ".overlay")
        scratch.mkdir(exist_ok=True)
        return [*lower, "--overlay", str(place.work), str(scratch), WORK]


def unsafe() -> Sandbox:
    """No isolation at all. Only where an architect accepted it in words, or a test run said so."""
    return Sandbox(bwrap=None)


_probed: dict[tuple[Path, ...] | None, tuple[float, Sandbox | NoSandbox]] = {}


def probe(candidates: tuple[Path, ...] | None = None) -> Sandbox | NoSandbox:
    """The first bubblewrap that really works here: the system's, else the one that came with the board.

    What works is remembered; what does not is tried again, for it may be mended by now.
    """
    tried, found = _probed.get(candidates, (-AGAIN, None))
    if isinstance(found, Sandbox) or (found and monotonic() - tried < AGAIN):
        return found
    found = _probe(candidates)
    _probed[candidates] = monotonic(), found
    return found


def _probe(candidates: tuple[Path, ...] | None) -> Sandbox | NoSandbox:
    failures = []
    for bwrap in probing.candidates() if candidates is None else candidates:
        finished, said = _try(Sandbox(bwrap), lower=False)
        if not finished.reason:
            overlaid, _ = _try(Sandbox(bwrap, can_overlay=True), lower=True)
            return Sandbox(bwrap, can_overlay=not overlaid.reason)
        failures.append((bwrap, said or finished.detail))
    return NoSandbox(*probing.explain(failures))


def _try(sandbox: Sandbox, *, lower: bool) -> tuple[Finished, str]:
    """Run the real command line: it must see /work, write there and see nothing of the host's root."""
    with tempfile.TemporaryDirectory(prefix="teamboard-probe-") as folder:
        parts = {name: Path(folder, name) for name in ("work", "home", "tmp", "lower")}
        for part in parts.values():
            part.mkdir()
        (parts["lower"] / "layer").touch()
        place = Place(work=parts["work"], home=parts["home"], tmp=parts["tmp"], lower=parts["lower"] if lower else None)
        said: list[str] = []
        script = "test -e layer && : > w" if lower else ": > /work/w && test ! -e /root -a ! -e /etc/shadow"
        finished = run_to_end(
            sandbox.argv(["/bin/sh", "-c", script], place),
            env={},
            limits=Limits(seconds=10),
            on_output=lambda line: said.append(line.text),
        )
        return finished, " ".join(said)


def _system() -> list[str]:
    words = ["--ro-bind", "/usr", "/usr", "--proc", "/proc", "--dev", "/dev"]
    words += ["--size", str(256 * 1024**2), "--tmpfs", "/dev/shm", "--remount-ro", "/dev"]
    for name in _ROOT_LINKS:
        path = Path("/", name)
        if path.is_symlink():
            words += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir():
            words += ["--ro-bind", str(path), str(path)]
    for shown in _SHOWN_OF_ETC:
        words += ["--ro-bind-try", shown, shown]
    for own in sorted(_OWN_ETC.iterdir()):
        words += ["--ro-bind", str(own), f"/etc/{own.name}"]
    return words


def _shown(place: Place, extra_ro: Sequence[Extra]) -> list[str]:
    pairs: list[tuple[Path, str]] = [(path, str(path)) for path in (*place.read_only, *toolchain("git"))]
    pairs += [extra if isinstance(extra, tuple) else (extra, str(extra)) for extra in extra_ro]
    return [word for source, target in pairs for word in ("--ro-bind", str(source), target)]


def _on_host(program: str, place: Place) -> list[Path]:
    """Where a program named by its path may stand on the host."""
    roots: list[tuple[Path, str]] = [(place.work, WORK), (place.home, HOME), (place.tmp, TMP)]
    roots += [(place.lower, WORK)] if place.lower else []
    absolute = Path(WORK, program)
    found = [outer / absolute.relative_to(inner) for outer, inner in roots if absolute.is_relative_to(inner)]
    return [*found, Path(program)] if Path(program).is_absolute() else found


def _path(place: Place) -> list[str]:
    """Granted programs first, since they were asked for."""
    folders = []
    for granted in (*place.read_only, *toolchain("git")):
        for folder in (granted / "bin", granted):
            if (folder.name == "bin" and folder.is_dir()) or granted.is_file():
                folders.append(str(folder if folder.is_dir() else granted.parent))
                break
    return [*dict.fromkeys(folders), "/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin"]


def _setenv(variables: Mapping[str, str]) -> list[str]:
    return [word for name, value in variables.items() for word in ("--setenv", name, value)]
