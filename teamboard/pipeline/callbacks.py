"""The way by which the agent of one turn calls the board back: a socket, and a token that ends with the turn."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from agents import Callback, Endpoint
from agents.door import Door
from teamboard.pipeline.job import Job
from teamboard.runs import actions

PATH = "/mcp"
BIGGEST = 256 * 1024  # the board refuses less than that with a sentence; beyond it nothing is read


@contextmanager
def calling_back(job: Job) -> Iterator[Callback]:
    """The sandbox knows a word; the token that the word stands for never enters it."""
    token = actions.issue_run_token(job.claim)
    with Door(Endpoint(base_url=f"{settings.ORIGIN}{PATH}", api_key=token), biggest=BIGGEST) as door:
        yield Callback(socket=door.socket, path=PATH, token=door.word)
