"""Secrets that are shown once: only their SHA-256 is kept, or what they alone can open."""

import base64
import hashlib
import hmac
import secrets

from cryptography.fernet import Fernet
from django.conf import settings


def new_secret() -> str:
    """256 random bits, safe in an address."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _lock(secret: str) -> Fernet:
    own = hmac.new(settings.SECRET_KEY.encode(), secret.encode(), hashlib.sha256).digest()
    return Fernet(base64.urlsafe_b64encode(own))


def sealed(text: str, secret: str) -> str:
    """Readable only to who brings the secret again, and only on this board."""
    return _lock(secret).encrypt(text.encode()).decode()


def opened(text: str, secret: str) -> str:
    return _lock(secret).decrypt(text.encode()).decode()
