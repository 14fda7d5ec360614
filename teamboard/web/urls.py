"""All addresses of pages. Ids are global; who may see what is decided in access.py."""

from django.urls import path

from teamboard.web.review_urls import urlpatterns as review_urls
from teamboard.web.views import board, branches, join, palette, run, settings, signin, start, task, team

urlpatterns = [
    path("", start.show),
    path("projects/open/", start.open_repository),
    path("start/", signin.first_visit),
    path("sign-in/", signin.show),
    path("sign-in/link/", signin.by_link),
    path("sign-out/", signin.leave),
    path("join/", join.show),
    path("palette/", palette.everywhere),
    path("p/<int:pid>/", board.show),
    path("p/<int:pid>/palette/", palette.in_project),
    path("p/<int:pid>/tasks/", task.create),
    path("p/<int:pid>/branches/", branches.show),
    path("p/<int:pid>/branches/adopt/", branches.adopt),
    path("p/<int:pid>/settings/", settings.show),
    path("p/<int:pid>/settings/accept/", settings.accept),
    path("p/<int:pid>/settings/calibrate/", settings.calibrate),
    path("p/<int:pid>/settings/grants/", settings.grant),
    path("grants/<int:pk>/revoke/", settings.revoke),
    path("p/<int:pid>/agents/", settings.add_agent),
    path("agents/<int:pk>/edit/", settings.edit_agent),
    path("p/<int:pid>/team/", team.show),
    path("p/<int:pid>/team/invite/", team.invite),
    path("p/<int:pid>/team/role/", team.change_role),
    path("p/<int:pid>/team/share/", team.share),
    path("invitations/<int:pk>/withdraw/", team.withdraw),
    path("tokens/", team.issue_token),
    path("tokens/<int:pk>/revoke/", team.revoke_token),
    path("tasks/<int:pk>/", task.show),
    path("tasks/<int:pk>/edit/", task.edit),
    path("tasks/<int:pk>/move/", task.move),
    path("tasks/<int:pk>/start/", task.start),
    path("tasks/<int:pk>/abandon/", task.abandon),
    path("tasks/<int:pk>/restore/", task.restore),
    path("runs/<int:pk>/", run.show),
    path("runs/<int:pk>/lines/", run.lines),
    path("runs/<int:pk>/steer/", run.steer),
    path("runs/<int:pk>/stop/", run.stop),
    path("runs/<int:pk>/resume/", run.resume),
    path("questions/<int:pk>/answer/", run.answer_question),
    *review_urls,
]
