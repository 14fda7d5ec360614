"""Where a project's git stores lie in the data folder."""

from pathlib import Path

from django.conf import settings

from teamboard.git.stores import Stores


def folder(project_id: int) -> Path:
    return Path(settings.DATA_DIR) / "projects" / str(project_id)


def stores(project_id: int) -> Stores:
    return Stores(folder(project_id))
