"""Shared fixtures. Every test process has a data folder of its own."""

import os
import tempfile

# Before Django reads its settings: tests never touch the user's board.
os.environ["TEAMBOARD_DATA"] = tempfile.mkdtemp(prefix="teamboard-test-")
os.environ.setdefault("TEAMBOARD_LEASE_SECONDS", "1")
os.environ.setdefault("TEAMBOARD_BEAT_SECONDS", "0.2")
os.environ.setdefault("TEAMBOARD_SWEEP_SECONDS", "0.2")
