"""All writes about changes under review; each verb is atomic and publishes its fact."""

from teamboard.reviews.actions.changes import (
    abandon,
    adopt_branch,
    branch_gone,
    branch_moved,
    edit_change,
    mark_merged,
    open_change,
    restore,
    upload_patch_set,
)
from teamboard.reviews.actions.checks import (
    CheckClaim,
    claim_check,
    ensure_check_runs,
    give_back_checks,
    give_up_check,
    record_check,
    renew_check,
    retry_check,
)
from teamboard.reviews.actions.drafts import discard_draft, edit_draft, publish_drafts, save_draft
from teamboard.reviews.actions.suggestions import apply_suggestions
from teamboard.reviews.actions.threads import (
    ask_now,
    deliver,
    open_thread,
    post_comment,
    reopen_thread,
    resolve_thread,
    verify_thread,
)
from teamboard.reviews.actions.views import mark_viewed, served, served_since
from teamboard.reviews.actions.votes import cast_vote, request_changes, require_current

__all__ = [
    "CheckClaim",
    "abandon",
    "adopt_branch",
    "apply_suggestions",
    "ask_now",
    "branch_gone",
    "branch_moved",
    "cast_vote",
    "claim_check",
    "deliver",
    "discard_draft",
    "edit_change",
    "edit_draft",
    "ensure_check_runs",
    "give_back_checks",
    "give_up_check",
    "mark_merged",
    "mark_viewed",
    "open_change",
    "open_thread",
    "post_comment",
    "publish_drafts",
    "record_check",
    "renew_check",
    "reopen_thread",
    "request_changes",
    "require_current",
    "resolve_thread",
    "restore",
    "retry_check",
    "save_draft",
    "served",
    "served_since",
    "upload_patch_set",
    "verify_thread",
]
