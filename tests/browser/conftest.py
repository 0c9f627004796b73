"""A real browser, and pages that show the widget's bundle without a kernel."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from statek_jupyter.store import Store, open_store
from tests.browser.harness import open_widget
from tests.browser.lab import Lab, LabServer
from tests.machine import leave_out

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
OPTIONS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-sync"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; one per module, because Playwright's own event loop must not outlive it."""
    if CHROMIUM is None:
        leave_out("Chromium is not installed")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS.split())
        yield running
        running.close()


@pytest.fixture
def widget(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens pages that show a job; they fail the test if they log an error or ask a network for anything."""
    pages: list[tuple[Page, list[str]]] = []

    def show(*args: object, **options: object) -> Page:
        page, faults = open_widget(browser, *args, **options)  # type: ignore[arg-type]
        pages.append((page, faults))
        return page

    yield show
    for page, faults in pages:
        page.close()
        assert faults == []


@pytest.fixture(scope="module")
def lab_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """JupyterLab in a process of its own."""
    if CHROMIUM is None:
        leave_out("Chromium is not installed")
    with LabServer(Path(tmp_path_factory.mktemp("lab"))) as server:
        yield server


@pytest.fixture(scope="module")
def lab_page(lab_server: LabServer, browser: Browser) -> Iterator[Lab]:
    """One page of JupyterLab for all tests of a module."""
    page = Lab(lab_server, browser)
    yield page
    page.close()


@pytest.fixture
def lab(lab_page: Lab) -> Iterator[Lab]:
    """JupyterLab with nothing open in it; errors in the page fail the test."""
    lab_page.failures.clear()
    yield lab_page
    # Not what JupyterLab itself throws when its notebooks are closed in the middle of something.
    failures = list(lab_page.failures)
    lab_page.tidy()
    assert failures == []


@pytest.fixture
def shared(lab_server: LabServer) -> Iterator[Store]:
    """The store the server shows."""
    with open_store(lab_server.store) as store:
        yield store


@pytest.fixture(scope="session")
def artifacts() -> Path:
    """Where pictures of the pages are kept to be looked at; not committed."""
    folder = Path(__file__).parents[2] / "artifacts"
    folder.mkdir(exist_ok=True)
    return folder
