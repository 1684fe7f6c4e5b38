"""``jobsmith web``: the pages and the API on one port."""

import socket

import click
import uvicorn
from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application
from django.core.handlers.asgi import ASGIHandler
from django.urls import get_resolver
from django.utils.module_loading import import_string

from jobsmith.streams.hub import hub

from .listening import address_of, advice, bind
from .preparing import refuse_broken_settings

GRACEFUL_SECONDS = 3


class Server(uvicorn.Server):
    """uvicorn, ending live streams first: it would wait for them until its patience ends."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop, viewers of live logs first."""
        hub().close()
        await super().shutdown(sockets)


def load() -> object:
    """The host's ASGI application, with every middleware and page imported."""
    named = getattr(settings, "ASGI_APPLICATION", None)
    application: object = import_string(named) if named else _plain_application()
    _ = get_resolver().url_patterns
    return application


def _plain_application() -> ASGIHandler:
    """Django's own, with the static files of a host that has said nothing about serving them."""
    application = get_asgi_application()
    if apps.is_installed("django.contrib.staticfiles"):
        return ASGIStaticFilesHandler(application)
    return application


def serve(listener: socket.socket) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    behind_proxy = bool(getattr(settings, "BEHIND_PROXY", False))
    config = uvicorn.Config(
        load(),  # type: ignore[arg-type]
        log_config=None,
        access_log=False,
        lifespan="auto",  # Django's own application has none
        server_header=False,
        proxy_headers=behind_proxy,
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
    )
    Server(config).run(sockets=[listener])
    return 0


@click.command()
@click.option("--host", envvar="HOST", default="127.0.0.1", show_default=True)
@click.option(
    "--port", envvar="PORT", type=click.IntRange(0, 65535), default=8000, show_default=True
)
def web(host: str, port: int) -> None:
    """Serve the pages and the API."""
    refuse_broken_settings()
    listener = bind(host, port)
    for sentence in advice(host):
        click.echo(f"jobsmith: {sentence}", err=True)
    click.echo(f"Jobsmith serves {address_of(listener)}")
    serve(listener)
