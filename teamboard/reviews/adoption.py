"""Put a branch that is already in the repository under review: fetch it, read it, make its change."""

import hashlib

from teamboard.accounts.models import REVIEWER, User
from teamboard.board import queries as board
from teamboard.board import rights
from teamboard.board.models import Project
from teamboard.git.upstream import Upstream, UpstreamProblem
from teamboard.lib.refusal import Refused
from teamboard.reviews import actions, storage
from teamboard.reviews.models import Change
from teamboard.reviews.revision import Revision, keep, read_revision


def adopt(project: Project, branch: str, *, by: User, title: str = "") -> Change:
    """Its commits become patch set 1, by its own author. Twice gives the same change, brought up to date."""
    rights.require(by, project, REVIEWER, "put a branch under review")
    if project.status != Project.READY:
        raise Refused("not_ready", "The repository is still being opened.", remedy="Try again in a moment.")
    branch = branch.removeprefix("refs/heads/")
    if branch == project.target:
        raise Refused("is_target", f"{branch} is the target itself.", remedy="Choose another branch.", status=422)
    change = actions.adopt_branch(project, branch, branch_revision(project, branch), by=by, title=title)
    stores = storage.stores(project.pk)
    for patch_set in change.patch_sets.all():
        keep(stores, patch_set)
    return change


def branch_revision(project: Project, branch: str) -> Revision:
    """Fetch the branch as it is now and describe it; refuses in the words of the upstream."""
    stores = storage.stores(project.pk)
    try:
        upstream = Upstream(project.upstream, kind="local" if project.upstream_kind == Project.LOCAL else "remote")
        # As the target is now, not as it was last seen: the diff starts where the two part.
        target = stores.mirror(upstream, project.target)
        head = stores.fetch_branch(upstream, branch, _ref(branch))
    except UpstreamProblem as problem:
        raise Refused(problem.code, problem.message, remedy=problem.remedy, status=422) from problem
    base = stores.merge_base(target, head)
    if base is None:
        raise Refused(
            "unrelated",
            f"{branch} shares no commit with {project.target}, so there is nothing to compare it with.",
            remedy=f"Start the branch from {project.target}.",
            status=422,
        )
    guarded = board.settings_body(project).get("review", {}).get("guarded", [])
    return read_revision(stores, base, head, guarded=guarded)


def _ref(branch: str) -> str:
    """A name of our own: a user's branch name never becomes a ref of the hub."""
    return f"refs/adopted/{hashlib.sha256(branch.encode('utf-8', 'surrogateescape')).hexdigest()[:20]}"
