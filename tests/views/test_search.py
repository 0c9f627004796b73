"""Search over the whole chat log: in stretches that are short, however long the log is."""

from __future__ import annotations

from statek_jupyter.views.search import MAX_HITS, STRIDE, HitsPage, search_log
from tests.views.jobs import long_job


def stretches(text: str, seconds: float) -> list[HitsPage]:
    """All answers of a search of a log of 1,000 turns."""
    job = long_job(1_000)
    pages = [search_log(job, text, seconds=seconds)]
    while pages[-1]["next"] is not None:
        pages.append(search_log(job, text, pages[-1]["next"], seconds))
    return pages


def test_stretches_together_find_what_one_finds() -> None:
    """Each hit once and in order, however little time a stretch has; each stretch goes on at least a stride."""
    (whole,) = stretches("X = 77", 60)
    assert [(hit["item"], hit["where"]) for hit in whole["hits"]] == [(77, "code")] + [
        (number, "code") for number in range(770, 780)
    ]
    pages = stretches("X = 77", 0)
    assert [hit for page in pages for hit in page["hits"]] == whole["hits"]
    assert len(pages) == -(-1_001 // STRIDE) and {page["entries"] for page in pages} == {1_001}


def test_a_stretch_ends_when_it_has_many_hits() -> None:
    """So that an answer stays small where nearly everything is a hit."""
    pages = stretches("x =", 60)
    assert all(len(page["hits"]) <= MAX_HITS + 2 * STRIDE for page in pages)
    assert sum(len(page["hits"]) for page in pages) == 1_000


def test_nothing_is_found_in_one_go() -> None:
    """An empty log, and words that are not there."""
    job = long_job(0)
    assert search_log(job, "x = 1") == {"hits": [], "next": None, "entries": 1}
    assert search_log(job, "begin", 5) == {"hits": [], "next": None, "entries": 1}
