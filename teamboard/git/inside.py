"""What the board does with git inside a sandbox: one file of the standard library, run as `python3 -I -S inside.py`.

Each command prints one JSON object as its last line. Nothing here trusts the work folder, and nothing here is trusted
by the board: what comes out is a bundle, which is checked like anything else that an agent could have written.
"""

import argparse
import json
import os
import shutil
import stat
import subprocess  # noqa: TID251 - this file runs alone, inside a sandbox
import sys
import tempfile
from pathlib import Path

FIXED = (
    "HOME=/nonexistent LC_ALL=C.UTF-8 GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_NO_REPLACE_OBJECTS=1 "
    "GIT_OPTIONAL_LOCKS=0 GIT_TERMINAL_PROMPT=0 GIT_LITERAL_PATHSPECS=1"
)
ENV = dict(word.split("=") for word in FIXED.split())
ENV["PATH"] = os.environ.get("PATH", "/usr/local/bin:/usr/bin:/bin")
FLAGS = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "gc.auto=0", "-c", "core.safecrlf=false")


class Failed(Exception):
    """Told in the JSON line; the exit status is 1."""


def git(
    *argv: str, git_dir: Path, work: Path | None = None, stdin: bytes | int = b"", env: dict[str, str] | None = None
) -> bytes:
    """Git with the folder named explicitly, so that no other one is found."""
    command = ["git", *FLAGS, f"--git-dir={git_dir}", *([f"--work-tree={work}"] if work else []), *argv]
    data, source = (stdin, None) if isinstance(stdin, bytes) else (None, stdin)
    place, variables = work or git_dir, {**ENV, **(env or {})}
    done = subprocess.run(command, capture_output=True, cwd=place, env=variables, input=data, stdin=source)
    if done.returncode:
        raise Failed(f"git {argv[0]}: {os.fsdecode(done.stderr).strip()[-500:]}")
    return done.stdout


def line(*argv: str, git_dir: Path, **more: object) -> str:
    return os.fsdecode(git(*argv, git_dir=git_dir, **more)).strip()  # type: ignore[arg-type]


def start(*argv: str) -> None:
    """`git init`, which has no folder yet."""
    subprocess.run(["git", "init", "--quiet", "--template=", *argv], env=ENV, check=True, capture_output=True)


def borrow(git_dir: Path, *stores: Path) -> None:
    """Let a store read the objects of others."""
    (git_dir / "objects/info").mkdir(exist_ok=True)
    (git_dir / "objects/info/alternates").write_bytes(b"".join(os.fsencode(store) + b"\n" for store in stores))


def unpack(git_dir: Path, bundle: Path) -> None:
    """The objects of a bundle that the board made; `git bundle` would ask for refs that a bare store lacks."""
    with open(bundle, "rb") as file:
        while file.readline() not in (b"\n", b""):
            pass
        os.lseek(file.fileno(), file.tell(), os.SEEK_SET)
        git("index-pack", "--stdin", "--fix-thin", git_dir=git_dir, stdin=file.fileno())


def clone(args: argparse.Namespace) -> dict[str, object]:
    """A private clone that borrows the base store's objects; `origin` is the base store."""
    start("-b", args.branch, str(args.work))
    git_dir = args.work / ".git"
    borrow(git_dir, args.base_git / "objects")
    target = args.base or line("rev-parse", "--verify", f"refs/heads/{args.target}", git_dir=args.base_git)
    if args.bundle:
        unpack(git_dir, args.bundle)
    head = args.start or target
    for ref, sha in ((f"refs/remotes/origin/{args.target}", target), (f"refs/heads/{args.branch}", head)):
        git("update-ref", ref, sha, git_dir=git_dir)
    fetch = "+refs/heads/*:refs/remotes/origin/*"
    for key, value in (("url", str(args.base_git)), ("fetch", fetch)):
        git("config", f"remote.origin.{key}", value, git_dir=git_dir)
    git("read-tree", "--reset", "-u", head, git_dir=git_dir, work=args.work)
    return {"head": head, "base": target}


def setup_identity(args: argparse.Namespace) -> dict[str, object]:
    """Who the agent's own commits are by."""
    for key, value in (("user.name", args.name), ("user.email", args.email)):
        git("config", key, value, git_dir=args.work / ".git")
    return {}


def snapshot(args: argparse.Namespace) -> dict[str, object]:
    """The work folder as one commit on `parent`, without touching the folder or its own git."""
    ready(args)
    state = take(args)
    told = args.git_dir / "told-tree"
    last = told.read_text() if told.exists() else line("rev-parse", f"{args.parent}^{{tree}}", git_dir=args.git_dir)
    if state["tree"] == last:
        return {**state, "sha": "", "bundle": False}
    sha = commit(args, str(state["tree"]), args.parent)
    pack(args, sha)
    told.write_text(str(state["tree"]))
    return {**state, "sha": sha, "bundle": True}


