"""All writes on people, their tokens and one-time links."""

from datetime import timedelta

from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.text import slugify

from teamboard.accounts import limits, queries
from teamboard.accounts.models import ARCHITECT, RANK, OneTimeLink, Token, User
from teamboard.accounts.secret import digest, new_secret
from teamboard.events import bus
from teamboard.events.catalogue import UserChanged
from teamboard.lib.refusal import Refused

START_LIFE = timedelta(days=1)
SIGN_IN_LIFE = timedelta(hours=1)
# The instance itself in the log of facts.
INSTANCE = 0


def checked_username(username: str) -> str:
    """The name without blanks around it, or a refusal: malformed, or taken (whatever the case of its letters)."""
    username = username.strip()
    try:
        UnicodeUsernameValidator()(username)
    except ValidationError:
        message = f"“{username}” cannot be a user name." if username else "A user name is missing."
        raise Refused(
            "invalid_username", message, remedy="Use letters, digits and @ . + - _ only.", status=422
        ) from None
    if len(username) > 150:
        raise Refused("invalid_username", "The user name is too long.", remedy="Use up to 150 letters.", status=422)
    if User.objects.filter(username__iexact=username).exists():
        raise _taken(username)
    return username


def _taken(username: str) -> Refused:
    return Refused("username_taken", f"The name {username} is taken.", remedy="Choose another one.")


def free_username(display_name: str) -> str:
    """A user name made of what somebody is called: "Mira Okafor" gives mira-okafor, or mira-okafor-2."""
    stem = slugify(display_name)[:100] or ("person" if display_name.strip() else "")
    names = (stem, *(f"{stem}-{number}" for number in range(2, 1000)))
    return next(name for name in names if not name or not User.objects.filter(username__iexact=name).exists())


@transaction.atomic
def make_user(username: str, *, display_name: str = "", role: str = "", actor: str = "board") -> User:
    """A new person without a password: they sign in by links. `role` holds in every project.

    Without a user name one is made of the display name.
    """
    if role not in RANK:
        raise Refused(
            "unknown_role", f"There is no role {role}.", remedy="Use architect, reviewer or observer.", status=422
        )
    username = checked_username(username if username.strip() else free_username(display_name))
    user = User(username=username, display_name=" ".join(display_name.split())[:80], instance_role=role)
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:  # somebody took the name since we looked
        raise _taken(username) from None
    bus.publish(UserChanged(project=INSTANCE, user=user.pk), actor=actor)
    return user


@transaction.atomic
def person_of_the_console(username: str, *, role: str = "") -> User:
    """Whoever runs commands on this machine may name anybody and give any role; "" leaves it as it is."""
    user = User.objects.filter(username=username).first()
    if user is None:
        return make_user(username, role=role)
    if role and user.instance_role != role:
        user.instance_role = role
        user.save(update_fields=["instance_role"])
        bus.publish(UserChanged(project=INSTANCE, user=user.pk), actor="board")
    return user


@transaction.atomic
def set_display_name(user: User, *, display_name: str, by: User) -> User:
    if by.pk != user.pk:
        raise Refused("forbidden", "Only you can change your own name.", status=403)
    user.display_name = " ".join(display_name.split())[:80]
    user.save(update_fields=["display_name"])
    bus.publish(UserChanged(project=INSTANCE, user=user.pk), actor=by.actor)
    return user


def signed_out(user: User) -> None:
    """The session is gone: what is open under it asks again whether it still may listen."""
    with transaction.atomic():
        bus.publish(UserChanged(project=INSTANCE, user=user.pk), actor=user.actor)


# Tokens


@transaction.atomic
def issue_token(user: User, name: str) -> tuple[Token, str]:
    """The secret is returned once and never again."""
    secret = new_secret()
    token = Token.objects.create(user=user, name=name.strip()[:80] or "token", digest=digest(secret))
    bus.publish(UserChanged(project=INSTANCE, user=user.pk), actor=user.actor)
    return token, secret


