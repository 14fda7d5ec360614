"""The TLS listener of `--share`: address, port and certificate (D29)."""

from pathlib import Path

from teamboard.lib.sharing import Share, current
from teamboard.ops.instance import any_port
from teamboard.ops.tls import Certificate, certificate_for, own_address


def prepare(folder: Path, address: str | None = None, port: int | None = None) -> tuple[Share, Certificate]:
    """Choose address, port and certificate. Raises SystemExit where this machine has no address to share."""
    address = address or own_address()
    if address is None:
        raise SystemExit(
            "This machine has no address but its own loopback, so nobody else could open the board. "
            "Connect it to a network, or use a tunnel and start with --origin https://YOUR.TUNNEL."
        )
    last = current(folder)
    certificate = certificate_for(address, folder / "tls")
    chosen = port or (last.port if last and last.address == address else any_port(address))
    return Share(f"https://{address}:{chosen}", address, chosen, certificate.fingerprint), certificate
