"""Django behind ASGI in one change of threads a request.

Our views and middleware are plain functions. Django's own handler calls what can be a coroutine as one, and changes
threads, which costs a wait for the interpreter each time, at every border between the two: 15 times a page here.
"""

import django
from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class OneThread(ASGIHandler):
    """From the first middleware to the last, a request stays in the thread that the database connection belongs to."""

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        return await sync_to_async(self.get_response, thread_sensitive=True)(request)


def application() -> OneThread:
    django.setup(set_prefix=False)
    return OneThread()
