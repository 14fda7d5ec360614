"""The model endpoint of an agent: checked, its key put away, a kept key bound to the host it was given for."""

import ipaddress
from typing import Any
from urllib.parse import SplitResult, urlsplit

from teamboard.board import errors, keys

FIELDS = {"base_url", "api_key"}
_LOCAL = {"localhost", "127.0.0.1", "::1"}


def stored(given: Any, before: dict[str, Any]) -> dict[str, Any]:
    """What the row keeps: {base_url, key}. Without a new key the old one stays, for the same address only."""
    if (
        not isinstance(given, dict)
        or not set(given) <= FIELDS
        or not all(isinstance(one, str) for one in given.values())
    ):
        raise errors.invalid("The endpoint is a table of base_url and api_key.", "Give both as text.", field="endpoint")
    if not given.get("base_url", "").strip():
        if given.get("api_key"):
            raise errors.invalid("There is a key but no base_url.", "Say which endpoint it is for.", field="endpoint")
        return {}
    url = given["base_url"].strip().rstrip("/")
    key = given.get("api_key", "").strip()
    kept = str(before.get("key", "")) if before.get("base_url") == url else ""
    _check(urlsplit(url), with_key=bool(key or kept))
    _check_key(key)
    return {"base_url": url, "key": keys.keep(key) if key else kept}


def _check(there: SplitResult, *, with_key: bool) -> None:
    plain = not (there.username or there.password or there.query or there.fragment)
    try:
        there.port  # noqa: B018 - raises for a wrong one
        good = there.scheme in ("http", "https") and bool(there.hostname) and plain
    except ValueError:
        good = False
    if not good:
        raise errors.invalid(
            "The base_url is not a plain http(s) address.",
            "Write it like https://api.example.com/v1.",
            field="endpoint",
        )
    if there.scheme == "http" and with_key and not _is_local(there.hostname or ""):
        raise errors.invalid(
            "A key would travel to that host in the clear.", "Use https, or a server on this machine.", field="endpoint"
        )


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in _LOCAL


def _check_key(key: str) -> None:
    if key and (len(key) < 8 or not key.isascii() or not key.isprintable() or " " in key):
        raise errors.invalid(
            "That is not a key.", "Copy it without spaces; it has 8 letters or more.", field="endpoint"
        )
