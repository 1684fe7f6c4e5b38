"""The ASGI application: static files, Django's pages, and the server's start and stop."""

from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.asgi import get_asgi_application
from servestatic import ServeStaticASGI

_pages = get_asgi_application()

# Records can be imported only once Django is set up, which the line above does.
from jobsmith.streams.hub import hub  # noqa: E402

Message = Any
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


class Lifespan:
    """Answers the server's start and stop, which Django does not, and ends open streams on stop."""

    def __init__(self, inner: Application) -> None:
        self._inner = inner

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass everything on but the life span."""
        if scope["type"] != "lifespan":
            await self._inner(scope, receive, send)
            return
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        hub().close()
        await send({"type": "lifespan.shutdown.complete"})


def _with_static_files(inner: Application) -> Application:
    """Serve the installed apps' static files from where they lie; there is no collecting step."""
    served = ServeStaticASGI(
        inner, max_age=60, allow_all_origins=False, add_headers_function=_never_guess_types
    )
    prefix = f"/{settings.STATIC_URL.strip('/')}/"
    for finder in finders.get_finders():
        for path, storage in finder.list(None):
            served.add_file_to_dictionary(prefix + path, storage.path(path), root=storage.location)
    return served  # type: ignore[no-any-return]


def _never_guess_types(headers: Any, _path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"


application = Lifespan(_with_static_files(_pages))
