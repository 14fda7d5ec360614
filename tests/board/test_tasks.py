"""Cards are written, edited, linked, and follow the work."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from teamboard.board import actions
from teamboard.board.models import Task
from teamboard.lib.refusal import Refused
from tests import factories as make

pytestmark = pytest.mark.django_db


def write(project=None, **fields):
    return actions.create_task(
        project or make.project(), by=fields.pop("by", None) or make.ada(), title=fields.pop("title", "Round"), **fields
    )


def test_one_line_is_enough():
    project = make.project()
    first, second = write(project, title=" Round \n to cents "), write(project)
    assert (first.title, first.state, first.ref, second.ref) == ("Round to cents", "backlog", "LL-1", "LL-2")
    assert first.position < second.position
    assert make.told(project) == [("task_created", make.ada().actor)] * 2


def test_a_task_can_be_written_in_full():
    project = make.project()
    agent, other = make.agent(project), write(project)
    task = write(
        project,
        by=make.rui(project),
        body="Why:\r\nmoney.",
        acceptance=["It rounds.", " ", "It rounds."],
        scope=["src/**"],
        labels=["money"],
        priority=2,
        agent=agent.pk,
        state="ready",
        waits_for=[other],
        start_when_free=True,
    )
    task.refresh_from_db()
    assert (task.body, task.acceptance, task.scope, task.labels) == (
        "Why:\nmoney.",
        ["It rounds."],
        ["src/**"],
        ["money"],
    )
    assert (task.priority, task.agent, task.state, list(task.waits_for.all())) == (2, agent, "ready", [other])


def test_observers_and_strangers_only_read():
    project = make.project()
    task, other = write(project), write(project)
    for who in (make.olga(project), make.eve()):
        for deed in (
            lambda who=who: write(project, by=who),
            lambda who=who: actions.edit_task(task, by=who, title="Mine"),
            lambda who=who: actions.link_dependency(task, waits_for=other, by=who),
            lambda who=who: actions.unlink_dependency(task, waits_for=other, by=who),
            lambda who=who: actions.abandon_task(task, by=who),
            lambda who=who: actions.move_task(task, by=who, state="ready"),
        ):
            with pytest.raises(Refused, match="Only an Architect or a Reviewer may") as refused:
                deed()
            assert refused.value.status == 403


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"title": "  "}, "has no title"),
        ({"title": "x" * 201}, "Put the details into the description"),
        ({"scope": ["/etc"]}, "outside the repository"),
        ({"scope": ["a/../../b"]}, "outside the repository"),
        ({"scope": "src/**"}, "must be a list"),
        ({"labels": ["x" * 41]}, "up to 40 letters"),
        ({"acceptance": [3]}, "must be a list"),
        ({"priority": "high"}, "whole number"),
        ({"priority": True}, "whole number"),
        ({"agent": 99999}, "not one of the project"),
        ({"agent": "robin"}, "not one of the project"),
        ({"state": "done"}, "begins in the backlog or ready"),
        ({"colour": "red"}, "no field “colour”"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(fields, words):
    with pytest.raises(Refused, match=words) as refused:
        write(**fields)
    assert refused.value.status == 422
    assert not Task.objects.exists()


def test_an_edit_that_changes_nothing_tells_nothing():
    task = write()
    actions.edit_task(task, by=make.ada(), title="Round", labels=[])
    assert len(make.told(task.project)) == 1
    actions.edit_task(task, by=make.ada(), title="Round to cents")
    assert make.told(task.project)[-1] == ("task_changed", make.ada().actor)


def test_an_edit_of_one_field_leaves_what_others_changed_meanwhile():
    task = write()
    mine = Task.objects.get(pk=task.pk)
    actions.edit_task(task, by=make.ada(), body="Theirs.")
    actions.edit_task(mine, by=make.ada(), title="Mine")
    task.refresh_from_db()
    assert (task.title, task.body) == ("Mine", "Theirs.")


@pytest.mark.django_db(transaction=True)
def test_numbers_are_given_once_when_many_write_at_once():
    project = make.project()
    make.ada()

    def one(_):
        try:
            return write(project).number
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(one, range(12))) == list(range(1, 13))


# Dependencies


def test_a_circle_is_refused_and_named():
    project = make.project()
    a, b, c = (write(project) for _ in range(3))
    actions.link_dependency(a, waits_for=b, by=make.ada())
    actions.link_dependency(b, waits_for=c, by=make.ada())
    with pytest.raises(Refused, match="LL-3 → LL-1 → LL-2 → LL-3. Take away one") as refused:
        actions.link_dependency(c, waits_for=a, by=make.ada())
    assert refused.value.code == "cyclic_dependency"
    assert refused.value.details == {"circle": [c.pk, a.pk, b.pk, c.pk]}
    assert not c.waits_for.exists()


def test_a_task_cannot_wait_for_itself():
    task = write()
    with pytest.raises(Refused, match="LL-1 → LL-1"):
        actions.link_dependency(task, waits_for=task, by=make.ada())


def test_a_task_waits_for_its_own_project_only():
    task, other = write(), write()
    with pytest.raises(Refused, match="of another project"):
        actions.link_dependency(task, waits_for=other, by=make.ada())


def test_linking_and_unlinking_tell_once_each():
    project = make.project()
    a, b = write(project), write(project)
    for _ in range(2):
        actions.link_dependency(a, waits_for=b, by=make.ada())
    for _ in range(2):
        actions.unlink_dependency(a, waits_for=b, by=make.ada())
    assert [kind for kind, _ in make.told(project)][2:] == ["task_changed", "task_changed"]


def test_an_edit_replaces_the_whole_list_or_nothing():
    project = make.project()
    a, b, c = (write(project) for _ in range(3))
    actions.edit_task(a, by=make.ada(), waits_for=[b])
    actions.edit_task(a, by=make.ada(), waits_for=[c])
    assert list(a.waits_for.all()) == [c]
    with pytest.raises(Refused, match="circle"):
        actions.edit_task(c, by=make.ada(), waits_for=[b, a], title="Never")
    c.refresh_from_db()
    assert (c.title, list(c.waits_for.all())) == ("Round", [])


# Moves that follow from work


def test_a_task_is_finished_once():
    task = make.task(state="started")
    for _ in range(2):
        assert actions.finish_task(task).state == "done"
    assert [kind for kind, _ in make.told(task.project)] == ["task_changed"]


def test_the_cards_that_waited_are_told_of_when_a_task_is_done():
    task = make.task(state="started")
    dependent = make.task(task.project, waits_for=(task,))
    actions.finish_task(task)
    told = make.Event.objects.filter(project_id=task.project_id).order_by("seq").values_list("data", flat=True)
    assert list(told) == [{"task": task.pk}, {"task": dependent.pk}]


def test_a_cancelled_task_waits_again_and_an_abandoned_one_comes_back():
    task = make.task(state="started")
    assert actions.return_task(task).state == "ready"
    assert actions.abandon_task(task, by=make.ada()).state == "abandoned"
    assert actions.move_task(task, by=make.ada(), state="ready").state == "ready"


def test_a_move_that_makes_no_sense_says_why():
    task = make.task(state="done")
    with pytest.raises(Refused, match="LL-1 is done and cannot become abandoned. What is merged stays merged"):
        actions.abandon_task(task, by=make.ada())
    with pytest.raises(Refused, match="cannot become done. A task is done when its change is merged"):
        actions.finish_task(write())


def test_a_task_with_an_open_change_is_not_abandoned():
    task = make.task(state="started")
    change = make.change(task=task)
    with pytest.raises(Refused, match="is at work"):
        actions.abandon_task(task, by=make.ada())
    make.Change.objects.filter(pk=change.pk).update(state="abandoned")
    assert actions.abandon_task(task, by=make.ada()).state == "abandoned"


def test_dependents_are_ready_when_all_they_wait_for_is_done():
    project = make.project()
    a, b = (make.task(project, state="started") for _ in range(2))
    eager = write(project, waits_for=[a, b], start_when_free=True)
    write(project, waits_for=[a])
    actions.finish_task(a)
    assert actions.ready_dependents(a) == []
    actions.finish_task(b)
    assert actions.ready_dependents(b) == actions.ready_dependents(a) == [eager]
    actions.abandon_task(eager, by=make.ada())
    assert actions.ready_dependents(b) == []
