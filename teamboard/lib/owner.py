"""Who holds a lease: a name that tells whether its process still lives."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

# Set by the simulator, whose workers are no processes.
simulated_name: Callable[[], str] | None = None
simulated_death: Callable[[str], bool] | None = None


def _started(pid: int) -> str:
    """The kernel's start time of a process; "" when there is none. Tells a reused id from the old one."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]


def own_name() -> str:
    if simulated_name is not None:
        return simulated_name()
    pid = os.getpid()
    return f"{socket.gethostname()}/{pid}/{_started(pid)}"


def is_dead(owner: str) -> bool:
    """True only when we know: the process was on this machine and is not there any more."""
    if simulated_death is not None:
        return simulated_death(owner)
    host, _, rest = owner.partition("/")
    pid, _, started = rest.partition("/")
    if host != socket.gethostname() or not pid.isdigit() or not started:
        return False
    return _started(int(pid)) != started
