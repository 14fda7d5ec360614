"""The ASGI application: origin guard, then HTTP to Django and sockets to the live layer."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "teamboard.settings")
application = get_asgi_application()
