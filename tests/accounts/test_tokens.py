"""Bearer tokens: shown once, kept as a digest, revocable."""

from datetime import timedelta

import pytest
from django.utils import timezone

from teamboard.accounts import actions, queries
from teamboard.accounts.models import Token
from teamboard.lib.refusal import Refused
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_a_token_names_its_user_and_its_secret_is_not_stored():
    token, secret = actions.issue_token(make.ada(), "laptop")
    assert actions.user_of_token(secret) == make.ada()
    assert secret not in (token.digest, token.name)
    assert make.told(0) == [("user_changed", make.ada().actor)]


def test_a_wrong_a_revoked_and_a_leavers_token_name_nobody():
    token, secret = actions.issue_token(make.ada(), "laptop")
    assert actions.user_of_token("wrong") is None
    actions.revoke_token(token, by=make.ada())
    assert actions.user_of_token(secret) is None
    _, secret = actions.issue_token(make.eve(), "laptop")
    make.User.objects.filter(username="eve").update(is_active=False)
    assert actions.user_of_token(secret) is None


def test_only_the_owner_or_an_architect_revokes():
    token, secret = actions.issue_token(make.rui(), "laptop")
    with pytest.raises(Refused, match="your own tokens only") as refused:
        actions.revoke_token(token, by=make.eve())
    assert refused.value.status == 403
    actions.revoke_token(token, by=make.ada())
    assert actions.user_of_token(secret) is None


def test_revoking_twice_tells_once():
    token, _ = actions.issue_token(make.ada(), "laptop")
    actions.revoke_token(token, by=make.ada())
    actions.revoke_token(token, by=make.ada())
    assert len(make.told(0)) == 2


def test_reading_a_token_writes_nothing_and_use_is_noted_on_demand(django_assert_num_queries):
    _, secret = actions.issue_token(make.ada(), "laptop")
    with django_assert_num_queries(1):
        actions.user_of_token(secret)
    actions.token_used(secret)
    assert queries.tokens_of(make.ada())[0].used_at is not None


def test_the_day_of_its_use_is_kept_and_told_once(django_assert_num_queries):
    token, secret = actions.issue_token(make.ada(), "laptop")
    before = len(make.told(0))
    actions.token_used(secret)
    with django_assert_num_queries(3):  # a savepoint around one read
        actions.token_used(secret)
    assert len(make.told(0)) == before + 1
    Token.objects.filter(pk=token.pk).update(used_at=timezone.now() - timedelta(days=1))
    actions.token_used(secret)
    assert len(make.told(0)) == before + 2
