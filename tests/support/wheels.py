"""Packages made on the spot, for an index that is a folder."""

import zipfile
from pathlib import Path


def wheel(index: Path, version: str, *needs: str) -> None:
    """A ready-made package ``counted-of-tests`` whose number is its version."""
    name, dist = "counted_of_tests", f"counted_of_tests-{version}.dist-info"
    requires = "".join(f"Requires-Dist: {each}\n" for each in needs)
    with zipfile.ZipFile(index / f"{name}-{version}-py3-none-any.whl", "w") as packed:
        packed.writestr(f"{name}.py", f"NUMBER = {version!r}\n")
        packed.writestr(
            f"{dist}/METADATA",
            f"Metadata-Version: 2.1\nName: counted-of-tests\nVersion: {version}\n{requires}",
        )
        packed.writestr(
            f"{dist}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        packed.writestr(f"{dist}/RECORD", "")
