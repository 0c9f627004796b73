"""Write the table of kinds of values in docs/reference/locals.md anew: ``python scripts/locals_page.py``.

The table is that of the tests: what is promised there is what a test checks in a new process.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.store.locals.kinds import SECTIONS  # noqa: E402
from tests.store.locals.kinds.kind import Kind  # noqa: E402

PAGE = ROOT / "docs" / "reference" / "locals.md"
BEGIN = "<!-- Made by scripts/locals_page.py from tests/store/locals/kinds; change it there. -->"


def row(kind: Kind) -> str:
    """One line of a table."""
    note = kind.note.replace("|", "\\|")
    return f"| {kind.name.replace('|', chr(92) + '|')} | {kind.promise} | {note} |"


def table() -> str:
    """The generated part of the page."""
    counts = Counter(kind.promise for kinds in SECTIONS.values() for kind in kinds)
    total = sum(counts.values())
    lines = [
        BEGIN,
        "",
        f"{total} kinds of values: {counts['exact']} come back exactly, {counts['recipe']} by a recipe, "
        f"{counts['lost']} are lost and say so.",
    ]
    for heading, kinds in SECTIONS.items():
        lines += ["", f"### {heading}", "", "| value | promise | |", "|---|---|---|", *map(row, kinds)]
    return "\n".join(lines) + "\n"


def page(current: str) -> str:
    """The page with its generated part made anew."""
    return current.partition(BEGIN)[0] + table()


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)}")
