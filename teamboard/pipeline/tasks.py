"""Every Celery task: an id in, one call. Running one twice is harmless; a lost one is made good by the poll threads."""

from celery import shared_task
from celery.signals import worker_init, worker_shutdown

from teamboard.pipeline import calibration, checks, disk, executor, feedback, merger, poller, projects, tryouts


@shared_task
def execute_step(step_id: int) -> None:
    executor.execute_step(step_id)


@shared_task
def execute_check(check_run_id: int) -> None:
    checks.execute_check(check_run_id)


@shared_task
def check_patch_set(patch_set_id: int) -> None:
    checks.check_patch_set(patch_set_id)


@shared_task
def calibrate(project_id: int) -> None:
    calibration.calibrate(project_id)


@shared_task
def calibrate_if_new(project_id: int) -> None:
    calibration.calibrate_if_new(project_id)


@shared_task
def collect_disk(project_id: int) -> None:
    disk.collect_if_due(project_id)


@shared_task
def try_agent(agent_id: int) -> None:
    tryouts.try_agent(agent_id)


@shared_task
def open_project(project_id: int) -> None:
    projects.open_project(project_id)


@shared_task
def start_free(project_id: int) -> None:
    feedback.start_free(project_id)


@shared_task
def send_feedback(change_id: int) -> None:
    feedback.send_feedback(change_id)


@shared_task
def follow_change(change_id: int) -> None:
    feedback.follow_change(change_id)


@shared_task
def merge_tick(project_id: int) -> None:
    merger.tick(project_id)


@worker_init.connect
def start_polling(sender: object, **_: object) -> None:
    """Each worker also looks for itself, before and without a broker: work goes on while Redis is dead (D20)."""
    app = getattr(sender, "app", None)
    queues = set(app.amqp.queues.consume_from) if app else set()
    poller.start(queues)


@worker_shutdown.connect
def stop_polling(**_: object) -> None:
    poller.stop()
