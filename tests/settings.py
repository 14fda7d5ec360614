"""The settings of tests: a data folder of their own, chosen before anything reads it."""

import os
import tempfile

# One for each test worker; a process that a test starts keeps what the test gave it.
_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "alone")
if os.environ.get("TEAMBOARD_TESTING") != _WORKER:
    os.environ["TEAMBOARD_TESTING"] = _WORKER
    os.environ["TEAMBOARD_DATA"] = tempfile.mkdtemp(prefix="teamboard-test-")
    os.environ.setdefault("TEAMBOARD_LEASE_SECONDS", "1")
    os.environ.setdefault("TEAMBOARD_BEAT_SECONDS", "0.2")
    os.environ.setdefault("TEAMBOARD_SWEEP_SECONDS", "0.2")

from teamboard.settings import *  # noqa: E402, F403 (this is what a settings module is)
