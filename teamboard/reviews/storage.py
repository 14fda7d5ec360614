"""Where a project's git stores lie in the data folder."""

from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from teamboard.git.stores import Stores

# The simulator keeps its stores in memory.
open_stores: Callable[[Path], Stores] = Stores


def folder(project_id: int) -> Path:
    return Path(settings.DATA_DIR) / "projects" / str(project_id)


def stores(project_id: int) -> Stores:
    return open_stores(folder(project_id))
