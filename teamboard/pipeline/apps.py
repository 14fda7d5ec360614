from django.apps import AppConfig


class PipelineConfig(AppConfig):
    name = "teamboard.pipeline"
    label = "pipeline"

    def ready(self) -> None:
        from teamboard.events import bus
        from teamboard.git import command
        from teamboard.pipeline import guard, triggers

        bus.subscribe(triggers.wake)
        command.in_transaction_guard = guard.in_transaction
