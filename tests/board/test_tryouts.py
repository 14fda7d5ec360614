"""An agent is tried as it is set; a verdict on other settings changes nothing."""

import pytest

from teamboard.board import actions
from teamboard.board.models import Tryout
from teamboard.lib.refusal import Refused
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_an_architect_asks_and_the_worker_records():
    agent = make.agent(make.project())
    asked = actions.ask_tryout(agent, by=make.ada())
    assert actions.ask_tryout(agent, by=make.ada()).pk == asked.pk
    row = actions.record_tryout(asked, edit=True, resume=False, version="2.1.197", seconds=4.2)
    assert (row.result, row.version, row.seconds) == (Tryout.READY, "2.1.197", 4.2)
    assert row.seen == {"edit": True, "resume": False}
    assert [kind for kind, _ in make.told(agent.project)] == ["tryout_moved", "tryout_moved"]


def test_a_failure_keeps_its_code():
    asked = actions.ask_tryout(make.agent(make.project()), by=make.ada())
    row = actions.record_tryout(asked, code="no_model", detail="There is none.")
    assert (row.result, row.failure_code, row.detail) == (Tryout.FAILED, "no_model", "There is none.")


def test_new_settings_are_tried_anew():
    agent = make.agent(make.project())
    asked = actions.ask_tryout(agent, by=make.ada())
    actions.edit_agent(agent, by=make.ada(), command="another")
    actions.ask_tryout(agent, by=make.ada())
    assert actions.record_tryout(asked, edit=True).result == Tryout.RUNNING


def test_nobody_else_tries_agents():
    project = make.project()
    agent = make.agent(project)
    for who in (make.rui(project), make.olga(project), make.eve()):
        with pytest.raises(Refused, match="Only an Architect may try an agent"):
            actions.ask_tryout(agent, by=who)
