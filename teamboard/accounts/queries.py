"""Reads over people."""

from django.db.models import QuerySet

from teamboard.accounts.models import ARCHITECT, Token, User


def architects() -> "QuerySet[User]":
    """Who decides on the whole board."""
    return User.objects.filter(is_active=True, instance_role=ARCHITECT)


def has_architect() -> bool:
    """False until the first start is finished."""
    return architects().exists()


def named(username: str) -> User | None:
    return User.objects.filter(username__iexact=username, is_active=True).first()


def tokens_of(user: User) -> list[Token]:
    return list(user.tokens.filter(revoked_at=None).order_by("-id"))
