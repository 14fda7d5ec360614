from django.apps import AppConfig


class LiveConfig(AppConfig):
    name = "teamboard.live"
    label = "live"

    def ready(self) -> None:
        from teamboard.events import bus
        from teamboard.live import relay
        from teamboard.runs import journal

        bus.subscribe(relay.tell)
        journal.listen(relay.output)
