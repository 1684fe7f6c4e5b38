"""``show_when`` and ``required_when``: whether the values of other variables fit."""

from collections.abc import Mapping

from jobsmith.specs import JSON


def holds(condition: Mapping[str, JSON], values: Mapping[str, JSON]) -> bool:
    """Whether every variable has (one of) the wanted values; one that is absent has not."""
    return all(name in values and _fits(values[name], wanted) for name, wanted in condition.items())


def _fits(value: JSON, wanted: JSON) -> bool:
    wants = wanted if isinstance(wanted, list) else [wanted]
    has = value if isinstance(value, list) else [value]
    return any(_same(each, want) for each in has for want in wants)


def _same(value: JSON, wanted: JSON) -> bool:
    """Equal as shown: choices arrive as text whatever their author wrote."""
    if isinstance(value, bool) or isinstance(wanted, bool) or value is None or wanted is None:
        return value is wanted
    return value == wanted or str(value) == str(wanted)
