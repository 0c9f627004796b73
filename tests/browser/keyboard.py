"""A person without a mouse: presses keys, and sees after each where the focus is."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.waiting import eventually

MOST_TABS = 60
_FOCUS = """() => {
  const focused = document.activeElement;
  if (!focused || focused === document.body) {
    return { name: '', role: '', ours: false, lost: true, marked: false, seen: false };
  }
  const style = getComputedStyle(focused);
  const box = focused.getBoundingClientRect();
  let [left, top, right, bottom] = [box.left, box.top, box.right, box.bottom];
  let opacity = 1;
  for (let node = focused; node && node !== document.body; node = node.parentElement) {
    const looks = getComputedStyle(node);
    opacity *= Number(looks.opacity);
    if (node !== focused && (looks.overflowX !== 'visible' || looks.overflowY !== 'visible')) {
      const frame = node.getBoundingClientRect();
      [left, top] = [Math.max(left, frame.left), Math.max(top, frame.top)];
      [right, bottom] = [Math.min(right, frame.right), Math.min(bottom, frame.bottom)];
    }
  }
  const words = focused.getAttribute('aria-label') ?? focused.labels?.[0]?.textContent ?? focused.textContent;
  return {
    name: words.trim().replace(/\\s+/g, ' ').slice(0, 80),
    role: focused.getAttribute('role') ?? focused.tagName.toLowerCase(),
    ours: focused.closest('[class*=jp-statek]') !== null,
    lost: false,
    marked: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1,
    seen: right - left > 3 && bottom - top > 3 && opacity > 0.9
  };
}"""


@dataclass(frozen=True)
class Focus:
    """What has the focus."""

    name: str
    """Its accessible name, shortened."""
    role: str
    ours: bool
    """It is in something of our extension."""
    lost: bool
    """Nothing has it: the next key goes nowhere."""
    marked: bool
    """A line is drawn around it."""
    seen: bool
    """It is not hidden, transparent or scrolled out of sight."""


class Keyboard:
    """The keyboard of a page."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.passed: list[Focus] = []
        """Where the focus has been."""

    @property
    def focus(self) -> Focus:
        """Where the focus is now."""
        return Focus(**self._page.evaluate(_FOCUS))

    def press(self, *keys: str) -> Focus:
        """Press keys, one after the other; after each the focus must be somewhere, and visible.

        Raises:
            AssertionError: The focus was lost or cannot be seen.
        """
        for key in keys:
            self._page.keyboard.press(key)
            self.check(key)
        return self.passed[-1]

    def check(self, after: str, name: str = "") -> Focus:
        """Where the focus is; it has time to arrive there, because some parts are drawn first.

        Args:
            after: What was done, for the message.
            name: How the name of what shall have it begins.
        """
        before = self.passed[-1] if self.passed else None
        found: list[Focus] = []

        def is_right() -> bool:
            found.append(self.focus)
            right = found[-1].name.startswith(name)
            return right and not found[-1].lost and (not found[-1].ours or (found[-1].marked and found[-1].seen))

        try:
            eventually(is_right, timeout=10)
        except AssertionError:
            raise AssertionError(f"after {after}, from {before}: {found[-1]}") from None
        self.passed.append(found[-1])
        return found[-1]

    def type(self, text: str) -> None:
        """Type into what has the focus."""
        self._page.keyboard.insert_text(text)

    def to(self, name: str, key: str = "Tab") -> Focus:
        """Press a key until the focus is on what has that name, or one that begins so."""
        seen = [self.focus]
        for _ in range(MOST_TABS):
            if seen[-1].name.startswith(name):
                return seen[-1]
            seen.append(self.press(key))
        raise AssertionError(f"{key} does not lead to {name!r} but to {[each.name for each in seen]}")

    def command(self, words: str) -> None:
        """Run a command through JupyterLab's palette."""
        self._page.keyboard.press("Control+Shift+C")
        field = self._page.get_by_placeholder("SEARCH", exact=True)
        expect(field).to_be_focused()
        self.type(words)
        expect(self._page.locator(".lm-CommandPalette-item.lm-mod-active")).to_contain_text(words)
        self._page.keyboard.press("Enter")
