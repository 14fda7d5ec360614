"""Where the board is shared beyond loopback: a small file in the data folder, so that every process can read it."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Share:
    """`origin` is what a teammate opens, `fingerprint` (SHA-256 of the certificate) what both compare."""

    origin: str
    address: str
    port: int
    fingerprint: str


def current(folder: Path) -> Share | None:
    """Where the board is shared now."""
    try:
        return Share(**json.loads((folder / "share.json").read_text()))
    except (OSError, ValueError, TypeError):
        return None


def ask(folder: Path) -> None:
    """Wish for a listener; the supervisor makes it within a second."""
    (folder / "share.wanted").touch()


def wanted(folder: Path) -> bool:
    return (folder / "share.wanted").exists()


def tell(folder: Path, share: Share | None) -> None:
    """Write down where the board is shared, or that it is not any more."""
    if share is None:
        (folder / "share.json").unlink(missing_ok=True)
        (folder / "share.wanted").unlink(missing_ok=True)
    else:
        (folder / "share.json").write_text(json.dumps(asdict(share)))
