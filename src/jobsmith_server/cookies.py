"""Cookies of a request, looked at before anything asks the database with them."""

from django.http import HttpRequest
from django.utils.deprecation import MiddlewareMixin

from jobsmith.received import is_text


class OnlyTextCookies(MiddlewareMixin):
    """Cookies that no database could look for count as not sent."""

    def process_request(self, request: HttpRequest) -> None:
        """Leave them out."""
        kept = {name: value for name, value in request.COOKIES.items() if is_text(name + value)}
        request.COOKIES = kept
