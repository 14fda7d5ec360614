"""What a new patch set consists of: read from git before the transaction that stores it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from teamboard.board import projectfile
from teamboard.git import candidates
from teamboard.git.diff import full_diff
from teamboard.git.stores import Stores
from teamboard.lib.refusal import Refused
from teamboard.reviews import hints
from teamboard.reviews.models import PatchSet


@dataclass(frozen=True, slots=True)
class Revision:
    """Everything a PatchSet row needs; `title` names a new change."""

    base_sha: str
    head_sha: str
    tree_sha: str
    patch_id: str = ""
    file_patch_ids: dict[str, str] = field(default_factory=dict)
    message: str = ""
    author_name: str = ""
    author_email: str = ""
    files: int = 0
    additions: int = 0
    deletions: int = 0
    commits: int = 1
    outside_scope: tuple[str, ...] = ()
    guarded: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    hints: dict[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return self.message.strip().partition("\n")[0][:250]


def read_revision(
    stores: Stores,
    base: str,
    head: str,
    *,
    scope: Sequence[str] = (),
    guarded: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> Revision:
    """Ask git about base..head. Both must be full hashes that the hub holds."""
    files = full_diff(stores, base, head)
    identity = candidates.identity_of(files)
    commits = stores.commits(base, head)
    newest = commits[0] if commits and commits[0].sha == head else (commits[-1] if commits else None)
    paths = sorted(identity.per_file)
    watched = tuple(path for path in paths if matches(path, guarded))
    return Revision(
        base_sha=base,
        head_sha=head,
        tree_sha=stores.tree_of(head),
        patch_id=identity.total,
        file_patch_ids=dict(identity.per_file),
        message=f"{newest.subject}\n\n{newest.body}".strip() if newest else "",
        author_name=newest.author_name if newest else "",
        author_email=newest.author_email if newest else "",
        files=len(paths),
        additions=identity.additions,
        deletions=identity.deletions,
        commits=len(commits),
        outside_scope=tuple(path for path in paths if scope and not matches(path, scope)),
        guarded=watched,
        notes=tuple(notes),
        hints=hints.read(files, watched, _definition(stores, base, head, paths)),
    )


def _definition(stores: Stores, base: str, head: str, paths: Sequence[str]) -> list[str]:
    """What of the project file the change alters: checks by name, other sections by theirs."""
    if projectfile.PATH not in paths:
        return []
    before, after = (_body(stores.blob(commit, projectfile.PATH)) for commit in (base, head))
    if after is None:
        return ["the file cannot be read any more"]
    return projectfile.differences(before or {}, after)


def _body(blob: bytes | None) -> projectfile.Body | None:
    try:
        return projectfile.parse((blob or b"").decode(errors="replace"))
    except Refused:
        return None


def matches(path: str, globs: Sequence[str]) -> bool:
    """Path globs as people write them: `src/**` is everything below, `src/` and `src` too."""
    return any(_match(path, glob) for glob in globs)


def _match(path: str, glob: str) -> bool:
    folder = glob.removesuffix("**").removesuffix("/")
    # `**/x` also means x at the top.
    return (
        fnmatchcase(path, glob)
        or path == folder
        or fnmatchcase(path, folder + "/*")
        or (glob.startswith("**/") and _match(path, glob[3:]))
    )


def keep(stores: Stores, patch_set: PatchSet) -> None:
    """Hold the patch set's commits in the hub under its own ref; harmless to repeat."""
    if stores.resolve(patch_set.ref) != patch_set.head_sha:
        stores.set_ref(patch_set.ref, patch_set.head_sha)
