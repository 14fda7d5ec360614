from django.apps import AppConfig


class RunsConfig(AppConfig):
    name = "teamboard.runs"
    label = "runs"
