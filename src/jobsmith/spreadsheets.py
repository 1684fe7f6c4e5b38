"""What spreadsheets make of the cells of a CSV file."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def harmless(text: str) -> str:
    """A spreadsheet would carry out what looks like a formula; an apostrophe makes it text."""
    return "'" + text if text.startswith(_FORMULA) else text
