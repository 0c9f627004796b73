"""Every hostile text of the corpus, in every field of a job, in a real browser: nothing runs, leaves or pretends."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page, Route

from tests.browser.harness import NOW, open_widget
from tests.views.hostile.corpus import PAYLOADS, Payload, hostile_view, payloads

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

CORPUS = json.loads(PAYLOADS.read_text(encoding="ascii"))
CANARY, HOST = CORPUS["function"], CORPUS["host"]
SHORT = [payload for payload in payloads() if payload.family != "huge"]
BATCH = 24

HARMS = """known => {
  const harms = [];
  const strange = 'script, style, link, meta, base, object, embed, applet, frame, math, video, audio, portal, area';
  const loads = /^(href|src|xlink:href|action|formaction|srcset|poster|data|background)$/;
  for (const element of document.querySelectorAll('#root *')) {
    const name = element.localName;
    const kind = [
      name, element.className?.baseVal ?? element.className, element.getAttribute('role'), element.type
    ].join(' ');
    if (element.matches(strange)) harms.push(`<${name}>`);
    if (element.matches('button, input, select, textarea, form, [role=button], [contenteditable]')
        && !known.includes(kind)) harms.push(`a control: ${kind}`);
    if (name === 'iframe' && element.getAttribute('sandbox') !== '') harms.push('an open frame');
    for (const { name, value } of element.attributes) {
      const inert = /^(data:image\\/|#|blob:)/.test(value) || (name === 'href' && /^https?:/.test(value));
      if (name.startsWith('on') || (loads.test(name) && !inert)) harms.push(`${name}=${value}`);
      if ((name === 'id' || name === 'name') && !/^P\\d/.test(value)) harms.push(`${name}=${value}`);
      if (name === 'style' && /url\\(|@import|expression/.test(value)) harms.push(`style=${value}`);
    }
  }
  return harms;
}"""

RENDER = """async ([view, now, known]) => {
  window.unmount?.();
  const root = document.getElementById('root');
  const state = { kind: 'job', panes: ['chat', 'locals', 'subtasks', 'usage'], view: { version: 1, now, view } };
  const model = { get: name => state[name], on: () => {}, off: () => {}, send: () => {} };
  window.unmount = window.widget.render({ model, el: root });
  const settled = () => new Promise(done => setTimeout(done, 0));
  await settled();
  const seen = { kinds: [], harms: [] };
  for (const tab of [...root.querySelectorAll('[role=tab]')]) {
    tab.click();
    await settled();
    for (const fold of root.querySelectorAll('summary')) fold.parentElement.open = true;
    for (const button of [...root.querySelectorAll('button[aria-expanded=false]')]) button.click();
    await settled();
    for (const element of root.querySelectorAll('*')) {
      seen.kinds.push([
        element.localName, element.className?.baseVal ?? element.className, element.getAttribute('role'), element.type
      ].join(' '));
    }
    seen.harms.push(...(HARMS)(known));
  }
  return { kinds: [...new Set(seen.kinds)], harms: [...new Set(seen.harms)] };
}""".replace("(HARMS)", f"({HARMS})")
"""Shows a job, pane by pane, with everything folded open; gives what it is made of, and what should not be there."""


@dataclass(frozen=True)
class Guarded:
    """A page whose canary sings when a text runs."""

    page: Page
    sung: list[str]
    """What it sang."""
    kinds: list[str]
    """What views of harmless jobs are made of, all of it opened."""


@pytest.fixture(scope="module")
def guarded(browser: Browser) -> Iterator[Guarded]:
    """A page with the widget's code."""
    page, _ = open_widget(browser, hostile_view("harmless"))
    sung: list[str] = []
    page.expose_function(CANARY, lambda *_: sung.append("a script ran"))
    _stop_at_the_door(page, sung)
    page.on("dialog", lambda dialog: (sung.append(dialog.message), dialog.dismiss()))
    page.on("popup", lambda popup: sung.append(f"a window: {popup.url}"))
    page.on("framenavigated", lambda frame: sung.append(frame.url) if HOST in frame.url else None)
    page.evaluate(
        """async source => {
      const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
      window.widget = (await import(url)).default;
    }""",
        _source(),
    )
    kinds = []
    for text in ("harmless", "x", "", "two\nlines", "many harmless words " * 500, "https://example.org\n" * 100):
        kinds += page.evaluate(RENDER, [hostile_view(text), NOW, []])["kinds"]
    yield Guarded(page, sung, kinds)
    page.close()


def _source() -> str:
    from statek_jupyter.notebook.widget import STATIC

    return (STATIC / "widget.js").read_text(encoding="utf-8")


def _stop_at_the_door(page: Page, sung: list[str]) -> None:
    """Note each request that is about to leave. What the page's policy holds back does not come so far.

    Chromium tells listeners of refused requests as well, so listening to requests would see a leak where none is.
    """

    def stop(route: Route) -> None:
        sung.append(route.request.url)
        route.abort()

    page.route(re.compile("^(?!blob:|data:|about:)"), stop)


def _batches() -> list[list[Payload]]:
    return [SHORT[start : start + BATCH] for start in range(0, len(SHORT), BATCH)]


@pytest.mark.parametrize("batch", _batches(), ids=lambda batch: batch[0].id)
def test_no_text_runs_leaves_or_makes_a_control(batch: list[Payload], guarded: Guarded) -> None:
    """In the chat, the variables, the subtasks and the usage, with everything folded open, HTML frames too."""
    page, sung = guarded.page, guarded.sung
    found: dict[str, Any] = {}
    for payload in batch:
        harms = page.evaluate(RENDER, [hostile_view(payload.text), NOW, guarded.kinds])["harms"]
        if harms:
            found[payload.id] = harms
    page.wait_for_timeout(20)  # what a text has started shows up now
    assert (found, sung) == ({}, [])


CARELESS = """html => {
  const root = document.getElementById('root');
  for (const page of [html, `<img alt="${html}">`]) {
    root.append(document.createRange().createContextualFragment(page));
  }
}"""


def test_the_canary_sings_for_a_careless_renderer(browser: Browser) -> None:
    """The same texts, put into a page as markup: scripts run, requests leave, and the same checks see it."""
    page = browser.new_page()
    sung: list[str] = []
    page.expose_function(CANARY, lambda *_: sung.append("a script ran"))
    _stop_at_the_door(page, sung)
    page.on("dialog", lambda dialog: dialog.dismiss())
    markup = [payload for payload in SHORT if payload.text.startswith("<")]
    harmful = [payload for payload in markup if not re.search("frame|meta|object|embed|link|base", payload.text, re.I)]
    caught = {payload.id for payload in harmful if _is_caught(page, payload.text)}
    page.wait_for_timeout(100)
    page.close()
    assert sung.count("a script ran") > 20
    assert sum(HOST in one for one in sung) > 10
    assert len(caught) > 0.7 * len(harmful)


def _is_caught(page: Page, text: str) -> bool:
    """Whether the checks see what the text does as markup; also when it takes the page elsewhere."""
    try:
        page.set_content('<div id="root"></div>')
        page.evaluate(CARELESS, text)
        return bool(page.evaluate(HARMS, []))
    except Error:
        return True
