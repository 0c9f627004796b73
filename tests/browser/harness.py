"""A page that shows the committed widget bundle, with JupyterLab's own theme and a kernel side played by the test."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page

from statek_jupyter.notebook.widget import STATIC
from statek_jupyter.views.job_rows import LiveRow
from statek_jupyter.views.schema import JobView

THEMES = Path(sys.prefix, "share/jupyter/lab/themes/@jupyterlab")
NOW = 1_795_511_740_000
"""2026-11-24 09:15:40 UTC, shortly after the example jobs."""

BLOCKED = "Blocked script execution in 'about:srcdoc'"
"""What Chromium says when the frame for HTML refuses a script."""
REFUSALS = (BLOCKED, "Refused to execute the redirect")
"""What it may say of the frame's content; anything else it reports is a fault."""

_PAGE = (
    '<!doctype html><meta charset="utf-8"><title>job</title><body data-jp-theme-light="{light}"><div id="root"></div>'
)

_START = """async ([source, state]) => {
  const module = await import(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
  window.sent = [];
  const listeners = [];
  window.kernelSends = message => listeners.forEach(listener => listener(message));
  const model = {
    get: name => state[name],
    on: (_, listener) => listeners.push(listener),
    off: () => listeners.splice(0),
    send: message => {
      window.sent.push(message);
      if (window.answerOf && message.type === 'ask') {
        const { request } = message;
        window.answerOf(message).then(answer => window.kernelSends({ type: 'answer', request, ...answer }));
      }
    }
  };
  const started = performance.now();
  window.unmount = module.default.render({ model, el: document.getElementById('root') });
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  return performance.now() - started;
}"""


def open_widget(
    browser: Browser,
    view: JobView | list[LiveRow],
    *,
    theme: str | None = "light",
    scheme: str = "light",
    width: int = 1000,
    panes: Sequence[str] = ("chat", "locals", "subtasks", "usage"),
    answer: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
) -> tuple[Page, list[str]]:
    """A page showing a job, and the list that gathers its faults.

    Args:
        browser: Where to open it.
        view: The job; or rows, for the list of jobs.
        theme: JupyterLab's ``light`` or ``dark``; None for a host without JupyterLab's variables.
        scheme: What the person's system prefers, for such hosts.
        width: Width of the page in pixels.
        panes: The panes to show.
        answer: The kernel's side of questions: gives the answer to one, or ``{"error": words}``. None: no answer comes.
    """
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(error.stack or str(error)))
    page.on("console", lambda message: faults.append(message.text) if _is_fault(message) else None)
    page.on(
        "request",
        lambda request: None if request.url.startswith(("blob:", "data:", "about:")) else faults.append(request.url),
    )
    page.set_content(
        _PAGE.format(light=str(theme != "dark").lower())
        if theme
        else _PAGE.replace(' data-jp-theme-light="{light}"', "")
    )
    if theme:
        page.add_style_tag(content=(THEMES / f"theme-{theme}-extension/index.css").read_text(encoding="utf-8"))
        page.add_style_tag(content="body { background: var(--jp-layout-color0); margin: 0 }")
    page.add_style_tag(content=(STATIC / "widget.css").read_text(encoding="utf-8"))
    if answer is not None:
        page.expose_function("answerOf", answer)
    shown = {"rows": view, "selected": None} if isinstance(view, list) else {"view": view}
    kind = "jobs" if isinstance(view, list) else "job"
    state: dict[str, Any] = {"kind": kind, "panes": list(panes), "view": {"version": 1, "now": NOW, **shown}}
    source = (STATIC / "widget.js").read_text(encoding="utf-8")
    first_paint = page.evaluate(_START, [source, state])
    page.evaluate("milliseconds => { window.firstPaint = milliseconds }", first_paint)
    return page, faults


def _is_fault(message: ConsoleMessage) -> bool:
    return message.type == "error" and not message.text.startswith(REFUSALS)


def show_pane(page: Page, name: str) -> None:
    """Choose a pane where it stands behind a tab."""
    tab = page.get_by_role("tab", name=name)
    if tab.count():
        tab.click()


def kernel_sends(page: Page, message: dict[str, Any]) -> None:
    """Give the widget a message from its kernel side."""
    page.evaluate("message => window.kernelSends(message)", json.loads(json.dumps(message)))


CONTRAST = """() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = colour => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const over = (top, below) => {
    const alpha = top[3] / 255;
    return [0, 1, 2].map(i => top[i] * alpha + below[i] * (1 - alpha)).concat(255);
  };
  const background = element => {
    const layers = [];
    for (let node = element; node; node = node.parentElement) {
      layers.push(rgba(getComputedStyle(node).backgroundColor));
    }
    const dark = getComputedStyle(document.documentElement).colorScheme.includes('dark');
    return layers.reduceRight((below, layer) => over(layer, below), dark ? [0, 0, 0, 255] : [255, 255, 255, 255]);
  };
  const luminance = colour => {
    const linear = v => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = colour.map(value => linear(value / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = new Map();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!element.closest('.jp-statek-Job, .jp-statek-StatusItem') || element.closest('.jp-statek-hidden')) continue;
    if (!node.data.trim() || !element.checkVisibility()) continue;
    const below = background(element);
    const text = over(rgba(getComputedStyle(element).color), below);
    const [light, dark] = [luminance(text), luminance(below)].sort((a, b) => b - a);
    const ratio = (light + 0.05) / (dark + 0.05);
    const name = `${element.tagName}.${element.className}: ${node.data.trim().slice(0, 30)}`;
    found.set(name, Math.min(ratio, found.get(name) ?? 99));
  }
  return [...found].map(([name, ratio]) => ({ name, ratio }));
}"""
"""Contrast (WCAG 2.2) of every visible text of our views with what is behind it."""
