from django.apps import AppConfig


class BoardConfig(AppConfig):
    name = "teamboard.board"
    label = "board"
