"""Look over a source tree: long lines, markers left behind, the biggest files, by language."""

import os
import sysconfig
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobsmith.jobs import ChoiceVar, IntegerVar, Job, MultiChoiceVar, Table, register_jobs

name = "Code"

LANGUAGES = {
    ".py": "Python",
    ".pyi": "Python",
    ".js": "JavaScript",
    ".ts": "TypeScript",
    ".css": "CSS",
    ".html": "HTML",
    ".md": "Markdown",
    ".rst": "reStructuredText",
    ".sh": "Shell",
    ".c": "C",
    ".h": "C",
    ".go": "Go",
    ".rs": "Rust",
    ".java": "Java",
    ".sql": "SQL",
    ".toml": "TOML",
    ".yaml": "YAML",
    ".yml": "YAML",
}
SKIP = {"__pycache__", "node_modules", ".git", ".venv", "build", "dist"}
MARKERS = ("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")
MAX_FILE = 4 * 1024**2
MAX_PLACES = 500

PLACES = {
    "here": ("This folder of jobs", Path(__file__).resolve().parent),
    "packages": ("Installed packages", Path(sysconfig.get_path("purelib"))),
    "python": ("Python's own library", Path(sysconfig.get_path("stdlib"))),
    "working": ("Where the server was started", Path.cwd()),
}


def places() -> list[tuple[str, str]]:
    """Source trees that this machine has."""
    return [(key, title) for key, (title, path) in PLACES.items() if path.is_dir()]


def trees(values: dict[str, Any]) -> list[tuple[str, str]]:
    """The folders at the chosen place that hold anything to look at."""
    _, root = PLACES.get(values.get("place") or "here", PLACES["here"])
    folders = sorted(
        entry.name
        for entry in os.scandir(root)
        if entry.is_dir()
        and entry.name not in SKIP
        and not entry.name.startswith(".")
        and not entry.name.endswith((".dist-info", ".libs"))
    )
    return [(".", "Everything"), *((folder, folder) for folder in folders[:1000])]


@dataclass(frozen=True)
class Finding:
    """Something in a line of a file."""

    what: str
    file: str
    line: int
    text: str


class SourceAudit(Job):
    """Reads every source file of a tree once."""

    place = ChoiceVar(choices=places, default="here", description="What this machine has.")
    tree = ChoiceVar(
        choices=trees,
        depends_on=["place"],
        default=".",
        description="The folders at that place.",
    )
    checks = MultiChoiceVar(
        choices=[
            ("long", "Long lines"),
            ("markers", "Markers such as " + " and ".join(MARKERS[:2])),
            ("spaces", "Spaces at the end of a line"),
        ],
        default=["long", "markers"],
        required=False,
    )
    longest = IntegerVar(label="Longest line", default=100, min_value=40, max_value=1000)
    top = IntegerVar(label="Biggest files to show", default=10, min_value=0, max_value=200)

    class Meta:
        name = "Source-tree audit"
        description = "Long lines, markers left behind, the biggest files and lines by language."
        read_only = True

    def run(
        self, place: str, tree: str, checks: list[str], longest: int, top: int
    ) -> dict[str, Table]:
        root = (PLACES[place][1] / tree).resolve()
        files = sorted(source_files(root))
        self.logger.info("%s source files in %s", f"{len(files):,}", root)
        lines: Counter[str] = Counter()
        sizes: list[tuple[int, str, str]] = []
        findings: dict[str, list[Finding]] = defaultdict(list)
        for done, path in enumerate(files):
            if done % 100 == 0:
                self.progress(done, len(files), str(path.relative_to(root))[-120:])
                if self.cancelled:
                    self.logger.warning("Stopped on request after %d files", done)
                    break
            language = LANGUAGES[path.suffix]
            count = self._read(path, root, checks, longest, findings)
            lines[language] += count
            sizes.append((count, str(path.relative_to(root)), language))
        self.progress(len(files), len(files), "done")
        self._log_findings(findings)
        return self._tables(lines, sizes, findings, top)

    def _read(
        self,
        path: Path,
        root: Path,
        checks: list[str],
        longest: int,
        findings: dict[str, list[Finding]],
    ) -> int:
        """Look at every line of a file, and return how many there are."""
        count = 0
        shown = str(path.relative_to(root))
        try:
            with path.open(encoding="utf-8", errors="replace") as file:
                for count, line in enumerate(file, start=1):
                    for what in problems_of(line.rstrip("\r\n"), checks, longest):
                        findings[what].append(Finding(what, shown, count, line.strip()[:120]))
        except OSError as error:
            self.logger.warning("Cannot read %s: %s", shown, error.strerror)
        return count

    def _log_findings(self, findings: dict[str, list[Finding]]) -> None:
        for what, found in findings.items():
            first = found[0]
            self.logger.warning(
                "%s: %d, the first in line %d", what, len(found), first.line,
                extra={"object": first.file, "grouping": "findings"},
            )  # fmt: skip
        if not findings:
            self.logger.success("Nothing found")

    def _tables(
        self,
        lines: Counter[str],
        sizes: list[tuple[int, str, str]],
        findings: dict[str, list[Finding]],
        top: int,
    ) -> dict[str, Table]:
        every = [each for found in findings.values() for each in found[:MAX_PLACES]]
        biggest = sorted(sizes, reverse=True)[:top]
        return {
            "languages": Table(
                ["Language", "Lines", "Share"],
                [
                    [language, count, f"{count / (lines.total() or 1):.1%}"]
                    for language, count in lines.most_common()
                ],
                title="Lines by language",
            ),
            "biggest": Table(
                ["File", "Language", "Lines"],
                [[path, language, count] for count, path, language in biggest],
                title="Biggest files",
            ),
            "findings": Table(
                ["What", "File", "Line", "Text"],
                [[each.what, each.file, each.line, each.text] for each in every],
                title="Findings",
            ),
        }


def source_files(root: Path) -> Iterator[Path]:
    """Files in a known language, links and built folders left out."""
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(f for f in folders if f not in SKIP and not f.startswith("."))
        for each in files:
            path = Path(folder, each)
            known = path.suffix in LANGUAGES and not path.is_symlink()
            if known and path.stat().st_size <= MAX_FILE:
                yield path


def problems_of(line: str, checks: list[str], longest: int) -> Iterator[str]:
    """What is to be said of a line."""
    if "long" in checks and len(line) > longest:
        yield f"Longer than {longest}"
    if "spaces" in checks and line != line.rstrip():
        yield "Space at the end"
    if "markers" in checks:
        yield from (marker for marker in MARKERS if marker in line)


register_jobs(SourceAudit)
