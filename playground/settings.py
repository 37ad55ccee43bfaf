"""Settings, all of them from the environment; the defaults run a laptop with SQLite.

Every limit is a setting, named in ``playground.site.limits``.
"""

from __future__ import annotations

import os
import secrets
import warnings
from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONE, SELF

from playground.site.limits import LIMITS

BASE_DIR = Path(__file__).resolve().parent.parent
STATE_DIR = Path(os.environ.get("CHAINWALK_STATE_DIR", BASE_DIR / ".cache"))


def _flag(name: str, default: bool) -> bool:
    return os.environ.get(name, "1" if default else "0").lower() in ("1", "true", "yes", "on")


def _words(name: str, default: str) -> list[str]:
    return [word for word in os.environ.get(name, default).split(",") if word]


def _secret_key() -> str:
    """From the environment, else one that is made once and kept in the state directory."""
    given = os.environ.get("CHAINWALK_SECRET_KEY")
    if given:
        return given
    kept = STATE_DIR / "secret-key"
    if not kept.exists():
        STATE_DIR.mkdir(parents=True, exist_ok=True)
        try:
            with open(kept, "x", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
                file.write(secrets.token_urlsafe(48))
        except FileExistsError:
            pass  # another process was quicker
    return kept.read_text()


SECRET_KEY = _secret_key()
DEBUG = _flag("CHAINWALK_DEBUG", False)
ALLOWED_HOSTS = _words("CHAINWALK_HOSTS", "localhost,127.0.0.1,[::1]")
# Addresses of the proxies in front, whose X-Forwarded-For and -Proto are believed.
PROXIES = _words("CHAINWALK_PROXIES", "")
CSRF_TRUSTED_ORIGINS = _words("CHAINWALK_TRUSTED_ORIGINS", "")

# Accounts for a team: logins beside keys. Off, nobody meets them, and their tables stay empty.
ACCOUNTS = _flag("CHAINWALK_ACCOUNTS", False)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "csp",
    "django_htmx",
    "playground",
]
if ACCOUNTS:  # an operator's own pages need somebody to log in
    INSTALLED_APPS += ["django.contrib.messages", "django.contrib.admin"]

MIDDLEWARE = [
    "playground.site.observed.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "playground.site.headers.HeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Safe with forms: Django masks the CSRF token anew each time and pads what it compresses.
    "django.middleware.gzip.GZipMiddleware",
    "playground.site.failures.FailureMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "playground.links.middleware.GoneMiddleware",
]
if ACCOUNTS:
    MIDDLEWARE += [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ]
LOGIN_URL, LOGIN_REDIRECT_URL, LOGOUT_REDIRECT_URL = "login", "collections", "collections"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
    )
]

ROOT_URLCONF = "playground.urls"
ASGI_APPLICATION = "playground.asgi.application"
# Only the CLI's own output is translated to a person's eye; the page is English.
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "playground.collections.people.shown",
            ],
            "libraries": {"shown": "playground.shown.tags"},
        },
    }
]

if ACCOUNTS:
    TEMPLATES[0]["OPTIONS"]["context_processors"] += [
        "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]

DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("DATABASE_URL") or f"sqlite:///{STATE_DIR / 'chainwalk.sqlite3'}",
        conn_max_age=60,
        conn_health_checks=True,  # one that a restart cut is opened anew
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    STATE_DIR.mkdir(parents=True, exist_ok=True)
    # Readers never wait for a writer; a writer waits its turn instead of failing.
    DATABASES["default"]["OPTIONS"] = {
        "timeout": LIMITS.busy_seconds,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:  # a host that answers nothing is not waited for until TCP gives up
    patience = min(LIMITS.busy_seconds, 5)
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", patience)
    if DATABASES["default"]["ENGINE"].endswith("postgresql"):
        # Each request has a thread, and each thread a connection: psycopg's pool lends them.
        DATABASES["default"]["CONN_MAX_AGE"] = 0
        DATABASES["default"]["OPTIONS"]["pool"] = {
            "min_size": 1,
            "max_size": LIMITS.database_connections,
            "timeout": LIMITS.busy_seconds,
        }

# The scheduler of a Dask cluster for big jobs (``tcp://…``); without it processes of this machine.
DASK = os.environ.get("CHAINWALK_DASK", "")

# Walking together: hints between pages. One process needs none but its memory; where several
# serve the same sessions, Redis carries them (and without it the database does, some seconds late).
REDIS_URL = os.environ.get("REDIS_URL", "")
CHANNEL_LAYERS = {
    "together": (
        {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {"hosts": [REDIS_URL], "prefix": "chainwalk", "expiry": 30},
        }
        if REDIS_URL
        else {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    )
}

# Rate counts and pictures: shared by all processes, where there is a Redis.
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "chainwalk",
        }
    }

STATIC_URL = "/static/"
STATIC_ROOT = STATE_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
if not _flag("CHAINWALK_PLAIN_STATIC", False):  # tests serve the files from where they lie
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
        "staticfiles": {"BACKEND": "playground.site.storage.HashedStaticFiles"},
    }
else:
    WHITENOISE_USE_FINDERS = True

WHITENOISE_ALLOW_ALL_ORIGINS = False  # other sites' pages load embed.js, which is a view
# WhiteNoise reads its (small, hashed, cached) files in a thread; under ASGI Django remarks on it.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}
# Who may frame /e/ID, and nothing else: everybody, unless a list of origins says who.
EMBED_ANCESTORS = _words("CHAINWALK_EMBED_ANCESTORS", "*")
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
# "no-referrer" would make the browser send "Origin: null" with our own forms.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
# Whether a saved page has a form to report it to whoever runs this.
REPORTS = _flag("CHAINWALK_REPORTS", True)
# Whether /metrics answers everybody, and not only programs on this machine.
METRICS = _flag("CHAINWALK_METRICS", False)
# Whom /.well-known/security.txt names: mailto: or https: addresses.
SECURITY_CONTACT = _words("CHAINWALK_SECURITY_CONTACT", "")
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "playground.page.views.csrf_failure"
if _flag("CHAINWALK_HTTPS", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 31536000
    # Asked for on this machine, where nothing ends TLS.
    SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]

DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024

# Rulesets are other people's internals: nothing they type is ever logged, nor where they are.
# INFO has a line for each request.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "playground.site.logs.JsonLines"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": os.environ.get("CHAINWALK_LOG", "WARNING")},
}
