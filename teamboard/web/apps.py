from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "teamboard.web"
    label = "web"
