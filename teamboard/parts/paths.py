"""Paths of files in markup and addresses: they may hold any byte."""

import hashlib
import os
from urllib.parse import quote, unquote_to_bytes


def key_of(path: str) -> str:
    """A short name of a file for DOM ids."""
    return hashlib.sha1(os.fsencode(path), usedforsecurity=False).hexdigest()[:10]


def pack(path: str) -> str:
    """A path as plain ASCII for attributes and addresses."""
    return quote(os.fsencode(path), safe="/")


def unpack(packed: str) -> str:
    return os.fsdecode(unquote_to_bytes(packed))
