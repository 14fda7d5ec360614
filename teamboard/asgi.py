"""The ASGI application: the live layer's guard and sockets around Django."""

import os

from teamboard.lib.handler import application as pages

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "teamboard.settings")
http = pages()

from teamboard.live.routing import application as live_application  # noqa: E402 (Django must be set up first)
from teamboard.runs.workers import WEB, Heartbeat  # noqa: E402

application = live_application(http, heartbeat=Heartbeat(WEB))
