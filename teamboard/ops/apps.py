from django.apps import AppConfig


class OpsConfig(AppConfig):
    name = "teamboard.ops"
    label = "ops"
