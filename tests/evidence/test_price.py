"""What an ask costs: only what rows and git can say."""

import pytest

from teamboard.evidence.asks import asks
from teamboard.evidence.price import Price, prices
from tests import factories

pytestmark = pytest.mark.django_db


def test_an_ask_unblocks_the_tasks_that_still_wait_for_its_task():
    first = factories.task()
    waiting = factories.task(first.project, waits_for=(first,))
    factories.task(first.project, waits_for=(first,), state="done")
    factories.patch_set(factories.change(task=first))
    (ask,) = asks(first.project)
    assert prices([ask]) == {ask.id: Price(unblocks=[waiting.pk])}


@pytest.mark.parametrize(
    ("fields", "risk"),
    [
        ({}, None),
        ({"guarded": ["tests/test_money.py"]}, "high"),
        ({"hints": {"tests": [{"name": "test_money", "what": "removed"}]}}, "high"),
    ],
)
def test_the_newest_patch_set_says_whether_a_change_is_risky(fields, risk):
    change = factories.change()
    factories.patch_set(change, guarded=["old"])
    factories.patch_set(change, **fields)
    (ask,) = asks(change.project)
    assert prices([ask])[ask.id].risk == risk
