"""Taking an existing branch under review: fetch it into the hub, read it, open the change."""

import hashlib

from teamboard.accounts.models import User
from teamboard.board import queries as board
from teamboard.board.models import Project
from teamboard.git.stores import Stores
from teamboard.git.upstream import Upstream, UpstreamProblem, check_branch
from teamboard.lib.refusal import Refused
from teamboard.reviews import storage
from teamboard.reviews.actions import adopt_branch
from teamboard.reviews.models import Change
from teamboard.reviews.revision import Revision, keep, read_revision
from teamboard.reviews.states import OPEN


def adopted_ref(branch: str) -> str:
    """Where the hub keeps a branch under review. Branch names are never used as ref names of ours."""
    return f"refs/adopted/{hashlib.sha256(branch.encode('utf-8', 'surrogateescape')).hexdigest()[:20]}"


def adopt(project: Project, branch: str, *, by: User, title: str = "") -> Change:
    """The open change of this branch, made if there is none. Refuses with what is wrong and what to do."""
    if project.status != Project.READY:
        raise Refused("not_ready", f"{project.name} is not open yet.", remedy=project.problem or "Wait a moment.")
    known = Change.objects.filter(project=project, branch=branch, state=OPEN).first()
    if known:
        return known
    stores = storage.stores(project.pk)
    change = adopt_branch(project, branch, revision_of(project, stores, branch), by=by, title=title)
    for patch_set in change.patch_sets.all():
        keep(stores, patch_set)
    return change


def revision_of(project: Project, stores: Stores, branch: str) -> Revision:
    """The branch as it stands upstream now, against where it left the target."""
    upstream = Upstream(project.upstream, "remote" if project.upstream_kind == Project.REMOTE else "local")
    try:
        check_branch(upstream, branch)
        head = stores.fetch_branch(upstream, branch, adopted_ref(branch))
    except UpstreamProblem as problem:
        raise Refused(problem.code, problem.message, remedy=problem.remedy, status=422) from problem
    base = stores.merge_base(project.head_sha, head)
    if base is None:
        raise Refused(
            "unrelated",
            f"{branch} shares no commit with {project.target}.",
            remedy="Choose a branch that was cut from the target.",
            status=422,
        )
    if base == head:
        raise Refused(
            "nothing_to_review",
            f"{branch} has no commit that {project.target} does not have.",
            remedy="Commit something on it first.",
            status=422,
        )
    guarded = board.settings_body(project).get("review", {}).get("guarded", [])
    return read_revision(stores, base, head, guarded=guarded)
