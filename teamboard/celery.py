"""Celery is the doorbell: one id per message, no retries, no results. The database is the queue."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "teamboard.settings")

from django.conf import settings

app = Celery("teamboard")


def _broker(url: str) -> str:
    """Kombu names a unix socket differently from redis-py."""
    return url.replace("unix://", "redis+socket://", 1) if url.startswith("unix://") else url


app.conf.update(
    broker_url=_broker(settings.REDIS_URL),
    task_ignore_result=True,
    task_acks_late=False,
    task_serializer="json",
    accept_content=["json"],
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={"socket_timeout": 5, "socket_connect_timeout": 0.5},
    task_default_queue="control",
    # Work that may take minutes has workers of its own (D18).
    task_routes={
        "teamboard.pipeline.tasks.execute_step": {"queue": "agents"},
        "teamboard.pipeline.tasks.execute_check": {"queue": "agents"},
        "teamboard.pipeline.tasks.calibrate": {"queue": "agents"},
        "teamboard.pipeline.tasks.try_agent": {"queue": "agents"},
    },
)
app.autodiscover_tasks(["teamboard.pipeline"])
