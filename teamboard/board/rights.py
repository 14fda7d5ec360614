"""Who may do what in a project; every action that has a role rule asks here."""

from django.db.models import QuerySet

from teamboard.accounts.models import ARCHITECT, OBSERVER, RANK, REVIEWER, ROLES, User
from teamboard.board.models import Membership, Project
from teamboard.lib.refusal import Refused

LABEL = dict(ROLES)
ABOVE = {OBSERVER: "a member", REVIEWER: "an Architect or a Reviewer", ARCHITECT: "an Architect"}


def role_in(user: User, project: Project) -> str:
    """The higher of the role on the whole board and the role in this project; "" for a stranger."""
    if not user.is_active:
        return ""
    own = Membership.objects.filter(project=project, user_id=user.pk).values_list("role", flat=True).first() or ""
    return max(own, user.instance_role, key=RANK.__getitem__)


def may(user: User, project: Project, role: str) -> bool:
    return RANK[role_in(user, project)] >= RANK[role]


def require(by: User, project: Project, role: str, deed: str) -> None:
    """Refuse unless `by` has at least `role` here. `deed` completes "Only an Architect may ..."."""
    if not may(by, project, role):
        raise _forbidden(role, deed)


def require_instance(by: User, role: str, deed: str) -> None:
    if not by.is_active or RANK[by.instance_role] < RANK[role]:
        raise _forbidden(role, deed, " of the whole board")


def _forbidden(role: str, deed: str, where: str = "") -> Refused:
    who = ABOVE[role]
    return Refused(
        "forbidden",
        f"Only {who}{where} may {deed}.",
        remedy=f"Ask {who} to do it or to change your role.",
        details={"needs": role},
        status=403,
    )


def architects_of(project: Project) -> "QuerySet[User]":
    """Everybody who may decide here."""
    here = Membership.objects.filter(project=project, role=ARCHITECT).values("user_id")
    active = User.objects.filter(is_active=True)
    return active.filter(instance_role=ARCHITECT) | active.filter(pk__in=here)
