"""What a text would do in a browser, in a viewer of Markdown and in a terminal: nothing, one hopes."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from urllib.parse import unquote

import mistune
from markdown_it import MarkdownIt

ELEMENTS = frozenset(
    "html head meta title style body div p strong small em code pre span ul ol li details summary section blockquote"
    " table thead tbody tr th td img br".split()
)
ATTRIBUTES = frozenset("class open src alt charset http-equiv content name lang".split())
VIEWERS = (
    mistune.create_markdown(escape=False, plugins=["table", "strikethrough", "footnotes", "task_lists", "url"]),
    MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render,
)
"""Two readers of Markdown that let HTML through, as Jupyter's do before they sanitise; they differ in many corners."""
MARKDOWN_ELEMENTS = ELEMENTS | {"h1", "h2", "hr", "del", "s", "input", "a"}
MARKDOWN_ATTRIBUTES = ATTRIBUTES | {"href", "type", "disabled", "checked", "start"}
HIDING = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\xad\\u061c\\u115f\\u1160\\u180e\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f"
    "\\u3164\\ufdd0-\\ufdef\\ufeff\\uffa0\\ufff0-\\ufffb\\ufffe\\uffff\\ud800-\\udfff"
    "\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]"
)
"""Control, direction and invisible characters, but not tab and newline, nor the joiners that scripts and emoji need."""


def html_harms(html: str) -> list[str]:
    """What in a static page is not of our making, or would load something."""
    found = _Elements(html)
    harms = [f"<{tag}>" for tag in set(found.tags) - ELEMENTS]
    harms += [f"{name}=" for name, _ in found.attributes if name not in ATTRIBUTES]
    harms += [f"src={value}" for name, value in found.attributes if name == "src" and _loads(value)]
    harms += [] if found.balanced else ["elements are not closed as they were opened"]
    return harms + [f"style {style[:80]}" for style in found.styles if "url(" in style or "@import" in style]


def markdown_harms(markdown: str) -> list[str]:
    """What would become of the text in viewers of Markdown."""
    return [harm for viewer in VIEWERS for harm in _rendered_harms(str(viewer(markdown)))]


def _rendered_harms(html: str) -> list[str]:
    found = _Elements(html)
    harms = [f"<{tag}>" for tag in set(found.tags) - MARKDOWN_ELEMENTS]
    harms += [f"{name}=" for name, _ in found.attributes if name not in MARKDOWN_ATTRIBUTES]
    harms += [f"src={value}" for name, value in found.attributes if name == "src" and _loads(value)]
    return harms + [f"a link to {href} that reads {text!r}" for href, text in found.links if not _honest(href, text)]


def _honest(href: str, text: str) -> bool:
    """Whether a link reads as what it leads to, encodings aside."""
    shown, meant = (unescape(unquote(one)).strip().rstrip(";") for one in (text, href))
    return meant.startswith(("http://", "https://")) and shown == meant.removesuffix("&gt")


def text_harms(text: str) -> list[str]:
    """Characters that command a terminal, change the direction, or are not seen."""
    return sorted({f"U+{ord(match[0]):04X}" for match in HIDING.finditer(text)})


def _loads(address: str | None) -> bool:
    return not (address or "").startswith(("data:image/", "#"))


class _Elements(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.styles: list[str] = []
        self.links: list[tuple[str, str]] = []
        self.balanced = True
        self._in_link = False
        self._open: list[str] = []
        self.feed(html)
        self.close()
        self.balanced = self.balanced and not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        own = {("th", "style"), ("td", "style")}  # the alignment of cells: no word of the payload
        self.attributes += [(name, value) for name, value in attrs if (tag, name) not in own]
        if tag == "a":
            self.links.append((dict(attrs).get("href") or "", ""))
            self._in_link = True
        if tag not in ("meta", "img", "br", "hr", "input"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self._in_link = self._in_link and tag != "a"
        self.balanced = self.balanced and bool(self._open) and self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "style":
            self.styles.append(data)
        elif self._in_link:
            href, text = self.links[-1]
            self.links[-1] = (href, text + data)
