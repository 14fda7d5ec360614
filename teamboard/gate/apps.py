from django.apps import AppConfig


class GateConfig(AppConfig):
    name = "teamboard.gate"
    label = "gate"
