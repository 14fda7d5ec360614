"""The endpoint of an agent: its key is put away, and never goes to another address than the one it was given for."""

import json
import stat
from pathlib import Path

import pytest
from django.conf import settings

from teamboard.api import agent_shapes
from teamboard.board import actions, keys
from teamboard.board.models import Agent
from teamboard.lib.refusal import Refused
from teamboard.pipeline.briefs import config_of
from tests import factories as make

pytestmark = pytest.mark.django_db

KEY = "sk-ant-secret-0123456789"
URL = "https://api.example.com/v1"


def hired(**fields) -> Agent:
    given = {"kind": "claude", "endpoint": {"base_url": f"{URL}/", "api_key": KEY}, **fields}
    return actions.add_agent(make.project(), by=make.ada(), name="Robin", **given)


def test_the_key_is_in_a_file_of_the_boards_alone():
    agent = hired()
    agent.refresh_from_db()
    assert KEY not in json.dumps(agent.endpoint)
    assert KEY not in json.dumps(agent_shapes.agent(agent))
    assert agent_shapes.agent(agent)["endpoint"] == {"base_url": URL, "has_key": True}
    file = Path(settings.DATA_DIR) / "keys" / agent.endpoint["key"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_the_runner_gets_it_and_masks_it():
    config = config_of(hired())
    assert config.endpoint.api_key == KEY
    assert config.secrets == (KEY,)
    assert KEY not in repr(config.endpoint)


def test_an_edit_without_a_key_keeps_it_for_the_same_address_only():
    agent = hired()
    actions.edit_agent(agent, by=make.ada(), endpoint={"base_url": URL})
    assert config_of(agent).endpoint.api_key == KEY
    actions.edit_agent(agent, by=make.ada(), endpoint={"base_url": "https://elsewhere.example/v1"})
    assert config_of(agent).endpoint.api_key == ""


@pytest.mark.parametrize("name", ["", "../secret.key", "a" * 19, "x/" + "a" * 30])
def test_a_name_that_is_none_of_a_key_reads_nothing(name):
    assert keys.read(name) == ""


@pytest.mark.parametrize(
    ("endpoint", "words"),
    [
        ("https://x", "a table of base_url and api_key"),
        ({"url": "https://x"}, "a table of base_url and api_key"),
        ({"base_url": 3}, "a table of base_url and api_key"),
        ({"api_key": KEY}, "no base_url"),
        ({"base_url": "ftp://x"}, "not a plain http"),
        ({"base_url": "https://user:pw@x/"}, "not a plain http"),
        ({"base_url": "https://x/?a=1"}, "not a plain http"),
        ({"base_url": "https://x:99999"}, "not a plain http"),
        ({"base_url": "http://x.example", "api_key": KEY}, "in the clear"),
        ({"base_url": URL, "api_key": "short"}, "not a key"),
        ({"base_url": URL, "api_key": "with space inside"}, "not a key"),
        ({"base_url": URL, "api_key": "line\nbreak-in-it"}, "not a key"),
    ],
)
def test_what_is_no_endpoint_is_refused_in_words(endpoint, words):
    with pytest.raises(Refused, match=words):
        hired(endpoint=endpoint)


def test_a_server_on_this_machine_may_be_plain_http():
    assert config_of(hired(endpoint={"base_url": "http://127.0.0.1:11434/v1", "api_key": KEY})).endpoint.api_key == KEY


def test_a_command_is_not_pointed_anywhere_by_the_board():
    with pytest.raises(Refused, match="not pointed at an endpoint"):
        hired(kind="command", command="true")


def test_a_mode_is_one_of_the_programs_own():
    assert hired(mode="plan").mode == "plan"
    with pytest.raises(Refused, match="Claude Code has no mode “turbo”"):
        hired(mode="turbo")
