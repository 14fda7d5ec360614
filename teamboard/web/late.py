"""Long markup is put into a page when its template is rendered: an engine copies what it is given at every level."""

import secrets
from collections.abc import Mapping

# Nobody who writes a text can know it.
MARK = secrets.token_hex(16)


def place(name: str) -> str:
    """Where the markup of this name will stand."""
    return f"{MARK}{name}{MARK}"


def filled(page: str, late: Mapping[str, bytes]) -> bytes:
    pieces = page.split(MARK)
    return b"".join(late[piece] if index % 2 else piece.encode() for index, piece in enumerate(pieces))
