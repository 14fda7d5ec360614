"""The way out of a sandbox: one model endpoint, its key added outside, its tokens counted at the door."""

from agents.door.counting import Tally
from agents.door.forwarder import Door

__all__ = ["Door", "Tally"]
