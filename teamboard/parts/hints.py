"""What the diff gives away before it is read: where to look first, and tests that go or do not run any more."""

from collections.abc import Iterator, Sequence
from typing import Any

from teamboard.git.diff import shown_path
from teamboard.parts.code import clean
from teamboard.parts.marks import icon
from teamboard.parts.paths import key_of
from teamboard.parts.sentences import plural
from teamboard.reviews.hints import VERBS
from teamboard.reviews.models import Change, PatchSet
from teamboard.reviews.queries import failed_before

Hint = dict[str, Any]
SHOWN = 8


def look_first(latest: PatchSet) -> str:
    """One link to the riskiest place, with the reason for it in a phrase."""
    first = latest.hints.get("first")
    if not first:
        return ""
    return (
        f'<p class="notice" id="look-first" data-tone="human">{icon("eye")}<span><b>Look at this first:</b> '
        f"{_link(first)}; {clean(first['why'])}.</span></p>"
    )


def _link(place: Hint) -> str:
    path, line = place["path"], place["line"]
    anchor = f"f-{key_of(path)}-{'R' if place['side'] == 'new' else 'L'}{line}" if line else f"file-{key_of(path)}"
    where = f"{shown_path(path)}:{line}" if line else shown_path(path)
    return f'<a class="link mono" href="#{anchor}">{clean(where)}</a>'


def warnings(latest: PatchSet) -> Iterator[str]:
    """Sentences as markup, each on its own."""
    tests: list[Hint] = latest.hints.get("tests", [])
    if tests:
        more = f" and {len(tests) - SHOWN} more" if len(tests) > SHOWN else ""
        words = ", ".join(f"{clean(hint['name'])} {VERBS[hint['what']]} ({_link(hint)})" for hint in tests[:SHOWN])
        yield f"<b>Fewer tests run with it:</b> {words}{more}"
    if fewer := latest.hints.get("assertions"):
        yield f"<b>Asserts less:</b> {plural(fewer, 'assertion')} fewer in test files"
    if altered := latest.hints.get("definition"):
        yield (
            f"<b>Changes how changes are checked</b> once it has landed: {clean(', '.join(altered))}. "
            "It is itself checked by what is on the target now"
        )


def beside_green(change: Change, patch_set: PatchSet | None) -> str:
    """A check may be green because what failed is gone: said where the green is."""
    names = [hint["name"] for hint in patch_set.hints.get("tests", [])] if patch_set else []
    if patch_set is None or not names:
        return ""
    failed = failed_before(change, patch_set)
    cured = [name for name in names if any(_is(name, failure) for failure in failed)]
    if cured:
        return f"Of the tests that failed before, this change removes or skips: {_some(cured)}."
    return f"This change removes or skips tests: {_some(names)}."


def _is(name: str, failure: str) -> bool:
    """Runners print a test with its file, its class or its parameters."""
    words = failure.replace("::", " ").replace(".", " ").replace("[", " ").replace("(", " ").split()
    return name in words


def _some(names: Sequence[str]) -> str:
    return clean(", ".join(names[:SHOWN]) + (" and more" if len(names) > SHOWN else ""))
