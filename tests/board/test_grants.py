"""What sandboxes may read is granted by an architect, and never a secret (D14)."""

import pytest
from django.conf import settings

from teamboard.board import actions, queries
from teamboard.lib.refusal import Refused
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_a_folder_is_granted_once_and_revoked(tmp_path):
    project = make.project()
    row = actions.grant(by=make.ada(), project=project, kind="path", value=str(tmp_path))
    assert actions.grant(by=make.ada(), project=project, kind="path", value=f"{tmp_path}/.") == row
    assert queries.grants_for(project) == [row]
    actions.revoke_grant(row, by=make.ada())
    assert queries.grants_for(project) == []
    assert [kind for kind, _ in make.told(project)] == ["grant_changed", "grant_changed"]


def test_a_grant_for_all_projects_needs_an_architect_of_the_whole_board():
    project = make.project()
    make.Membership.objects.create(project=project, user=make.eve(), role="architect")
    actions.grant(by=make.eve(), project=project, kind="toolchain", value="node")
    with pytest.raises(Refused, match="Only an Architect of the whole board"):
        actions.grant(by=make.eve(), kind="toolchain", value="node")
    everywhere = actions.grant(by=make.ada(), kind="toolchain", value="python")
    assert everywhere in queries.grants_for(project)
    assert make.told(0)[-1] == ("grant_changed", make.ada().actor)


def test_nobody_else_grants_or_revokes():
    project = make.project()
    row = actions.grant(by=make.ada(), project=project, kind="toolchain", value="node")
    for who in (make.rui(project), make.olga(project), make.User.objects.create(username="x")):
        with pytest.raises(Refused, match="Only an Architect may grant"):
            actions.grant(by=who, project=project, kind="toolchain", value="go")
        with pytest.raises(Refused, match="Only an Architect may grant"):
            actions.revoke_grant(row, by=who)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home of our own with a key in it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "id_ed25519").write_text("secret")
    (tmp_path / "tools").mkdir()
    return tmp_path


@pytest.mark.parametrize("value", ["/", "~", "~/.ssh", "~/.ssh/id_ed25519"])
def test_home_and_secrets_are_never_granted(home, value):
    with pytest.raises(Refused, match="Grant a|Grant the|is private") as refused:
        actions.grant(by=make.ada(), kind="path", value=value)
    assert (refused.value.code, refused.value.status) == ("forbidden_grant", 422)
    assert actions.grant(by=make.ada(), kind="path", value="~/tools").value == str(home / "tools")


def test_the_boards_own_data_is_never_granted_not_even_by_a_link(tmp_path):
    link = tmp_path / "innocent"
    link.symlink_to(settings.DATA_DIR)
    for path in (settings.DATA_DIR, settings.DATA_DIR.parent, link):
        with pytest.raises(Refused, match="private"):
            actions.grant(by=make.ada(), kind="path", value=str(path))


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("path", "relative", "not a full path"),
        ("path", "/no/such/folder", "does not exist"),
        ("toolchain", "../x", "not a tool chain"),
        ("network", "lots", "not a network grant"),
        ("moon", "x", "no grant of the kind"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(kind, value, words):
    with pytest.raises(Refused, match=words) as refused:
        actions.grant(by=make.ada(), kind=kind, value=value)
    assert refused.value.status == 422


def test_the_network_is_granted_in_so_many_words():
    assert actions.grant(by=make.ada(), project=make.project(), kind="network", value="open").value == "open"
