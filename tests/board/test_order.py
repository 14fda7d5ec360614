"""Cards keep the order people give them."""

import random

import pytest

from teamboard.board import actions, queries
from teamboard.lib.refusal import Refused
from tests import factories as make

pytestmark = pytest.mark.django_db


def order(project):
    return [row.number for row in queries.board_rows(project)]


def test_a_card_goes_in_front_of_another_or_to_the_end():
    project = make.project()
    a, _, c = (make.task(project) for _ in range(3))
    actions.move_task(c, by=make.ada(), before=a)
    assert order(project) == [3, 1, 2]
    actions.move_task(c, by=make.ada())
    assert order(project) == [1, 2, 3]
    assert make.told(project) == [("task_changed", make.ada().actor)] * 2


def test_a_card_changes_its_lane_and_place_at_once():
    project = make.project()
    a, b = make.task(project, state="ready"), make.task(project)
    actions.move_task(b, by=make.rui(project), state="ready", before=a)
    b.refresh_from_db()
    assert (b.state, order(project)) == ("ready", [2, 1])


def test_in_front_of_itself_means_the_end():
    project = make.project()
    a, _ = make.task(project), make.task(project)
    actions.move_task(a, by=make.ada(), before=a)
    assert order(project) == [2, 1]


def test_moves_to_one_place_without_end_keep_the_order():
    project = make.project()
    cards = [make.task(project) for _ in range(3)]
    expected = [1, 2, 3]
    for turn in range(120):
        mover = cards[turn % 2]
        actions.move_task(mover, by=make.ada(), before=cards[2])
        expected.remove(mover.number)
        expected.insert(expected.index(3), mover.number)
        assert order(project) == expected
    positions = [row.position for row in queries.board_rows(project)]
    assert len(set(positions)) == 3


def test_cards_at_one_position_are_told_apart():
    project = make.project()
    cards = [make.task(project, position=5.0) for _ in range(4)]
    actions.move_task(cards[3], by=make.ada(), before=cards[1])
    assert order(project) == [1, 4, 2, 3]
    told = make.Event.objects.filter(project_id=project.pk).values_list("data__task", flat=True)
    assert sorted(set(told)) == [card.pk for card in cards]


def test_any_sequence_of_moves_gives_what_a_list_would():
    project, dice = make.project(), random.Random(7)
    cards = {number: make.task(project) for number in range(1, 9)}
    expected = list(cards)
    for _ in range(150):
        mover, before = dice.sample(sorted(cards), 2)
        actions.move_task(cards[mover], by=make.ada(), before=cards[before])
        expected.remove(mover)
        expected.insert(expected.index(before), mover)
    assert order(project) == expected


@pytest.mark.parametrize(
    ("now", "to", "words"),
    [
        ("ready", "started", "Start it with an agent"),
        ("ready", "done", "A task is done when its change is merged"),
        ("started", "backlog", "Move it to ready first"),
        ("done", "ready", "cannot become ready"),
        ("backlog", "in-review", "Use backlog, ready or abandoned"),
    ],
)
def test_a_lane_that_follows_from_work_is_not_reached_by_hand(now, to, words):
    task = make.task(state=now)
    with pytest.raises(Refused, match=words):
        actions.move_task(task, by=make.ada(), state=to)
    task.refresh_from_db()
    assert task.state == now


def test_a_card_at_work_is_not_moved_by_hand_until_its_work_has_ended():
    task = make.task(state="started")
    run = make.run(task, state="running")
    with pytest.raises(Refused, match="LL-1 is at work.*Stop the run and abandon the change first"):
        actions.move_task(task, by=make.ada(), state="ready")
    make.Run.objects.filter(pk=run.pk).update(state="cancelled")
    assert actions.move_task(task, by=make.ada(), state="ready").state == "ready"


def test_a_card_of_another_project_is_no_neighbour():
    with pytest.raises(Refused, match="another project"):
        actions.move_task(make.task(), by=make.ada(), before=make.task())
