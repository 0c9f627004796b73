"""The rules of accessibility, checked in a real page by axe-core as the browser side has it."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.node import LABEXTENSION, npm_with_packages

_CHECK = """async where => {
  const roots = [...document.querySelectorAll(where)].filter(element => element.checkVisibility());
  if (roots.length === 0) {
    return [`nothing to check in ${where}`];
  }
  const { violations } = await axe.run({ include: roots }, { resultTypes: ['violations'] });
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, impact, nodes }) =>
      nodes.map(node => `${impact} ${id}: ${node.html.slice(0, 160)} ${node.any[0]?.message ?? ''}`)
    );
}"""


def load_rules(page: Page) -> None:
    """Put axe-core into the page."""
    npm_with_packages()
    page.evaluate((LABEXTENSION / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))
    # JupyterLab's body has no height; axe-core takes the texts in it for hidden, and would measure no contrast.
    page.evaluate("document.body.style.height = '100vh'")


def broken_rules(page: Page, where: str) -> list[str]:
    """The serious and critical violations within what a CSS selector finds; one line says so if it finds nothing.

    Args:
        page: A page with axe-core in it.
        where: A selector; only what is visible is checked.
    """
    found: list[str] = page.evaluate(_CHECK, where)
    return found
