from django.apps import AppConfig
from django.conf import settings

from teamboard.board import keys
from teamboard.lib import redaction


class BoardConfig(AppConfig):
    name = "teamboard.board"
    label = "board"

    def ready(self) -> None:
        redaction.know(lambda: (settings.SECRET_KEY, *keys.all_known()))
