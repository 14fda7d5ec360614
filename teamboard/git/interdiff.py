"""What an author changed between two patch sets, without what only came from another base."""

from dataclasses import replace

from teamboard.git import candidates, compare
from teamboard.git.compare import FileDiff
from teamboard.git.stores import Stores

Revision = tuple[str, str]


def interdiff(stores: Stores, old: Revision, new: Revision, *, context: int = 3) -> list[FileDiff]:
    """The first patch set is moved to the second one's base, as git would merge it, and then compared.

    A pure rebase comes out empty. A file that cannot be moved without a conflict is compared as it stood in the first
    patch set: it may show more than the author did, never less.
    """
    (old_base, old_head), (new_base, new_head) = old, new
    if old_base == new_base:
        return compare.full_diff(stores, old_head, new_head, context=context)
    moved = candidates.merge_trees(stores.hub, new_base, old_head, base=old_base)
    found = compare.full_diff(stores, moved.tree, new_head, context=context)
    clean = [file for file in found if not {file.path, file.old_path} & set(moved.conflicts)]
    return sorted(clean + _as_it_stood(stores, moved.conflicts, old, new, context), key=lambda file: file.path)


def _as_it_stood(
    stores: Stores, conflicts: tuple[str, ...], old: Revision, new: Revision, context: int
) -> list[FileDiff]:
    """Files in conflict, unless the patch sets change them alike: then there is nothing to read."""
    if not conflicts:
        return []
    before = {file.path: file for file in compare.full_diff(stores, *old)}
    after = {file.path: file for file in compare.full_diff(stores, *new)}
    wanted = [path for path in conflicts if not _alike(before.get(path), after.get(path))]
    found = (compare.file_diff(stores, old[1], new[1], path, context=context) for path in wanted)
    return [file for file in found if file is not None]


def _alike(a: FileDiff | None, b: FileDiff | None) -> bool:
    if a is None or b is None:
        return a is b
    if a.binary or b.binary:
        return (a.old_blob, a.new_blob) == (b.old_blob, b.new_blob)
    bare = [candidates.identity_of([replace(file)]).total for file in (a, b)]
    return bare[0] == bare[1]
