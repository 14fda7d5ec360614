from django.apps import AppConfig


class PipelineConfig(AppConfig):
    name = "teamboard.pipeline"
    label = "pipeline"
