"""Who may open a socket, what they may hear, and how soon it ends."""

from contextlib import ExitStack

import pytest
from django.contrib.sessions.models import Session
from django.db import transaction
from websockets.exceptions import ConnectionClosed, InvalidStatus

from teamboard.accounts.actions import issue_token, revoke_token
from teamboard.accounts.models import User
from teamboard.board.models import Membership, Project
from teamboard.events import bus
from teamboard.events.catalogue import MemberChanged, UserChanged
from teamboard.live import relay
from teamboard.live.topics import KINDS, OF_PROJECT
from tests import factories
from tests.live.conftest import hear, hear_beat, say, session_of
from tests.live.telling import invite


@pytest.fixture
def project(transactional_db):
    return factories.project()


def assert_closes(page) -> None:
    with pytest.raises(ConnectionClosed) as closed:
        hear(page)
    assert closed.value.rcvd.code == 4403


def test_nobody_in_particular_is_refused(web):
    with pytest.raises(InvalidStatus) as refused, web.socket():
        pass
    assert refused.value.response.status_code == 403


def test_an_ended_session_is_refused(web):
    cookie = session_of(factories.ada())
    Session.objects.all().delete()
    with pytest.raises(InvalidStatus), web.socket(cookie=cookie):
        pass


def test_a_script_joins_with_a_token_and_without_an_origin(web, project):
    _, secret = issue_token(factories.ada(), name="script")
    with web.socket(token=secret, origin=None) as script:
        say(script, join={f"team.{project.pk}": 0})
        hear_beat(script)
        assert invite(project, 1) == hear(script)["seq"]


def test_a_wrong_token_is_refused_even_beside_a_good_session(web):
    with pytest.raises(InvalidStatus), web.socket(token="wrong", cookie=session_of(factories.ada())):
        pass


@pytest.mark.parametrize("member", [factories.rui, factories.olga])
def test_every_member_may_listen(web, project, member):
    with web.socket(cookie=session_of(member(project))) as page:
        say(page, join={f"board.{project.pk}": 0})
        assert hear_beat(page)["at"].keys() == {f"board.{project.pk}"}


@pytest.mark.parametrize("kind", ["board", "project", "inbox", "queue", "team", "settings", "branches"])
def test_a_stranger_hears_nothing_of_a_project(web, project, kind):
    topic = f"{kind}.{project.pk}"
    with web.socket(cookie=session_of(factories.eve())) as page:
        say(page, join={topic: 0})
        assert hear(page) == {"kind": "refused", "topic": topic}
        assert hear_beat(page, joined=False)["at"] == {}


def every_topic(project: Project, person: User) -> list[str]:
    """One of each kind there is, of `person` what is their own; a new kind of object fails here until it is made."""
    task = factories.task(project)
    run, change = factories.run(task), factories.change(project)
    objects = {"task": task.pk, "runstate": run.pk, "run": run.pk, "change": change.pk, "person": person.pk}
    return [f"{kind}.{project.pk if kind in OF_PROJECT else objects[kind]}" for kind in KINDS]


def test_an_architect_of_another_project_hears_nothing_of_any_kind(web, project):
    topics = every_topic(project, factories.ada())
    eve = factories.architect_of(factories.project(), factories.eve())
    with web.socket(cookie=session_of(eve)) as page:
        say(page, join=dict.fromkeys(topics, 0))
        refused = [hear(page) for _ in topics]
        assert {(frame["kind"], frame["topic"]) for frame in refused} == {("refused", topic) for topic in topics}
        assert hear_beat(page, joined=False)["at"] == {}


def test_an_observer_may_listen_to_every_kind(web, project):
    olga = factories.olga(project)
    topics = every_topic(project, olga)
    with web.socket(cookie=session_of(olga)) as page:
        say(page, join=dict.fromkeys(topics, 0))
        assert hear_beat(page)["at"].keys() == set(topics)


