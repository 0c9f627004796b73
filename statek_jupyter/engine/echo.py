"""The value of an expression as an output: its plain text and its rich forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

from statek_jupyter.errors import CodeInterrupted

TEXT_LIMIT = 20_000
"""Characters of a value's plain text."""
ITEM_LIMIT = 1_000
"""Members of a builtin container shown in its plain text."""

RICH_METHODS: Mapping[str, str] = {
    "text/html": "_repr_html_",
    "text/markdown": "_repr_markdown_",
    "image/svg+xml": "_repr_svg_",
    "image/png": "_repr_png_",
    "image/jpeg": "_repr_jpeg_",
    "text/latex": "_repr_latex_",
    "application/json": "_repr_json_",
}
"""IPython's display protocol: https://ipython.readthedocs.io/en/stable/config/integrating.html"""


def rich_forms(value: Any) -> dict[str, Any]:
    """MIME type to content, ``text/plain`` always among them. A form whose method fails is left out."""
    forms: dict[str, Any] = {"text/plain": plain_text(value)}
    if isinstance(value, type):
        return forms
    bundle = _call(value, "_repr_mimebundle_", include=None, exclude=None)
    if isinstance(bundle, tuple):
        bundle = bundle[0]
    if isinstance(bundle, Mapping):
        forms.update(bundle)
    for mime, method in RICH_METHODS.items():
        content = None if mime in forms else _call(value, method)
        content = content[0] if isinstance(content, tuple) else content
        if content is not None:
            forms[mime] = content
    return forms


def plain_text(value: Any) -> str:
    """``repr`` with limits, and never an exception."""
    try:
        text = _bounded(value)
    except CodeInterrupted:
        raise
    except BaseException as error:  # code of the job: also `SystemExit`, which here ends nothing
        text = f"<{type(value).__name__} whose repr failed: {type(error).__name__}{_said(error)}>"
    if len(text) > TEXT_LIMIT:
        half = TEXT_LIMIT // 2
        text = f"{text[:half]}\n… {len(text) - TEXT_LIMIT:,} characters left out …\n{text[-half:]}"
    return text


def _bounded(value: Any) -> str:
    kind = type(value)
    if kind not in (list, tuple, set, frozenset, dict) or len(value) <= ITEM_LIMIT:
        return repr(value)
    shown: Callable[[Any], Any] = dict if kind is dict else kind
    members = value.items() if kind is dict else value
    text = repr(shown(islice(members, ITEM_LIMIT)))
    return f"{text[:-1]}, … {len(value) - ITEM_LIMIT:,} more{text[-1]}"


def _call(value: Any, method: str, **arguments: Any) -> Any:
    try:
        function = getattr(value, method, None)
        return function(**arguments) if callable(function) else None
    except CodeInterrupted:
        raise
    except BaseException:  # as above
        return None


def _said(error: BaseException) -> str:
    try:
        return f": {error}"
    except CodeInterrupted:
        raise
    except BaseException:
        return ""
