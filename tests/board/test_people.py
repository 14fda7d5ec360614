"""Invitations, roles, and the last architect."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from teamboard.accounts import limits
from teamboard.accounts.models import User
from teamboard.board import actions, queries
from teamboard.board.models import Invitation
from teamboard.lib.refusal import Refused
from tests import factories as make

pytestmark = pytest.mark.django_db


def invite(project, **fields):
    return actions.invite(project, role="reviewer", by=make.ada(), **fields)


def test_a_stranger_joins_by_an_invitation():
    project = make.project()
    row, secret = invite(project)
    assert queries.open_invitations(project) == [row]
    membership = actions.accept_invitation(secret, username="mira", display_name="Mira Okafor")
    assert (membership.role, membership.user.label) == ("reviewer", "Mira Okafor")
    assert queries.role_in(membership.user, project) == "reviewer"
    assert queries.open_invitations(project) == []
    row.refresh_from_db()
    assert row.used_by == membership.user
    ada, mira = make.ada().actor, membership.user.actor
    assert make.told(project) == [("invitation_changed", ada), ("invitation_changed", mira), ("member_changed", mira)]


def test_somebody_signed_in_joins_as_themselves():
    project = make.project()
    _, secret = invite(project)
    assert actions.accept_invitation(secret, user=make.eve()).user == make.eve()


def test_who_is_here_already_keeps_the_higher_role():
    project = make.project()
    make.olga(project)
    assert actions.accept_invitation(invite(project)[1], user=make.olga()).role == "reviewer"
    _, secret = actions.invite(project, role="observer", by=make.ada())
    assert actions.accept_invitation(secret, user=make.olga()).role == "reviewer"


def answers(*secrets):
    found = set()
    for secret in secrets:
        with pytest.raises(Refused) as refused:
            actions.accept_invitation(secret, user=make.eve())
        found.add((refused.value.code, str(refused.value), refused.value.status, str(refused.value.details)))
    return found


def test_used_expired_withdrawn_and_unknown_get_one_answer():
    project = make.project()
    _, used = invite(project)
    actions.accept_invitation(used, user=make.rui())
    old, expired = invite(project)
    Invitation.objects.filter(pk=old.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    row, withdrawn = invite(project)
    actions.withdraw_invitation(row, by=make.ada())
    assert len(answers(used, expired, withdrawn, "unknown")) == 1


def test_a_refused_name_does_not_use_the_invitation_up():
    project = make.project()
    _, secret = invite(project)
    with pytest.raises(Refused, match="is taken"):
        actions.accept_invitation(secret, username="ada")
    assert actions.accept_invitation(secret, username="mira")


@pytest.mark.django_db(transaction=True)
def test_of_many_who_accept_at_once_one_joins():
    _, secret = invite(make.project())

    def accept(number):
        try:
            return actions.accept_invitation(secret, username=f"mira{number}")
        except Refused:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        joined = [row for row in pool.map(accept, range(8)) if row]
    assert len(joined) == User.objects.filter(username__startswith="mira").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_who_take_one_name_at_once_one_gets_it_and_no_invitation_is_lost():
    project = make.project()
    secrets = [invite(project)[1] for _ in range(5)]

    def accept(secret):
        try:
            return actions.accept_invitation(secret, username="mira").user.username
        except Refused as refused:
            return refused.code
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as pool:
        found = sorted(pool.map(accept, secrets))
    assert found == ["mira", *["username_taken"] * 4]
    assert len(queries.open_invitations(project)) == 4


def test_guessing_invitations_is_slowed_down():
    for _ in range(limits.PER_ADDRESS):
        with pytest.raises(Refused, match="cannot be used"):
            actions.accept_invitation("guess", username="mira", address="10.0.0.1")
    with pytest.raises(Refused, match="Wait a minute"):
        actions.accept_invitation("guess", username="mira", address="10.0.0.1")


def test_only_an_architect_invites_and_withdraws():
    project = make.project()
    row, _ = invite(project)
    for who in (make.rui(project), make.olga(project), make.eve()):
        with pytest.raises(Refused, match="Only an Architect may invite somebody"):
            actions.invite(project, role="observer", by=who)
        with pytest.raises(Refused, match="Only an Architect may withdraw"):
            actions.withdraw_invitation(row, by=who)


def test_an_invitation_needs_a_known_role_and_a_sensible_time():
    with pytest.raises(Refused, match="There is no role “king”"):
        actions.invite(make.project(), role="king", by=make.ada())
    for life in (timedelta(0), timedelta(days=31)):
        with pytest.raises(Refused, match="between one minute and 30 days"):
            invite(make.project(), expires_in=life)


# Roles


def test_an_architect_changes_roles():
    project = make.project()
    actions.change_role(project, user=make.rui(project), role="architect", by=make.ada())
    assert queries.role_in(make.rui(), project) == "architect"
    assert make.told(project) == [("member_changed", make.ada().actor)]


def test_an_empty_role_takes_the_membership_away():
    project = make.project()
    assert actions.change_role(project, user=make.rui(project), role="", by=make.ada()) is None
    assert queries.role_in(make.rui(), project) == ""


def test_nobody_else_changes_roles():
    project = make.project()
    for who in (make.rui(project), make.olga(project), make.eve()):
        with pytest.raises(Refused, match="Only an Architect may change roles"):
            actions.change_role(project, user=who, role="architect", by=who)


def test_the_last_architect_cannot_be_demoted():
    project = make.project()
    with pytest.raises(Refused, match="This is the last Architect of the project. Make somebody else"):
        actions.change_role(project, user=make.ada(), role="observer", by=make.ada())
    with pytest.raises(Refused, match="last Architect"):
        actions.change_instance_role(make.ada(), role="", by=make.ada())


def test_a_role_on_the_whole_board_is_not_lowered_in_one_project():
    project = make.project()
    actions.change_role(project, user=make.rui(project), role="architect", by=make.ada())
    with pytest.raises(Refused, match="Change the role on the whole board first"):
        actions.change_role(project, user=make.ada(), role="observer", by=make.rui())


def test_a_role_on_the_whole_board_is_changed_and_told_everywhere():
    projects = [make.project(), make.project()]
    actions.change_instance_role(make.rui(), role="architect", by=make.ada())
    actions.change_instance_role(make.ada(), role="reviewer", by=make.ada())
    assert queries.role_in(make.ada(), projects[0]) == "reviewer"
    assert make.told(0)[-1][0] == "user_changed"
    assert [len(make.told(project)) for project in projects] == [2, 2]


def test_an_architect_of_one_project_does_not_change_the_whole_board():
    project = make.project()
    actions.change_role(project, user=make.rui(project), role="architect", by=make.ada())
    with pytest.raises(Refused, match="Only an Architect of the whole board"):
        actions.change_instance_role(make.rui(), role="architect", by=make.rui())


def test_members_are_listed_once_the_highest_role_first():
    project = make.project()
    make.olga(project), make.rui(project)
    make.Membership.objects.create(project=project, user=make.ada(), role="observer")
    found = [(member.user.username, member.role, member.everywhere) for member in queries.members(project)]
    assert found == [("ada", "architect", True), ("rui", "reviewer", False), ("olga", "observer", False)]


def test_who_left_has_no_role():
    project = make.project()
    User.objects.filter(pk=make.ada().pk).update(is_active=False)
    assert queries.role_in(User.objects.get(username="ada"), project) == ""
    assert queries.members(project) == []
