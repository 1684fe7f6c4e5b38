"""Form fields for addresses and networks; clean values are netaddr's."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_ipv46_address
from netaddr import AddrFormatError, IPAddress, IPNetwork

from .plain_fields import OneValue

NO_ADDRESS = "Please specify a valid IPv4 or IPv6 address."


class AddressField(OneValue):
    """An address without a mask."""

    def to_python(self, value: Any) -> Any:
        """The address, None when empty."""
        if value in self.empty_values:
            return None
        if isinstance(value, IPAddress):
            return value
        text = str(value).strip()
        try:
            # netaddr takes 1.2.3 for 1.2.0.3; Django's validator does not.
            validate_ipv46_address(text)
        except ValidationError as error:
            raise ValidationError(f"Invalid IPv4/IPv6 address format: {text[:100]}") from error
        try:
            return IPAddress(text)
        except (AddrFormatError, ValueError) as error:
            raise ValidationError(NO_ADDRESS) from error


class MaskedAddressField(OneValue):
    """An address with a mask."""

    def to_python(self, value: Any) -> Any:
        """The address as a network with host bits, None when empty."""
        if value in self.empty_values:
            return None
        if isinstance(value, IPNetwork):
            return value
        text = str(value).strip()
        if text.count("/") != 1:
            raise ValidationError("CIDR mask (e.g. /24) is required.")
        try:
            return IPNetwork(text)
        except (AddrFormatError, ValueError) as error:
            raise ValidationError(NO_ADDRESS) from error


def is_network(value: Any) -> None:
    """Refuse host bits."""
    if value.ip != value.cidr.ip:
        raise ValidationError(f"{value} is not a valid prefix. Did you mean {value.cidr}?")


def at_least(length: int) -> Callable[[Any], None]:
    """Refuse shorter prefixes."""

    def check(value: Any) -> None:
        if value.prefixlen < length:
            raise ValidationError(f"The prefix length must be greater than or equal to {length}.")

    return check


def at_most(length: int) -> Callable[[Any], None]:
    """Refuse longer prefixes."""

    def check(value: Any) -> None:
        if value.prefixlen > length:
            raise ValidationError(f"The prefix length must be less than or equal to {length}.")

    return check
