"""What job code asks for that does not exist here."""


class MissingHere(ImportError):
    """An import error, so that code with a fallback of its own takes it."""

    def __init__(self, name: str) -> None:
        super().__init__(f"This job needs {name}, which does not exist here.", name=name)
