from django.apps import AppConfig


class LiveConfig(AppConfig):
    name = "teamboard.live"
    label = "live"
