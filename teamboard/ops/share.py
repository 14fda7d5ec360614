"""The TLS listener of `--share`: address, port and certificate (D29)."""

import socket
from pathlib import Path

from teamboard.lib.sharing import Share, current
from teamboard.ops.instance import port_of, reserve
from teamboard.ops.tls import Certificate, certificate_for, own_address


def prepare(folder: Path, address: str | None = None) -> tuple[Share, Certificate, socket.socket]:
    """Choose address, port (held from here on) and certificate. SystemExit where there is no address to share."""
    address = address or own_address()
    if address is None:
        raise SystemExit(
            "This machine has no address but its own loopback, so nobody else could open the board. "
            "Connect it to a network, or use a tunnel and start with --origin https://YOUR.TUNNEL."
        )
    last = current(folder)
    certificate = certificate_for(address, folder / "tls")
    held = reserve(None, last.port if last and last.address == address else 0, address)
    port = port_of(held)
    return Share(f"https://{address}:{port}", address, port, certificate.fingerprint), certificate, held
