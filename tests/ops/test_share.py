"""The certificate of --share and where it is written down."""

import hashlib
import ssl
from pathlib import Path

from teamboard.lib import sharing
from teamboard.ops import share
from teamboard.ops.tls import certificate_for


def test_the_fingerprint_is_that_of_the_certificate_a_browser_sees(tmp_path: Path) -> None:
    made = certificate_for("127.0.0.2", tmp_path)
    der = ssl.PEM_cert_to_DER_cert(made.certificate.read_text())
    assert made.fingerprint.replace(":", "").lower() == hashlib.sha256(der).hexdigest()
    assert certificate_for("127.0.0.2", tmp_path) == made
    assert made.key.stat().st_mode & 0o077 == 0


def test_a_share_is_written_down_for_the_pages_and_taken_back(tmp_path: Path) -> None:
    found, _certificate, listener = share.prepare(tmp_path, "127.0.0.2")
    listener.close()
    sharing.tell(tmp_path, found)
    assert sharing.current(tmp_path) == found
    again, _certificate, listener = share.prepare(tmp_path, "127.0.0.2")
    listener.close()
    assert again.port == found.port
    sharing.ask(tmp_path)
    assert sharing.wanted(tmp_path)
    sharing.tell(tmp_path, None)
    assert sharing.current(tmp_path) is None
    assert not sharing.wanted(tmp_path)
