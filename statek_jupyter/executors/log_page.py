"""Older entries of a chat log, a page of them at a time: written once, and shared by all logs that begin alike."""

from __future__ import annotations

from typing import Any

from persistent import Persistent

PAGE_ENTRIES = 60
"""Two leaves of a tree that is filled from one end, so that taking them out of it writes no other leaf again."""


class LogPage(Persistent):
    """`PAGE_ENTRIES` entries that follow one another. Never changed: a log that replaces one takes another page."""

    def __init__(self, entries: tuple[Any, ...]) -> None:
        self.entries = entries


def entry_on(pages: Any, position: int) -> Any:
    """The entry at a position of the log that is on one of the pages."""
    page, place = divmod(position, PAGE_ENTRIES)
    return pages[page].entries[place]


def replace_on(pages: Any, position: int, entry: Any) -> None:
    """Take another page for that of a position: one with another entry there."""
    page, place = divmod(position, PAGE_ENTRIES)
    entries = pages[page].entries
    pages[page] = LogPage((*entries[:place], entry, *entries[place + 1 :]))


def fill_page(pages: Any, entries: Any) -> None:
    """Move the first entries, which are on no page yet, to the next one."""
    first = entries.minKey()
    places = range(first, first + PAGE_ENTRIES)
    pages[first // PAGE_ENTRIES] = LogPage(tuple(entries[place] for place in places))
    for place in places:
        del entries[place]
