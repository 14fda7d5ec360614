"""What is written into a log holds no key: in the message, in its arguments, in an exception, in the server's lines."""

import os
import subprocess
import sys

import pytest

from teamboard.lib.redaction import MASK, redact

KEY = "wholly-unlike-any-known-shape"
TOKEN = "q7Jx0cV3mYt5B8nRz2WkLd4FhGs6PaEu9TiNoXyKbCM"
PLANTED = """
import logging, subprocess, django
from django.conf import settings
django.setup()
from teamboard.accounts.secret import new_secret
from teamboard.board import keys
from teamboard.git.command import GitError
keys.keep("{key}")
log = logging.getLogger("teamboard.anything")
log.info("the agent said {key}")
log.warning("argv %s", ["agent", "--key", "{key}", "--token={token}"])
log.error("%(a)s", {{"a": {{"Authorization": "Bearer abcdefgh12345678"}}}})
try:
    raise GitError(128, "fatal: unable to access 'https://ada:pa55word@host/x.git'", ["fetch"])
except GitError:
    log.exception("with %s", settings.SECRET_KEY)
logging.getLogger("uvicorn.error").error("one-time %s", new_secret())
import teamboard.asgi
logging.getLogger("uvicorn").addHandler(logging.StreamHandler())
from teamboard.lib import redaction
redaction.cover("uvicorn")
logging.getLogger("uvicorn.error").error("one-time %s", new_secret())
print(settings.SECRET_KEY)
"""


def test_no_key_reaches_the_log_however_it_comes(tmp_path):
    env = {**os.environ, "TEAMBOARD_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "teamboard.settings"}
    argv = [sys.executable, "-c", PLANTED.format(key=KEY, token=TOKEN)]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, check=True)
    log, own_key = done.stderr, done.stdout.strip()
    assert log.count(MASK) >= 8
    for secret in (KEY, TOKEN, own_key, "abcdefgh12345678", "pa55word"):
        assert secret not in log
    assert "unable to access 'https://[redacted]@host/x.git'" in log
    assert log.count(f"one-time {MASK}") >= 2


@pytest.mark.parametrize(
    "words",
    [
        "a99c5bd1d4a8b0f0c6c1d2e3f4a5b6c7d8e9f0a1 is a commit",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "GET /p/1/changes/12/diff/?patch_set=3&path=teamboard-accounts-actions-and-some-more-words-here",
        "worker control@board started",
    ],
)
def test_what_is_no_secret_stays(words):
    assert redact(words) == words


@pytest.mark.parametrize("secret", ["sk-ant-api03-" + "Z9y8" * 8, "ghp_" + "16C7e42F" * 4, "AKIA" + "Q7RT" * 4, TOKEN])
def test_keys_are_known_by_their_shape(secret):
    assert secret not in redact(f"use {secret}, please")
