"""The ASGI application: the live layer's guard and sockets around Django."""

import os

from teamboard.lib.handler import application as pages

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "teamboard.settings")
http = pages()

from teamboard.lib import redaction  # noqa: E402 (Django must be set up first)
from teamboard.live.routing import application as live_application  # noqa: E402 (Django must be set up first)
from teamboard.runs.workers import WEB, Heartbeat  # noqa: E402

# The server has handlers of its own, which settings.LOGGING does not know.
redaction.cover("uvicorn", "uvicorn.access")
application = live_application(http, heartbeat=Heartbeat(WEB))
