"""Facts about people, whatever they work on."""

from dataclasses import dataclass

from teamboard.events.fact import Fact


@dataclass(frozen=True, kw_only=True)
class UserChanged(Fact):
    """A person has another name, other rights or tokens, or their sign-in changed (project 0)."""

    user: int


@dataclass(frozen=True, kw_only=True)
class PersonNamed(Fact):
    """Somebody is called otherwise from now on: told to every project and to the instance (project 0)."""

    user: int
