"""All settings. What a user may change comes from the environment; see docs/architecture.md."""

import hashlib
import os
import secrets
from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF, UNSAFE_INLINE

BASE_DIR = Path(__file__).resolve().parent.parent
PACKAGE_DIR = Path(__file__).resolve().parent


def _data_folder() -> Path:
    given = os.environ.get("TEAMBOARD_DATA")
    if given:
        return Path(given).expanduser().resolve()
    home = os.environ.get("XDG_DATA_HOME") or os.path.join(os.path.expanduser("~"), ".local", "share")
    return Path(home) / "teamboard"


def _secret_key(folder: Path) -> str:
    """One key per data folder, made on first use and readable by its owner only."""
    file = folder / "secret.key"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return file.read_text().strip()
        with os.fdopen(handle, "w") as out:
            out.write(secrets.token_urlsafe(48))
    return file.read_text().strip()


def _valkey_socket(folder: Path) -> Path:
    """In the data folder, or, where that path is too long for a socket, in a folder of the user's under /tmp."""
    place = folder / "valkey" / "valkey.sock"
    if len(str(place).encode()) <= 100:  # sun_path holds 108 bytes on Linux, 104 on macOS
        return place
    name = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    return Path("/tmp") / f"teamboard-{os.getuid()}-{name}" / "valkey.sock"


def _seconds(name: str, default: float) -> float:
    return float(os.environ.get(f"TEAMBOARD_{name}", default))


DATA_DIR = _data_folder()
SECRET_KEY = _secret_key(DATA_DIR)
DEBUG = False
# Cookies are not kept apart by port, so their names carry the instance (RFC 6265, 8.5).
INSTANCE = hashlib.sha256(SECRET_KEY.encode()).hexdigest()[:8]

# The one canonical origin and, behind a tunnel or with --share, further exact ones (comma separated).
ORIGIN = os.environ.get("TEAMBOARD_ORIGIN", "http://127.0.0.1:8000")
ORIGINS = [ORIGIN, *filter(None, os.environ.get("TEAMBOARD_ORIGINS", "").split(","))]
# Exact hosts and origins are checked by ops/origins.py, the outermost ASGI layer; Django need not repeat it.
ALLOWED_HOSTS = ["*"]
CSRF_TRUSTED_ORIGINS = list(ORIGINS)

LEASE_SECONDS = _seconds("LEASE_SECONDS", 30)
BEAT_SECONDS = _seconds("BEAT_SECONDS", 5)
SWEEP_SECONDS = _seconds("SWEEP_SECONDS", 2)
WIP_LIMIT = int(os.environ.get("TEAMBOARD_WIP_LIMIT", "20"))

# A run that only waits for an answer is parked after so long: its process ends, the answer starts it again (D18).
PARK_SECONDS = _seconds("PARK_SECONDS", 120)
# So many processes of one worker may wait for people at a time; beyond it the longest waiting is parked at once.
WAITING_LIMIT = int(os.environ.get("TEAMBOARD_WAITING_LIMIT", "10"))
# A running agent's files are kept under a checkpoint's ref so often, beside after each step.
CHECKPOINT_SECONDS = _seconds("CHECKPOINT_SECONDS", 300)

# What may go from the disk, never a ref and never what is only there: folders of ended runs whose work is in the hub,
# environment layers that nobody used, and the oldest logs of checks beyond a total.
KEEP_RUN_DAYS = _seconds("KEEP_RUN_DAYS", 14)
KEEP_LAYER_DAYS = _seconds("KEEP_LAYER_DAYS", 14)
KEEP_LOG_BYTES = int(os.environ.get("TEAMBOARD_KEEP_LOG_BYTES", str(1024**3)))
# The heads of the log of facts are mirrored into each project's hub so often.
MIRROR_SECONDS = _seconds("MIRROR_SECONDS", 3600)
COLLECT_EVERY_SECONDS = _seconds("COLLECT_EVERY_SECONDS", 3600)

VALKEY_SOCKET = _valkey_socket(DATA_DIR)
REDIS_URL = os.environ.get("REDIS_URL") or f"unix://{VALKEY_SOCKET}"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "channels",
    "csp",
    "teamboard.accounts",
    "teamboard.events",
    "teamboard.board",
    "teamboard.runs",
    "teamboard.reviews",
    "teamboard.gate",
    "teamboard.live",
    "teamboard.pipeline",
    "teamboard.web",
    "teamboard.ops",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "teamboard.api.door.ApiDoor",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "teamboard.urls"
ASGI_APPLICATION = "teamboard.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # In a checkout templates stand at the top; in a wheel they travel inside the package.
        "DIRS": [d for d in (BASE_DIR / "templates", PACKAGE_DIR / "templates") if d.is_dir()],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
            ],
        },
    }
]

DATABASES = {"default": dj_database_url.parse(os.environ.get("DATABASE_URL") or f"sqlite:///{DATA_DIR / 'board.db'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 10,
        # The supervisor alone checkpoints (two checkpointers at once can corrupt a WAL before SQLite 3.51.3).
        "init_command": (
            "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;PRAGMA wal_autocheckpoint=0;"
        ),
    }
DATABASES["default"]["CONN_MAX_AGE"] = 0
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "/sign-in/"
SESSION_COOKIE_NAME = f"teamboard_{INSTANCE}_session"
CSRF_COOKIE_NAME = f"teamboard_{INSTANCE}_csrf"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = os.environ.get("TEAMBOARD_TLS") == "1"
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
# Not "no-referrer": browsers then send "Origin: null" with plain forms, which nobody can tell from a foreign page.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "style-src-attr": [UNSAFE_INLINE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
LANGUAGE_CODE = "en"

STATIC_URL = "/static/"
STATICFILES_DIRS = [d for d in (BASE_DIR / "static", PACKAGE_DIR / "static") if d.is_dir()]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": "teamboard.lib.redaction.Redacting",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": os.environ.get("TEAMBOARD_LOG_LEVEL", "INFO")},
}
