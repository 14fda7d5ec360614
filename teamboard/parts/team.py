"""The team page: who is here in which role, and which invitations are open."""

from django.template.loader import render_to_string

from teamboard.accounts.models import ROLES
from teamboard.board import queries
from teamboard.board.models import Project
from teamboard.events import catalogue as facts
from teamboard.events.bus import Logged
from teamboard.parts.marks import person, safe
from teamboard.parts.registry import Frame, live_part

RIGHTS = {
    "architect": "starts agents, votes up to +2, changes settings",
    "reviewer": "writes tasks, comments, votes −1 and +1",
    "observer": "reads everything",
}


def members(project: Project) -> str:
    rows = [
        {"member": member, "mark": safe(person(member.user, "l")), "rights": RIGHTS[member.role]}
        for member in queries.members(project)
    ]
    return safe(render_to_string("team/members.html", {"project": project, "rows": rows, "roles": ROLES}))


def invitations(project: Project) -> str:
    values = {"project": project, "rows": queries.open_invitations(project)}
    return safe(render_to_string("team/invitations.html", values))


@live_part(facts.MemberChanged, facts.InvitationChanged, facts.PersonNamed, topic="team")
def frames(logged: Logged) -> list[Frame]:
    return [frame for project in Project.objects.filter(pk=logged.project) for frame in _frames(project)]


def _frames(project: Project) -> list[Frame]:
    topic = f"team.{project.pk}"
    return [
        Frame(topic, target="members", html=members(project)),
        Frame(topic, target="invitations", html=invitations(project)),
    ]
