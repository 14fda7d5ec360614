"""The change page: what a reader gets, for each role and each sight."""

import pytest

from tests import factories

pytestmark = pytest.mark.django_db


def test_it_shows_the_diff_of_the_newest_patch_set(room, as_):
    page = as_(factories.ada()).get(f"/changes/{room.change.pk}/")
    html = page.content.decode()
    assert page.status_code == 200
    assert "Round half-even in every posting" in html
    assert '<ins class="ln" data-n="4"' in html
    assert "scale(" in html


def test_a_stranger_finds_no_change(room, as_):
    assert as_(factories.eve()).get(f"/changes/{room.change.pk}/").status_code == 404