def collect(args: argparse.Namespace) -> dict[str, object]:
    """The agent's own commits, and what it left uncommitted as one more on top. Without readable history, just that."""
    ready(args)
    notes: list[str] = []
    head = own_head(args, notes)
    state = take(args)
    sha = head
    if state["tree"] != line("rev-parse", f"{head}^{{tree}}", git_dir=args.git_dir):
        sha = commit(args, str(state["tree"]), head)
        notes.append("leftovers")
    if sha == args.parent:
        return {**state, "sha": sha, "head": head, "bundle": False, "notes": notes}
    try:
        pack(args, sha)
    except Failed:
        notes.append("history_broken")
        sha = commit(args, str(state["tree"]), args.parent)
        pack(args, sha)
    return {**state, "sha": sha, "head": head, "bundle": True, "notes": notes}


def own_head(args: argparse.Namespace, notes: list[str]) -> str:
    """Where the clone's HEAD stands, if that is a commit that belongs to the project's history."""
    try:
        head = line("rev-parse", "--verify", "--quiet", "HEAD^{commit}", git_dir=args.work / ".git")
        git("rev-list", "--objects", "--quiet", head, f"^{args.parent}", git_dir=args.git_dir)
    except (Failed, OSError):
        notes.append("history_unreadable")
        return str(args.parent)
    try:
        common = line("merge-base", head, args.parent, git_dir=args.git_dir)
    except Failed:
        notes.append("history_unrelated")
        return str(args.parent)
    if common != args.parent:
        notes.append("history_rewritten")
    return head


def ready(args: argparse.Namespace) -> None:
    """The board's own store and index for this work folder, made on first use; the index keeps stat data for speed."""
    made = args.git_dir / "made"
    if made.exists():
        # One script at a time works here, so a lock is what a killed one left.
        (args.git_dir / "index.lock").unlink(missing_ok=True)
        return
    shutil.rmtree(args.git_dir, ignore_errors=True)
    start("--bare", str(args.git_dir))
    borrow(args.git_dir, *(path for path in (args.base_git / "objects", args.work / ".git/objects") if path.is_dir()))
    if args.bundle:
        unpack(args.git_dir, args.bundle)
    git("read-tree", args.parent, git_dir=args.git_dir)
    rows = git("ls-files", "-s", "-z", git_dir=args.git_dir).split(b"\0")
    made.write_bytes(b"\0".join(row.split(b"\t", 1)[1] for row in rows if row.startswith(b"160000 ")))


def take(args: argparse.Namespace) -> dict[str, object]:
    """Bring the index up to the work folder and write its tree."""
    links = set((args.git_dir / "made").read_bytes().split(b"\0"))
    argv = ("ls-files", "-z", "--modified", "--deleted", "--others", "--exclude-standard")
    out = git(*argv, git_dir=args.git_dir, work=args.work)
    listed = dict.fromkeys(name for name in out.split(b"\0") if name and name.rstrip(b"/") not in links)
    nested = [name for name in listed if name.endswith(b"/")]
    names = [name for name in listed if not name.endswith(b"/")]
    for folder in nested:
        names += walk(args, folder)
    added, removed, left_out = sort_out(args, names)
    enter(args, added, removed)
    tree = line("write-tree", git_dir=args.git_dir)
    return {"tree": tree, "nested": [shown(name) for name in nested], "left_out": left_out, "changed": len(names)}


def enter(args: argparse.Namespace, added: list[bytes], removed: list[bytes]) -> None:
    """A removal first: a file that became a folder must be gone before the folder's files can enter."""
    if removed:
        gone = b"".join(b"0 " + b"0" * 40 + b"\t" + name + b"\0" for name in removed)
        git("update-index", "-z", "--index-info", git_dir=args.git_dir, stdin=gone)
    feed = b"".join(name + b"\0" for name in added)
    argv = ("update-index", "--add", "--remove", "--replace", "-z", "--stdin")
    try:
        git(*argv, git_dir=args.git_dir, work=args.work, stdin=feed)
    except Failed:  # a file changed while it was read: the second time it has mostly come to rest
        git(*argv, git_dir=args.git_dir, work=args.work, stdin=feed)


def walk(args: argparse.Namespace, folder: bytes) -> list[bytes]:
    """The files of a repository inside the repository, which git itself would enter as an empty link."""
    root = os.fsencode(args.work)
    found: list[bytes] = []
    for place, folders, files in os.walk(os.path.join(root, folder)):
        folders[:] = [name for name in folders if name != b".git"]
        links = [name for name in folders if os.path.islink(os.path.join(place, name))]
        found += [os.path.relpath(os.path.join(place, name), root) for name in [*files, *links] if name != b".git"]
    unwanted = ignored(args, found)
    return [name for name in found if name not in unwanted]


