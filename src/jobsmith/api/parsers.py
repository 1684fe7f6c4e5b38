"""Bodies of requests, read up to a limit: what is larger is refused before it fills memory."""

from collections.abc import Mapping
from io import BytesIO
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import FormParser, JSONParser

from jobsmith.conf import conf
from jobsmith.errors import TooLarge


class BoundedJSONParser(JSONParser):
    """JSON of ``MAX_INPUT_BYTES`` at most."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The value; raises TooLarge, or ParseError as for anything that is no JSON."""
        try:
            return super().parse(_bounded(stream), media_type, parser_context)
        except RecursionError as error:
            raise ParseError("JSON parse error - nested too deeply") from error


class BoundedFormParser(FormParser):
    """Form fields of ``MAX_INPUT_BYTES`` at most."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The fields; raises TooLarge."""
        return super().parse(_bounded(stream), media_type, parser_context)


def _bounded(stream: IO[Any]) -> IO[bytes]:
    limit = conf().max_input_bytes
    body = stream.read(limit + 1)
    if len(body) > limit:
        raise TooLarge(f"The body may hold {limit:,} bytes. Send large content as a file.")
    return BytesIO(body)
