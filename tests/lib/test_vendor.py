"""Scripts of others are the very bytes that were looked at."""

import hashlib
import json

import pytest
from django.conf import settings

VENDOR = settings.BASE_DIR / "static" / "vendor"
LOCK = json.loads((VENDOR / "LOCK.json").read_text())


@pytest.mark.parametrize("entry", LOCK, ids=lambda entry: entry["name"])
def test_a_vendored_script_has_the_locked_hash_and_its_licence(entry):
    script = VENDOR / entry["file"]
    assert hashlib.sha256(script.read_bytes()).hexdigest() == entry["sha256"]
    assert entry["version"] in entry["file"]
    assert entry["integrity"].startswith("sha512-")
    assert entry["licence"]
    assert (script.parent / "LICENSE").read_text().strip()


def test_every_vendored_script_is_locked():
    assert {str(path.relative_to(VENDOR)) for path in VENDOR.rglob("*.js")} == {entry["file"] for entry in LOCK}
