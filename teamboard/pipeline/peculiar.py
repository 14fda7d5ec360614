"""What is peculiar about a repository that can be worked with all the same: said once, with what to do about it."""

from teamboard.git.location import Inspection, traits
from teamboard.git.stores import Stores

Note = dict[str, str]


def notes(seen: Inspection, there: Stores, head: str, target: str) -> list[Note]:
    """Of the target's files and of where HEAD stands."""
    submodules, lfs = traits(there.hub, head)
    found = []
    if submodules:
        found.append(
            _note(
                "submodules",
                "This repository has submodules. The board takes the pointers along and leaves the submodules alone: "
                "in agents' clones and in checks their folders are empty.",
                "If a check needs them, fetch them in the setup command under Settings; it may use the network once "
                "an Architect grants it.",
            )
        )
    if lfs:
        found.append(
            _note(
                "lfs",
                "This repository keeps files in Git LFS. The board, its agents and its checks see the pointers, "
                "not the files behind them.",
                "If a check needs the files, fetch them with git lfs in the setup command under Settings.",
            )
        )
    if seen.head_detached:
        found.append(
            _note(
                "detached_head",
                f"No branch is checked out there (HEAD is detached). The board works on {target}; what lands is on "
                "that branch, not in the files that are checked out.",
                f"Run git switch {target} there if you want to see it in the files.",
            )
        )
    return found


def _note(code: str, message: str, remedy: str) -> Note:
    return {"code": code, "message": message, "remedy": remedy}
