"""AI teammates are added and edited by architects."""

import pytest

from teamboard.board import actions, queries
from teamboard.lib.refusal import Refused
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_a_command_may_be_one_line_or_words():
    project = make.project()
    one = actions.add_agent(project, by=make.ada(), name="Robin", command="codex exec 'be brief'")
    two = actions.add_agent(project, by=make.ada(), name="Sam", command=["codex", "exec"], limits={"minutes": 5})
    assert (one.command, two.command) == (["codex", "exec", "be brief"], ["codex", "exec"])
    assert queries.agents_of(project) == [one, two]
    assert make.told(project) == [("agent_changed", make.ada().actor)] * 2


def test_an_agent_is_edited():
    agent = make.agent(make.project())
    actions.edit_agent(agent, by=make.ada(), name=" Night   shift ", limits={"usd": 2.5})
    agent.refresh_from_db()
    assert (agent.name, agent.limits) == ("Night shift", {"usd": 2.5})


def test_nobody_else_adds_or_edits_agents():
    project = make.project()
    agent = make.agent(project)
    for who in (make.rui(project), make.olga(project), make.eve()):
        with pytest.raises(Refused, match="Only an Architect may add agents"):
            actions.add_agent(project, by=who, name="Robin", command="true")
        with pytest.raises(Refused, match="Only an Architect may edit agents"):
            actions.edit_agent(agent, by=who, name="Mine")


def test_a_taken_name_is_refused_in_this_project_only():
    project = make.project()
    first = actions.add_agent(project, by=make.ada(), name="Robin", command="true")
    with pytest.raises(Refused, match="An agent called Robin is already here. Choose another name.") as refused:
        actions.add_agent(project, by=make.ada(), name="robin", command="true")
    assert refused.value.details == {"agent": first.pk}
    assert actions.add_agent(make.project(), by=make.ada(), name="Robin", command="true")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"command": ""}, "The agent has no command"),
        ({"command": []}, "The agent has no command"),
        ({"command": [" "]}, "The agent has no command"),
        ({"command": "say 'hello"}, "never closed"),
        ({"command": [1]}, "must be words"),
        ({"command": "x", "name": "  "}, "needs a name"),
        ({"command": "x", "kind": "oracle"}, "are not known here. Use .*command or .*scripted"),
        ({"command": "x", "limits": {"minutes": 0}}, "is not a limit"),
        ({"command": "x", "limits": {"wishes": 3}}, "is not a limit"),
        ({"command": "x", "limits": {"usd": True}}, "is not a limit"),
        ({"command": "x", "limits": []}, "must be a table"),
        ({"command": "x", "colour": "red"}, "has no “colour”"),
        ({"kind": "scripted", "script": ""}, "has no script"),
        ({"kind": "scripted", "script": "[[step]"}, "does not parse.*line 1"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(fields, words):
    with pytest.raises(Refused, match=words) as refused:
        actions.add_agent(make.project(), by=make.ada(), **{"name": "Robin", **fields})
    assert refused.value.status == 422
