"""What must be known before Django reads its settings: the data folder named on the command line."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path


def adopt(argv: Sequence[str]) -> None:
    """Let `--data DIR` (or `--data=DIR`) mean the same as TEAMBOARD_DATA, for every command; keep the demo apart."""
    if argv[1:2] == ["demo"]:
        os.environ.setdefault("TEAMBOARD_DATA", str(Path.home() / ".local" / "share" / "teamboard-demo"))
    for index, word in enumerate(argv):
        value = argv[index + 1] if word == "--data" and index + 1 < len(argv) else ""
        if word.startswith("--data="):
            value = word.partition("=")[2]
        if value:
            os.environ["TEAMBOARD_DATA"] = str(Path(value).expanduser().resolve())


def ready_folder(folder: Path) -> None:
    """Make the data folder, readable by its owner only; exit with a sentence where that is impossible."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
    except OSError as error:
        sys.exit(f"Teamboard cannot use the data folder {folder}: {error.strerror}. Name another one with --data DIR.")
    if not os.access(folder, os.W_OK):
        sys.exit(f"Teamboard may not write to the data folder {folder}. Name another one with --data DIR.")
