"""The emergency stop, made true: called again and again while it is not released, by every worker and the sweeper.

The rows tell whoever works to let go; this does not rely on it, for a worker may hang.
"""

import logging

from agents import end_all
from teamboard.pipeline.sandboxes import marker
from teamboard.reviews import actions as reviews
from teamboard.runs.queries import halted

log = logging.getLogger(__name__)


def enforce() -> bool:
    """True while agents are stopped. Checks are given back first, so that being killed is no verdict of theirs."""
    if halted() is None:
        return False
    reviews.give_back_checks()
    ended = end_all(marker())
    if ended:
        log.warning("the emergency stop ended %s processes", ended)
    return True
