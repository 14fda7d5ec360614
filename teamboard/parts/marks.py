"""The small marks that every part is made of: icons, people, states, ages. Escaped f-strings, for speed."""

from datetime import datetime
from functools import lru_cache
from html import escape

from django.utils.safestring import SafeString, mark_safe

from teamboard.accounts.models import User
from teamboard.lib.text import bare

ICONS = "/static/icons.svg"


def esc(value: object) -> str:
    return escape(str(value))


def quoted(value: object) -> str:
    """What an agent or a program wrote: it cannot act as markup, as a terminal, or hide what it says."""
    return escape(bare(str(value)))


def safe(html: str) -> SafeString:
    """For markup that this package has built out of escaped pieces."""
    return mark_safe(html)


@lru_cache(maxsize=2000)
def icon(name: str, size: str = "s", label: str = "") -> str:
    spoken = f'role="img" aria-label="{esc(label)}"' if label else 'aria-hidden="true"'
    return f'<svg class="i {size}" {spoken}><use href="{ICONS}#i-{name}"/></svg>'


@lru_cache(maxsize=50)
def state_mark(state: str, *, spoken: bool = True) -> str:
    label = f'role="img" aria-label="{state.replace("-", " ")}"' if spoken else 'aria-hidden="true"'
    return f'<svg class="state" data-state="{state}" {label}><use href="{ICONS}#st-{state}"/></svg>'


def person(user: User | None, size: str = "") -> str:
    if user is None:
        return who_machine(size)
    name = esc(user.label)
    sized = f' data-size="{size}"' if size else ""
    return f'<span class="who"{sized} role="img" aria-label="{name}" title="{name}">{esc(user.initials)}</span>'


@lru_cache(maxsize=500)
def agent(name: str, size: str = "") -> str:
    label = esc(f"Agent {name}")
    sized = f' data-size="{size}"' if size else ""
    return f'<span class="who agent"{sized} role="img" aria-label="{label}" title="{label}">{esc(name[:2])}</span>'


def who_machine(size: str = "") -> str:
    sized = f' data-size="{size}"' if size else ""
    return f'<span class="who machine"{sized} role="img" aria-label="The board" title="The board">TB</span>'


def ago(at: datetime | None, title: str = "") -> str:
    """An age. The browser turns it into "6 m" and keeps it ticking, so markup never depends on when it was made."""
    if at is None:
        return ""
    spoken = f' title="{esc(title)}"' if title else ""
    return f'<time datetime="{at.isoformat()}" data-age{spoken}>{at:%H:%M}</time>'


def until(at: datetime | None) -> str:
    if at is None:
        return ""
    return f'<time datetime="{at.isoformat()}" data-until>{at:%H:%M}</time>'


def status(tone: str, mark: str, word: str, age: str = "", *, flags: str = "") -> str:
    """Mark, word, age. `age` is markup (see ago) or text that the caller has escaped."""
    aged = f' <span class="age">{age}</span>' if age else ""
    return (
        f'<span class="status" data-tone="{tone}"{" " + flags if flags else ""}>{mark}'
        f'<span class="word">{esc(word)}</span>{aged}</span>'
    )


def pulse(live: str = "") -> str:
    return f'<span class="pulse" data-live="{live}"></span>' if live else '<span class="pulse"></span>'


def diffstat(additions: int, deletions: int, *, bars: bool = True) -> str:
    total = additions + deletions
    share = round(100 * additions / total) if total else 50
    drawn = f'<span class="bars" style="--a:{share}%" aria-hidden="true"></span>' if bars else ""
    return (
        f'<span class="diffstat" role="img" aria-label="{additions} lines added, {deletions} removed">'
        f'<span class="plus">+{additions}</span><span class="minus">−{deletions}</span>{drawn}</span>'
    )


def count(number: int, tone: str = "") -> str:
    toned = f' data-tone="{tone}"' if tone else ""
    hidden = "" if number else " hidden"
    return f'<span class="count"{toned}{hidden}>{number}</span>'
