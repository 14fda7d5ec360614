"""Who else looks at a change: told to all its pages, across web processes, and to nobody when nobody can know."""

import re

import pytest

from tests import factories
from tests.live.conftest import Valkey, hear, say, session_of, web_process


@pytest.fixture
def change(transactional_db):
    return factories.change(factories.project())


def here(page, change) -> list[str]:
    """The people of the next frame that says who is here."""
    while True:
        frame = hear(page)
        if frame.get("target") == "presence":
            assert frame["topic"] == f"change.{change.pk}"
            return re.findall(r'data-name="([^"]+)"', frame["html"])


def until(page, change, *people: str) -> None:
    while sorted(here(page, change)) != sorted(people):
        pass


def test_people_come_and_go(web, change):
    ada, rui = factories.ada(), factories.rui(change.project)
    with web.socket(cookie=session_of(ada)) as mine:
        say(mine, join={f"change.{change.pk}": 0})
        until(mine, change, ada.label)
        with web.socket(cookie=session_of(rui)) as theirs:
            say(theirs, join={f"change.{change.pk}": 0})
            until(mine, change, ada.label, rui.label)
            until(theirs, change, ada.label, rui.label)
            with web.socket(cookie=session_of(rui)) as second:
                # Another page of somebody who is here already is told too.
                say(second, join={f"change.{change.pk}": 0})
                until(second, change, ada.label, rui.label)
        until(mine, change, ada.label)


def test_people_on_another_process_are_seen_and_without_redis_nobody_is(change, tmp_path, relay_to):
    ada, rui = factories.ada(), factories.rui(change.project)
    valkey, folders = Valkey(tmp_path), (tmp_path / "one", tmp_path / "two")
    relay_to(valkey.url)
    for folder in folders:
        folder.mkdir()
    with (
        web_process(folders[0], valkey.url) as one,
        web_process(folders[1], valkey.url) as two,
        one.socket(cookie=session_of(ada)) as mine,
        two.socket(cookie=session_of(rui)) as theirs,
    ):
        say(mine, join={f"change.{change.pk}": 0})
        say(theirs, join={f"change.{change.pk}": 0})
        until(mine, change, ada.label, rui.label)
        until(theirs, change, ada.label, rui.label)
        valkey.stop()
        until(mine, change)
        until(theirs, change)
