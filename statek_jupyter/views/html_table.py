"""Takes the cells of an HTML table that came as data, so that a view builds its own table of them and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

MAX_ROWS = 200
_ELSEWHERE = frozenset("img svg input button iframe form video audio object embed".split())
_SILENT = frozenset(("style", "script"))


@dataclass(slots=True)
class Cell:
    """One cell."""

    text: str
    header: bool


@dataclass(slots=True)
class Table:
    """A table of texts."""

    rows: list[list[Cell]] = field(default_factory=list)
    head: int = 0
    """How many of the rows are headings."""
    note: str = ""
    """Text below the table."""
    more: int = 0
    """Rows left out."""


def read_table(html: str) -> Table | None:
    """The table in `html`, when it is nothing but one table (as pandas writes a frame); None otherwise."""
    if "<table" not in html:
        return None
    reader = _Reader()
    reader.feed(html)
    reader.close()
    table = reader.table
    if reader.tables != 1 or reader.foreign:
        return None
    table.more = max(0, len(table.rows) - table.head - MAX_ROWS)
    table.rows = table.rows[: table.head + MAX_ROWS]
    table.note = " ".join(table.note.split())[:300]
    return table


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.table = Table()
        self.tables = 0
        self.foreign = False
        self._open: Cell | None = None
        self._silent = ""
        self._in_table = False
        self._in_head = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.foreign = self.foreign or tag in _ELSEWHERE
        if tag in _SILENT:
            self._silent = tag
        elif tag == "table":
            self.tables += 1
            self._in_table = True
        elif tag == "thead":
            self._in_head = True
        elif tag == "tr" and self._in_table:
            self.table.rows.append([])
            self.table.head += self._in_head
        elif tag in ("td", "th") and self.table.rows:
            self._open = Cell("", tag == "th")
            self.table.rows[-1].append(self._open)

    def handle_endtag(self, tag: str) -> None:
        if tag == self._silent:
            self._silent = ""
        elif tag == "table":
            self._in_table = False
        elif tag == "thead":
            self._in_head = False
        elif tag in ("td", "th") and self._open is not None:
            self._open.text = " ".join(self._open.text.split())[:500]
            self._open = None

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if self._open is not None:
            self._open.text += data
        elif not self._in_table:
            self.table.note += data
