"""People are named once and sign in without passwords."""

import pytest

from teamboard.accounts import actions
from teamboard.lib.refusal import Refused
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_a_person_is_made_without_a_password_and_told_of():
    user = actions.make_user("mira", display_name="  Mira   Okafor ", role="reviewer")
    assert (user.label, user.initials, user.instance_role) == ("Mira Okafor", "MO", "reviewer")
    assert not user.has_usable_password()
    assert make.told(0) == [("user_changed", "board")]


@pytest.mark.parametrize(
    ("name", "code"), [("", "invalid_username"), ("two words", "invalid_username"), ("x" * 151, "invalid_username")]
)
def test_a_malformed_name_is_refused_in_words(name, code):
    with pytest.raises(Refused, match="Use ") as refused:
        actions.make_user(name)
    assert (refused.value.code, refused.value.status) == (code, 422)


def test_a_taken_name_is_refused_whatever_its_case():
    make.ada()
    with pytest.raises(Refused, match="The name Ada is taken. Choose another one."):
        actions.make_user("Ada")


def test_a_user_name_is_made_of_the_display_name():
    names = [actions.make_user("", display_name=name).username for name in ("Zoë Ng", "Zoe  Ng", "数学", "数")]
    assert names == ["zoe-ng", "zoe-ng-2", "person", "person-2"]
    with pytest.raises(Refused, match="A user name is missing"):
        actions.make_user(" ", display_name=" ")


def test_an_unknown_role_is_refused():
    with pytest.raises(Refused, match="There is no role king"):
        actions.make_user("mira", role="king")


def test_people_change_their_own_display_name_only():
    ada, eve = make.ada(), make.eve()
    assert actions.set_display_name(ada, display_name="Ada F.", by=ada).label == "Ada F."
    with pytest.raises(Refused, match="Only you"):
        actions.set_display_name(ada, display_name="Nobody", by=eve)


def test_the_console_makes_a_person_once_and_tells_of_a_new_role() -> None:
    made = actions.person_of_the_console("mira")
    assert (made.instance_role, make.told(0)) == ("", [("user_changed", "board")])
    again = actions.person_of_the_console("mira", role="architect")
    assert (again.pk, again.instance_role) == (made.pk, "architect")
    actions.person_of_the_console("mira")
    assert make.told(0) == [("user_changed", "board")] * 2
