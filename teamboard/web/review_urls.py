"""Addresses of the review pages: inbox, change, queue, and what their buttons call."""

from django.urls import path

from teamboard.web.views import change, inbox, person_edit, queue, talk, verdicts

urlpatterns = [
    path("p/<int:pk>/review/", inbox.page, name="inbox"),
    path("p/<int:pk>/review/rows/", inbox.rows, name="inbox-rows"),
    path("p/<int:pk>/queue/", queue.page, name="queue"),
    path("p/<int:pk>/queue/freeze/", queue.freeze, name="queue-freeze"),
    path("p/<int:pk>/queue/unfreeze/", queue.unfreeze, name="queue-unfreeze"),
    path("changes/<int:pk>/", change.page, name="change"),
    path("changes/<int:pk>/diff/", change.diff, name="change-diff"),
    path("changes/<int:pk>/mine/", change.mine, name="change-mine"),
    path("changes/<int:pk>/threads/<int:thread>/", change.thread, name="change-thread"),
    path("changes/<int:pk>/why/", change.why, name="why"),
    path("changes/<int:pk>/served/", change.served, name="change-served"),
    path("changes/<int:pk>/viewed/", change.viewed, name="change-viewed"),
    path("changes/<int:pk>/edit/", person_edit.page, name="change-edit"),
    path("changes/<int:pk>/drafts/", talk.save, name="draft-save"),
    path("changes/<int:pk>/comment/", talk.comment, name="comment"),
    path("changes/<int:pk>/suggestions/", talk.apply, name="suggestions"),
    path("changes/<int:pk>/publish/", talk.publish, name="publish"),
    path("changes/<int:pk>/request-changes/", verdicts.request_changes, name="request-changes"),
    path("changes/<int:pk>/vote/", verdicts.vote, name="vote"),
    path("changes/<int:pk>/approve/", verdicts.approve, name="approve"),
    path("changes/<int:pk>/reject/", verdicts.reject, name="reject"),
    path("changes/<int:pk>/restore/", verdicts.restore, name="restore"),
    path("changes/<int:pk>/withdraw/", verdicts.withdraw, name="withdraw"),
    path("changes/<int:pk>/requeue/", verdicts.requeue, name="requeue"),
    path("changes/<int:pk>/undo/", verdicts.undo, name="undo"),
    path("drafts/<int:pk>/discard/", talk.discard, name="draft-discard"),
    path("threads/<int:pk>/draft/", talk.save_reply, name="reply-save"),
    path("threads/<int:pk>/reply/", talk.reply, name="reply"),
    path("threads/<int:pk>/ask/", talk.ask, name="ask-now"),
    path("threads/<int:pk>/resolve/", talk.resolve, name="resolve"),
    path("threads/<int:pk>/reopen/", talk.reopen, name="reopen"),
    path("threads/<int:pk>/verify/", talk.verify, name="verify"),
    path("checks/<int:pk>/log/", change.check_log, name="check-log"),
    path("runs/<int:pk>/diff/", change.run_diff, name="run-diff"),
]
