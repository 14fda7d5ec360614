"""Who belongs to a project and as what."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from teamboard.accounts import limits
from teamboard.accounts.actions import INSTANCE, make_user, set_display_name
from teamboard.accounts.models import ARCHITECT, RANK, User
from teamboard.accounts.queries import architects
from teamboard.accounts.secret import digest, new_secret
from teamboard.board import errors
from teamboard.board.models import Invitation, Membership, Project
from teamboard.board.rights import LABEL, architects_of, require, require_instance
from teamboard.events import bus
from teamboard.events.catalogue import InvitationChanged, MemberChanged, PersonNamed, UserChanged
from teamboard.lib.refusal import Refused

WEEK = timedelta(days=7)
LONGEST = timedelta(days=30)


@transaction.atomic
def invite(project: Project, *, role: str, by: User, expires_in: timedelta = WEEK) -> tuple[Invitation, str]:
    """A link for one person; its secret is returned once."""
    require(by, project, ARCHITECT, "invite somebody")
    _check_role(role)
    if not timedelta(0) < expires_in <= LONGEST:
        raise errors.invalid(
            "An invitation holds between one minute and 30 days.", "Choose another time.", field="expires_in"
        )
    secret = new_secret()
    row = Invitation.objects.create(
        project=project, role=role, digest=digest(secret), created_by=by, expires_at=timezone.now() + expires_in
    )
    bus.publish(InvitationChanged(project=project.pk, invitation=row.pk), actor=by.actor)
    return row, secret


@transaction.atomic
def withdraw_invitation(invitation: Invitation, *, by: User) -> None:
    require(by, invitation.project, ARCHITECT, "withdraw an invitation")
    open_ones = Invitation.objects.filter(pk=invitation.pk, used_at=None, withdrawn_at=None)
    if open_ones.update(withdrawn_at=timezone.now()):
        bus.publish(InvitationChanged(project=invitation.project_id, invitation=invitation.pk), actor=by.actor)


def accept_invitation(
    secret: str, *, user: User | None = None, username: str = "", display_name: str = "", address: str = ""
) -> Membership:
    """Join as `user`, or as a new person called `username`. A refused name does not use the invitation up."""
    limits.check(address)
    with transaction.atomic():
        invitation = _consume(secret)
        if invitation is not None:
            return _join(invitation, user or make_user(username, display_name=display_name))
    limits.count_failure(address)
    raise errors.invitation_invalid()


def _consume(secret: str) -> Invitation | None:
    now = timezone.now()
    live = Invitation.objects.filter(digest=digest(secret), used_at=None, withdrawn_at=None, expires_at__gt=now)
    if not live.update(used_at=now):
        return None
    return Invitation.objects.select_related("project").get(digest=digest(secret))


def _join(invitation: Invitation, user: User) -> Membership:
    """Somebody who is here already keeps the higher role."""
    Invitation.objects.filter(pk=invitation.pk).update(used_by=user)
    row, new = Membership.objects.get_or_create(
        project=invitation.project, user=user, defaults={"role": invitation.role}
    )
    if not new and RANK[invitation.role] > RANK[row.role]:
        row.role = invitation.role
        row.save(update_fields=["role"])
    bus.publish(UserChanged(project=INSTANCE, user=user.pk), actor=user.actor)
    bus.publish(InvitationChanged(project=invitation.project_id, invitation=invitation.pk), actor=user.actor)
    bus.publish(MemberChanged(project=invitation.project_id, user=user.pk), actor=user.actor)
    return row


@transaction.atomic
def change_role(project: Project, *, user: User, role: str, by: User) -> Membership | None:
    """The role in this project; "" takes the membership away."""
    require(by, project, ARCHITECT, "change roles")
    if role:
        _check_role(role)
    Project.objects.select_for_update().get(pk=project.pk)
    others = architects_of(project).exclude(pk=user.pk)
    if role != ARCHITECT and not others.exists():
        raise errors.last_architect()
    if RANK[user.instance_role] > RANK[role]:
        raise Refused(
            "instance_role",
            f"{user.label} is {LABEL[user.instance_role]} of the whole board, in every project.",
            remedy="Change the role on the whole board first.",
        )
    return _set_role(project, user, role, by)


def _set_role(project: Project, user: User, role: str, by: User) -> Membership | None:
    rows = Membership.objects.filter(project=project, user=user)
    if not role:
        row = None
        rows.delete()
    else:
        row, _ = Membership.objects.update_or_create(project=project, user=user, defaults={"role": role})
    bus.publish(UserChanged(project=INSTANCE, user=user.pk), actor=by.actor)
    bus.publish(MemberChanged(project=project.pk, user=user.pk), actor=by.actor)
    return row


@transaction.atomic
def change_instance_role(user: User, *, role: str, by: User) -> User:
    """The role on the whole board; "" leaves only the memberships."""
    require_instance(by, ARCHITECT, "change roles of the whole board")
    if role:
        _check_role(role)
    others = architects().select_for_update().exclude(pk=user.pk)
    if role != ARCHITECT and not list(others):
        raise errors.last_architect()
    user.instance_role = role
    user.save(update_fields=["instance_role"])
    bus.publish(UserChanged(project=INSTANCE, user=user.pk), actor=by.actor)
    for pk in Project.objects.order_by("pk").values_list("pk", flat=True):
        bus.publish(MemberChanged(project=pk, user=user.pk), actor=by.actor)
    return user


@transaction.atomic
def rename_person(user: User, *, display_name: str, by: User) -> User:
    """What somebody is called, in every project: their name stays under what they wrote."""
    user = set_display_name(user, display_name=display_name, by=by)
    for pk in (INSTANCE, *Project.objects.order_by("pk").values_list("pk", flat=True)):
        bus.publish(PersonNamed(project=pk, user=user.pk), actor=by.actor)
    return user


def _check_role(role: str) -> None:
    if role not in LABEL:
        raise errors.invalid(f"There is no role “{role}”.", "Use architect, reviewer or observer.", field="role")