def test_a_stranger_hears_nothing_of_a_task(web, project):
    topic = f"task.{factories.task(project).pk}"
    with web.socket(cookie=session_of(factories.eve())) as page:
        say(page, join={topic: 0})
        assert hear(page) == {"kind": "refused", "topic": topic}


def test_what_is_a_persons_own_is_heard_by_them_alone(web, project):
    ada, eve = factories.ada(), factories.eve()
    with web.socket(cookie=session_of(eve)) as page:
        say(page, join={f"person.{ada.pk}": 0})
        assert hear(page) == {"kind": "refused", "topic": f"person.{ada.pk}"}
        say(page, join={f"person.{eve.pk}": 0})
        assert hear_beat(page)["at"].keys() == {f"person.{eve.pk}"}


@pytest.mark.parametrize(
    "topic", ["person.999999", "board.999999", "nothing.1", "board.", "board.x", "board.1.2", "", "run.١"]
)
def test_what_is_not_there_is_refused_like_what_may_not_be_seen(web, project, topic):
    with web.socket(cookie=session_of(factories.ada())) as page:
        say(page, join={topic: 0})
        assert hear(page) == {"kind": "refused", "topic": topic}


def test_a_closed_membership_closes_the_socket(web, project):
    rui = factories.rui(project)
    with web.socket(cookie=session_of(rui)) as page:
        say(page, join={f"board.{project.pk}": 0})
        hear_beat(page)
        with transaction.atomic():
            Membership.objects.filter(user=rui).delete()
            bus.publish(MemberChanged(project=project.pk, user=rui.pk))
        assert_closes(page)


def test_another_role_keeps_the_socket_open(web, project):
    rui = factories.rui(project)
    with web.socket(cookie=session_of(rui)) as page:
        say(page, join={f"team.{project.pk}": 0})
        hear_beat(page)
        with transaction.atomic():
            Membership.objects.filter(user=rui).update(role="observer")
            bus.publish(MemberChanged(project=project.pk, user=rui.pk))
        assert invite(project, 1) == hear(page)["seq"]


def test_signing_out_closes_the_socket(web, project):
    ada = factories.ada()
    with web.socket(cookie=session_of(ada)) as page:
        say(page, join={f"board.{project.pk}": 0})
        hear_beat(page)
        Session.objects.all().delete()
        relay.control({"user": ada.pk})
        assert_closes(page)


def test_a_session_that_ended_without_a_word_is_found_out(web, project):
    with web.socket(cookie=session_of(factories.ada())) as page:
        say(page, join={f"board.{project.pk}": 0})
        hear_beat(page)
        Session.objects.all().delete()
        # Within six heartbeats.
        assert_closes(page)


def test_a_revoked_token_closes_the_socket_even_if_it_listens_to_nothing(web, project):
    ada = factories.ada()
    token, secret = issue_token(ada, name="script")
    with web.socket(token=secret, origin=None) as script:
        hear_beat(script, joined=False)
        revoke_token(token, by=ada)
        assert_closes(script)


def test_a_disabled_person_is_closed_out(web, project):
    rui = factories.rui(project)
    with web.socket(cookie=session_of(rui)) as page:
        say(page, join={f"board.{project.pk}": 0})
        hear_beat(page)
        with transaction.atomic():
            User.objects.filter(pk=rui.pk).update(is_active=False)
            bus.publish(UserChanged(project=0, user=rui.pk))
        assert_closes(page)


def test_the_twenty_first_page_of_a_person_is_turned_away(web):
    cookie = session_of(factories.ada())
    with ExitStack() as open_pages:
        for _ in range(20):
            hear_beat(open_pages.enter_context(web.socket(cookie=cookie)), joined=False)
        one_more = open_pages.enter_context(web.socket(cookie=cookie))
        with pytest.raises(ConnectionClosed) as closed:
            hear(one_more)
        assert closed.value.rcvd.code == 4429
