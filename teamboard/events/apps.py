from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "teamboard.events"
    label = "events"
