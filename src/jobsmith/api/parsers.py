"""Bodies of requests, read up to a limit: what is larger is refused before it fills memory."""

from collections.abc import Mapping
from io import BytesIO
from typing import IO, Any

from django.utils.datastructures import MultiValueDict
from rest_framework.parsers import BaseParser, DataAndFiles, FormParser, JSONParser, MultiPartParser

from jobsmith.conf import conf
from jobsmith.errors import NotReadable, TooDeep
from jobsmith.received import check_fields, check_json, read_bounded


class BoundedJSONParser(BaseParser):
    """JSON of ``MAX_INPUT_BYTES`` at most; no JSONParser, as for those Django reads the body."""

    media_type = JSONParser.media_type
    renderer_class = JSONParser.renderer_class

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The value; raises what cannot be held, or a ParseError for what is no JSON."""
        try:
            value = JSONParser().parse(_bounded(stream), media_type, parser_context)
        except RecursionError as error:
            raise TooDeep from error
        check_json(value)
        return value


class BoundedFormParser(FormParser):
    """Form fields of ``MAX_INPUT_BYTES`` at most."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The fields; raises TooLarge and NotStorable."""
        fields = super().parse(_bounded(stream), media_type, parser_context)
        check_fields(fields, MultiValueDict())
        return fields


class WholeMultiPartParser(MultiPartParser):
    """Fields and files of a body that has arrived to its end."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> "DataAndFiles[Any, Any]":
        """The fields and files; raises NotReadable and NotStorable."""
        watched = _Watched(stream)
        found = super().parse(watched, media_type, parser_context)  # type: ignore[arg-type]
        if not watched.has_ended:
            raise NotReadable("The form is cut off: its last boundary is missing.")
        check_fields(found.data, found.files)
        return found


class _Watched:
    """A stream that remembers its last bytes: a whole form ends with a boundary and two dashes."""

    def __init__(self, stream: IO[Any]) -> None:
        self._stream = stream
        self._tail = b""

    def read(self, *sizes: int) -> bytes:
        chunk: bytes = self._stream.read(*sizes)
        self._tail = (self._tail + chunk)[-64:] if chunk else self._tail
        return chunk

    @property
    def has_ended(self) -> bool:
        return self._tail.rstrip().endswith(b"--")


def _bounded(stream: IO[Any]) -> IO[bytes]:
    return BytesIO(read_bounded(stream, conf().max_input_bytes))
