"""A certificate of the board's own for `--share`, and the fingerprint a teammate compares."""

import datetime
import hashlib
import ipaddress
import os
import socket
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True)
class Certificate:
    key: Path
    certificate: Path
    fingerprint: str  # SHA-256 of the DER form, as browsers show it


def own_address() -> str | None:
    """This machine's address as others see it; no packet is sent. None where there is only loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # TEST-NET-1 of RFC 5737: routed like any other address, never used
            address = str(probe.getsockname()[0])
        except OSError:
            return None
    return None if ipaddress.ip_address(address).is_loopback else address


def certificate_for(address: str, folder: Path) -> Certificate:
    """The stored certificate of this address, or a new one valid for a year."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    key_file, file = folder / f"{address}.key", folder / f"{address}.pem"
    if not (key_file.exists() and file.exists() and _valid(file)):
        _write(address, key_file, file)
    der = x509.load_pem_x509_certificate(file.read_bytes()).public_bytes(serialization.Encoding.DER)
    digest = hashlib.sha256(der).hexdigest().upper()
    return Certificate(key_file, file, ":".join(digest[i : i + 2] for i in range(0, 64, 2)))


def _valid(file: Path) -> bool:
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=7)
    return x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc > soon


def _write(address: str, key_file: Path, file: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Teamboard")])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=365))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    handle = os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(secret)
    file.write_bytes(built.public_bytes(serialization.Encoding.PEM))
