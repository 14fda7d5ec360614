"""Marks for templates: the same ones that the parts are made of."""

import json
from datetime import datetime
from functools import cache
from pathlib import Path

from django import template
from django.contrib.staticfiles import finders
from django.utils.safestring import SafeString

from teamboard.lib import text
from teamboard.parts import marks
from teamboard.web.late import place

register = template.Library()


@register.simple_tag
def icon(name: str, size: str = "s", label: str = "") -> SafeString:
    return marks.safe(marks.icon(name, size, label))


@register.simple_tag
def state(name: str) -> SafeString:
    return marks.safe(marks.state_mark(name))


@register.simple_tag
def logo() -> SafeString:
    return marks.safe(f'<svg aria-hidden="true"><use href="{marks.ICONS}#logo"/></svg>')


@register.simple_tag
def late(name: str) -> SafeString:
    """Where `page` puts the markup of this name."""
    return marks.safe(place(name))


@register.filter
def bare(value: object) -> str:
    """What an agent or a program wrote; escaped by the template like all text."""
    return text.bare(str(value))


@register.filter
def ago(value: object) -> SafeString:
    return marks.safe(marks.ago(value if isinstance(value, datetime) else None))


@register.filter
def until(value: object) -> SafeString:
    return marks.safe(marks.until(value if isinstance(value, datetime) else None))


@register.simple_tag
@cache
def vendored(name: str) -> str:
    """The address of a vendored script: the lock file knows its version."""
    lock = finders.find("vendor/LOCK.json")
    entries = json.loads(Path(str(lock)).read_text())
    return "/static/vendor/" + str(next(entry["file"] for entry in entries if entry["name"] == name))
