"""What people and agents write, as safe HTML."""

import re

from teamboard.parts.code import clean


def prose(text: str) -> str:
    paragraphs = (part for part in re.split(r"\n\s*\n", text.strip()) if part)
    return "".join(f"<p>{_inline(part)}</p>" for part in paragraphs)


def _inline(text: str) -> str:
    return re.sub(r"`([^`\n]+)`", r"<code>\1</code>", clean(text)).replace("\n", "<br>")
