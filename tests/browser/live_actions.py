"""All that two people do at random, and how often."""

from tests.browser import live_project, live_reviews, live_tasks

ACTIONS = (*live_tasks.ACTIONS, *live_reviews.ACTIONS, *live_project.ACTIONS)
# What makes real work for the board's workers, or an end, comes less often.
SELDOM = ("start_run", "approve", "calibrate", "settle", "adopt", "commit", "stop_run", "reject", "open_another")
WEIGHTS = dict.fromkeys(SELDOM, 1)
WEIGHTS |= dict.fromkeys(("edit_task", "order_tasks", "answer", "reply", "comment"), 4)
