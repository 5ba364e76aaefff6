"""An OAuth server that nobody here wrote: django-oauth-toolkit, in one file. Login and consent pages, PKCE enforced,
rotating refresh tokens whose reuse is refused.

    python foreign_server.py --ready-file FILE      binds any free port of 127.0.0.1 and writes its address to FILE

ACCESS_TOKEN_SECONDS (default 36000) sets the lifetime of access tokens, GRACE_SECONDS (default 0) how long a refresh token
that was replaced still works. Two people have accounts: ada and grace, password "correct horse". Beside the toolkit's own:

    POST /register {"redirect_uri"}     makes a client; answers {"client_id", "client_secret"}
    POST /withdraw {"username"}         ends all that clients have of this person
    GET /grants?username=               {"live", "families"}: refresh tokens that work, and families there ever were
    POST /hold {"when"}                 keeps the next refresh: "before" it is looked at (it is then forgotten), or
                                        "after" its token is replaced and before anybody hears
    GET /held                           answers once one is kept
    POST /release                       lets go of it
"""

import argparse
import json
import os
import secrets
import signal
import sys
import tempfile
import threading
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django
from django.conf import settings

PASSWORD = "correct horse"
PATIENCE = 15  # seconds
LOGIN = """<!doctype html><html lang="en"><title>Log in</title><h1>Log in</h1>
<form method="post">{% csrf_token %}{{ form.as_p }}<button id="login">Log in</button></form></html>"""

directory = tempfile.TemporaryDirectory(prefix="reseal-foreign-")
settings.configure(
    SECRET_KEY=secrets.token_hex(32),
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "oauth2_provider",
    ],
    # SecurityMiddleware sends Cross-Origin-Opener-Policy: same-origin, as most Django sites do: the window that opened
    # the login page sees it as closed from then on.
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        f"{__name__}.holding",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": f"{directory.name}/foreign.db",
            "OPTIONS": {"timeout": 10, "transaction_mode": "IMMEDIATE"},
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    LOGIN_URL="/login/",
    USE_TZ=True,
    OAUTH2_PROVIDER={
        "PKCE_REQUIRED": True,
        "ACCESS_TOKEN_EXPIRE_SECONDS": int(os.environ.get("ACCESS_TOKEN_SECONDS", "36000")),
        "ROTATE_REFRESH_TOKEN": True,
        "REFRESH_TOKEN_GRACE_PERIOD_SECONDS": int(os.environ.get("GRACE_SECONDS", "0")),
        "REFRESH_TOKEN_REUSE_PROTECTION": True,
        "SCOPES": {"read": "Read your things"},
        "DEFAULT_SCOPES": ["read"],
    },
)
django.setup()

# ruff: noqa: E402  (Django's modules want its settings first)
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, JsonResponse
from django.template import engines
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from oauth2_provider.decorators import protected_resource
from oauth2_provider.models import AccessToken, Application, RefreshToken


class Login(LoginView):
    def render_to_response(self, context, **_):
        return HttpResponse(engines["django"].from_string(LOGIN).render(context, self.request))


@protected_resource()
def me(request):
    return JsonResponse({"id": str(request.resource_owner.pk), "username": request.resource_owner.username})


@csrf_exempt
@require_POST
def register(request):
    client_secret = secrets.token_urlsafe(32)
    application = Application.objects.create(
        name="Reseal",
        user=User.objects.first(),
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
        redirect_uris=json.loads(request.body)["redirect_uri"],
        client_secret=client_secret,
    )
    return JsonResponse({"client_id": application.client_id, "client_secret": client_secret})


@csrf_exempt
@require_POST
def withdraw(request):
    theirs = {"user__username": json.loads(request.body)["username"]}
    for token in RefreshToken.objects.filter(**theirs, revoked__isnull=True):
        token.revoke()
    AccessToken.objects.filter(**theirs).delete()
    return JsonResponse({})


def grants(request):
    theirs = RefreshToken.objects.filter(user__username=request.GET["username"])
    families = theirs.values("token_family").distinct().count()
    return JsonResponse({"live": theirs.filter(revoked__isnull=True).count(), "families": families})


class Hold:
    """One refresh that is kept."""

    def __init__(self):
        self.when, self.reached, self.released = None, threading.Event(), threading.Event()

    def keep(self):
        self.when = None
        self.reached.set()
        self.released.wait(PATIENCE)


next_hold = Hold()


def holding(get_response):
    def middleware(request):
        kept = next_hold
        is_refresh = request.path == "/o/token/" and request.POST.get("grant_type") == "refresh_token"
        when = kept.when if is_refresh else None
        if when == "before":
            kept.keep()
            return HttpResponse(status=503)
        response = get_response(request)
        if when == "after":
            kept.keep()
        return response

    return middleware


@csrf_exempt
@require_POST
def hold(request):
    global next_hold
    next_hold = Hold()
    next_hold.when = json.loads(request.body)["when"]
    return JsonResponse({})


def held(request):
    return JsonResponse({}, status=200 if next_hold.reached.wait(PATIENCE) else 504)


@csrf_exempt
@require_POST
def release(request):
    next_hold.released.set()
    return JsonResponse({})


urlpatterns = [
    path("login/", Login.as_view()),
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
    path("me", me),
    path("register", register),
    path("withdraw", withdraw),
    path("grants", grants),
    path("hold", hold),
    path("held", held),
    path("release", release),
]


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):  # its lines would hold codes
        pass


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--ready-file", type=Path, required=True)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))

    call_command("migrate", verbosity=0)
    for name in ("ada", "grace"):
        User.objects.create_user(name, password=PASSWORD)
    with make_server("127.0.0.1", 0, get_wsgi_application(), Server, Quiet) as server:
        address = f"http://127.0.0.1:{server.server_port}"
        written = options.ready_file.with_suffix(".new")
        written.write_text(address + "\n")
        written.rename(options.ready_file)
        server.serve_forever()


if __name__ == "__main__":
    main()