@transaction.atomic
def revoke_token(token: Token, *, by: User) -> None:
    if token.user_id != by.pk and by.instance_role != ARCHITECT:
        raise Refused("forbidden", "You can revoke your own tokens only.", remedy="Ask an Architect.", status=403)
    if Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
        bus.publish(UserChanged(project=INSTANCE, user=token.user_id), actor=by.actor)


def user_of_token(secret: str) -> User | None:
    """Whose bearer token this is. Writes nothing, so that a GET stays a GET; doors call `token_used` on a write."""
    found = Token.objects.select_related("user").filter(digest=digest(secret), revoked_at=None, user__is_active=True)
    token = found.first()
    return token.user if token else None


@transaction.atomic
def token_used(secret: str) -> None:
    """Only the day is shown, so only the first use of a day is kept and told."""
    now = timezone.now()
    before = Q(used_at=None) | Q(used_at__lt=now.replace(hour=0, minute=0, second=0, microsecond=0))
    token = Token.objects.filter(before, digest=digest(secret)).first()
    if token and Token.objects.filter(before, pk=token.pk).update(used_at=now):
        bus.publish(UserChanged(project=INSTANCE, user=token.user_id), actor=f"user:{token.user_id}")


# One-time links


@transaction.atomic
def start_link() -> str:
    """The secret of the first start; earlier ones stop working. Refused once an Architect is named."""
    if queries.has_architect():
        raise Refused("already_started", "This board has its Architect.", remedy="Print a sign-in link instead.")
    OneTimeLink.objects.filter(purpose=OneTimeLink.START, used_at=None).delete()
    return _link(OneTimeLink.START, None, START_LIFE)


@transaction.atomic
def sign_in_link(user: User) -> str:
    return _link(OneTimeLink.SIGN_IN, user, SIGN_IN_LIFE)


def _link(purpose: str, user: User | None, life: timedelta) -> str:
    secret = new_secret()
    OneTimeLink.objects.create(purpose=purpose, user=user, digest=digest(secret), expires_at=timezone.now() + life)
    return secret


def use_link(secret: str, *, address: str = "", purpose: str = OneTimeLink.SIGN_IN) -> OneTimeLink | None:
    """Consume the link: of several at once one wins. None for wrong, used and expired alike."""
    limits.check(address)
    link = _consume(secret, purpose)
    if link is None:
        limits.count_failure(address)
    return link


def _consume(secret: str, purpose: str) -> OneTimeLink | None:
    now = timezone.now()
    live = OneTimeLink.objects.filter(digest=digest(secret), purpose=purpose, used_at=None, expires_at__gt=now)
    if not live.update(used_at=now):
        return None
    return OneTimeLink.objects.select_related("user").get(digest=digest(secret))


def start_board(secret: str, *, username: str = "", display_name: str = "", address: str = "") -> User:
    """The first visit in one go: the link is consumed only if the Architect could be named."""
    limits.check(address)
    with transaction.atomic():
        link = _consume(secret, OneTimeLink.START)
        if link is not None:
            return name_architect(link, username=username, display_name=display_name)
    limits.count_failure(address)
    raise Refused(
        "link_invalid", "This link cannot be used.", remedy="Start the board again: it prints a new one.", status=404
    )


@transaction.atomic
def name_architect(link: OneTimeLink, *, username: str = "", display_name: str = "") -> User:
    """`link` is a start link that was just consumed."""
    if link.purpose != OneTimeLink.START or link.used_at is None or link.user_id is not None:
        raise Refused("link_invalid", "This link cannot name an Architect.", status=403)
    if queries.has_architect():
        raise Refused("already_started", "This board has its Architect.", remedy="Sign in, or ask for an invitation.")
    user = make_user(username, display_name=display_name, role=ARCHITECT)
    OneTimeLink.objects.filter(pk=link.pk).update(user=user)
    return user
