"""Who looks at a change now, as small circles; the same for everybody, and each page leaves its own reader out."""

from collections.abc import Iterable

from teamboard.accounts.models import User
from teamboard.parts.marks import esc, person, safe


def people(looking: Iterable[int]) -> str:
    rows = User.objects.filter(pk__in=list(looking)).order_by("pk")
    shown = "".join(f'<span data-person="{row.pk}" data-name="{esc(row.label)}">{person(row)}</span>' for row in rows)
    return safe(f'<span class="people presence" id="presence" hidden>{shown}</span>')
