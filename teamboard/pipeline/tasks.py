"""Every Celery task: an id in, one call. Running one twice is harmless; losing one is made good by the poll threads."""

from celery import shared_task

from teamboard.pipeline import calibration, checks, executor, feedback, projects


@shared_task
def execute_step(step_id: int) -> None:
    executor.execute_step(step_id)


@shared_task
def execute_check(check_run_id: int) -> None:
    checks.execute_check(check_run_id)


@shared_task
def calibrate(project_id: int) -> None:
    calibration.calibrate(project_id)


@shared_task
def open_project(project_id: int) -> None:
    projects.open_project(project_id)


@shared_task
def start_free(project_id: int) -> None:
    feedback.start_free(project_id)


@shared_task
def follow_change(change_id: int) -> None:
    feedback.follow_change(change_id)


@shared_task
def merge_tick(project_id: int) -> None:
    from teamboard.pipeline import merger

    merger.tick(project_id)
