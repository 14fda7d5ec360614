"""New trees looked at before anybody walks them: names that are refused, and bombs counted without exploding."""

import os
from collections.abc import Iterator, Mapping, Sequence

from teamboard.git import policy
from teamboard.git.command import Git


def check_new_trees(git: Git, shas: Sequence[str], commit: str, env: Mapping[str, str]) -> str | None:
    """Why these new objects are refused, or None. `shas` are all new objects of whatever kind."""
    trees = _read_trees(git, shas, env)
    for entries in trees.values():
        for _, name, _ in entries:
            if problem := policy.name_problem(name):
                return problem
    root = git.run("rev-parse", f"{commit}^{{tree}}", env=env).decode().strip()
    return _shape_problem(root, trees)


def _shape_problem(root: str, trees: Mapping[str, list[tuple[bytes, bytes, str]]]) -> str | None:
    """Count paths of new trees with a memory of each tree, so that 10^10 files cost as many steps as trees."""
    counts: dict[str, tuple[int, int]] = {}
    stack = [root]
    while stack:
        tree = stack[-1]
        inner = [sha for mode, _, sha in trees.get(tree, ()) if mode == b"40000" and sha in trees]
        waiting = [sha for sha in inner if sha not in counts]
        if waiting:
            stack += waiting
            continue
        stack.pop()
        files = len(trees.get(tree, ())) - len(inner) + sum(counts[sha][0] for sha in inner)
        counts[tree] = (files, 1 + max((counts[sha][1] for sha in inner), default=0))
    files, depth = counts[root]
    if files > policy.MAX_PATHS:
        return f"it touches folders with {files} paths; {policy.MAX_PATHS} are allowed"
    return f"its folders are {depth} deep" if depth > policy.MAX_DEPTH else None


def _read_trees(git: Git, shas: Sequence[str], env: Mapping[str, str]) -> dict[str, list[tuple[bytes, bytes, str]]]:
    if not shas:
        return {}
    feed = "".join(f"{sha}\n" for sha in shas).encode()
    kinds = git.run("cat-file", "--batch-check", stdin=feed, env=env, limit=100_000_000, timeout=60)
    wanted = [line[:40] for line in kinds.split(b"\n") if b" tree " in line]
    out = git.run("cat-file", "--batch", stdin=b"\n".join([*wanted, b""]), env=env, limit=500_000_000, timeout=60)
    return dict(_parse(out)) if wanted else {}


def _parse(out: bytes) -> Iterator[tuple[str, list[tuple[bytes, bytes, str]]]]:
    at = 0
    while at < len(out):
        end = out.index(b"\n", at)
        sha, _, size = out[at:end].split()
        yield sha.decode(), list(tree_entries(out[end + 1 : end + 1 + int(size)]))
        at = end + 2 + int(size)


def tree_entries(data: bytes) -> Iterator[tuple[bytes, bytes, str]]:
    """(mode, name, sha) of a raw tree object."""
    at = 0
    while at < len(data):
        space = data.index(b" ", at)
        zero = data.index(b"\0", space)
        yield data[at:space], data[space + 1 : zero], data[zero + 1 : zero + 21].hex()
        at = zero + 21


def folders_of(path: str) -> list[str]:
    """a/b/c -> [a, a/b]."""
    parts = path.split("/")[:-1]
    return [os.path.join(*parts[: at + 1]) for at in range(len(parts))]
