"""All writes of the board, by topic."""

from teamboard.board.actions.agents import add_agent, edit_agent
from teamboard.board.actions.calibration import ask_calibration, record_calibration
from teamboard.board.actions.deleting import delete_task, refuse_deleted, undelete_task
from teamboard.board.actions.disk import ask_collection, record_disk
from teamboard.board.actions.grants import grant, revoke_grant
from teamboard.board.actions.isolation import accept_no_isolation, revoke_no_isolation
from teamboard.board.actions.order import move_task
from teamboard.board.actions.people import (
    accept_invitation,
    change_instance_role,
    change_role,
    invite,
    rename_person,
    withdraw_invitation,
)
from teamboard.board.actions.projects import (
    find_upstream,
    lose_upstream,
    project_failed,
    project_ready,
    record_branches,
    record_target,
    register_project,
)
from teamboard.board.actions.settings import accept_settings, propose_settings, record_file_settings
from teamboard.board.actions.tasks import (
    abandon_task,
    create_task,
    edit_task,
    finish_task,
    link_dependency,
    ready_dependents,
    return_task,
    unlink_dependency,
)
from teamboard.board.actions.tryouts import ask_tryout, record_tryout

__all__ = [
    "abandon_task",
    "accept_invitation",
    "accept_no_isolation",
    "accept_settings",
    "add_agent",
    "ask_calibration",
    "ask_collection",
    "ask_tryout",
    "change_instance_role",
    "change_role",
    "create_task",
    "delete_task",
    "edit_agent",
    "edit_task",
    "find_upstream",
    "finish_task",
    "grant",
    "invite",
    "link_dependency",
    "lose_upstream",
    "move_task",
    "project_failed",
    "project_ready",
    "propose_settings",
    "ready_dependents",
    "record_branches",
    "record_calibration",
    "record_disk",
    "record_file_settings",
    "record_target",
    "record_tryout",
    "refuse_deleted",
    "register_project",
    "rename_person",
    "return_task",
    "revoke_grant",
    "revoke_no_isolation",
    "undelete_task",
    "unlink_dependency",
    "withdraw_invitation",
]