def ignored(args: argparse.Namespace, names: list[bytes]) -> set[bytes]:
    # This one command reads its input as patterns; in front of "./" nothing is magic.
    feed = b"".join(b"./" + name + b"\0" for name in names)
    argv = ("check-ignore", "--no-index", "-z", "--stdin")
    try:
        out = git(*argv, git_dir=args.git_dir, work=args.work, stdin=feed, env={"GIT_LITERAL_PATHSPECS": "0"})
    except Failed:
        return set()  # git says with status 1 that nothing is ignored
    return {name[2:] for name in out.split(b"\0")}


def sort_out(args: argparse.Namespace, names: list[bytes]) -> tuple[list[bytes], list[bytes], list[dict[str, str]]]:
    """What enters, what is gone, and what cannot enter, with the reason."""
    found: dict[str, list[bytes]] = {"file": [], "gone": []}
    left_out = []
    for name in names:
        kind, why = look(args, name)
        if kind == "refused":
            left_out.append({"path": shown(name), "why": why})
        else:
            found[kind].append(name)
    return found["file"], found["gone"], left_out


def look(args: argparse.Namespace, name: bytes) -> tuple[str, str]:
    """A link on the way means that the file is gone: git would follow it out of the work folder."""
    root, parts = os.fsencode(args.work), name.split(b"/")
    if any(os.path.islink(os.path.join(root, *parts[:at])) for at in range(1, len(parts))):
        return "gone", ""
    path = os.path.join(root, name)
    try:
        facts = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return "gone", ""
    except OSError:
        return "refused", "it cannot be read"
    if not stat.S_ISREG(facts.st_mode):
        return ("file" if stat.S_ISLNK(facts.st_mode) else "gone"), ""
    if facts.st_size > args.max_file:
        return "refused", f"it has {facts.st_size} bytes; {args.max_file} are allowed"
    return ("file", "") if os.access(path, os.R_OK) else ("refused", "it cannot be read")


def commit(args: argparse.Namespace, tree: str, parent: str) -> str:
    variables: dict[str, str] = {}
    for role in ("AUTHOR", "COMMITTER"):
        variables |= {f"GIT_{role}_NAME": args.name, f"GIT_{role}_EMAIL": args.email}
    return line("commit-tree", tree, "-p", parent, git_dir=args.git_dir, stdin=args.message.encode(), env=variables)


def pack(args: argparse.Namespace, sha: str) -> None:
    """The bundle: all that `sha` has and `parent` has not, under the one name that the board asks for."""
    wanted = f"{sha}\n^{args.parent}\n".encode()
    data = git("pack-objects", "--revs", "--thin", "--stdout", "-q", git_dir=args.git_dir, stdin=wanted)
    part = Path(f"{args.out}.part")
    part.write_bytes(f"# v2 git bundle\n-{args.parent} \n{sha} {args.ref}\n\n".encode() + data)
    os.replace(part, args.out)


def checkout(args: argparse.Namespace) -> dict[str, object]:
    """A tree into an empty folder, with no .git in it and no store left behind."""
    if any(args.work.iterdir()):
        raise Failed(f"{args.work} is not empty")
    with tempfile.TemporaryDirectory(prefix="checkout-") as name:
        git_dir = Path(name) / "git"
        start("--bare", str(git_dir))
        borrow(git_dir, args.base_git / "objects")
        if args.bundle:
            unpack(git_dir, args.bundle)
        git("read-tree", "--reset", "-u", args.tree, git_dir=git_dir, work=args.work)
    return {"tree": args.tree}


def shown(name: bytes) -> str:
    return name.decode("utf-8", "backslashreplace")


COMMANDS = {act.__name__.replace("_", "-"): act for act in (clone, setup_identity, snapshot, collect, checkout)}


def main() -> int:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("command", choices=COMMANDS)
    for word in ("work", "base-git", "git-dir", "out", "bundle"):
        parser.add_argument(f"--{word}", type=Path)
    for word in ("target", "base", "start", "parent", "tree", "ref", "name", "email", "message"):
        parser.add_argument(f"--{word}", default="")
    parser.add_argument("--branch", default="work")
    parser.add_argument("--max-file", type=int, default=100_000_000)
    args = parser.parse_args()
    try:
        print(json.dumps(COMMANDS[args.command](args)), flush=True)
        return 0
    except (Failed, OSError, subprocess.CalledProcessError) as error:
        print(json.dumps({"error": str(error)}), flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main())
