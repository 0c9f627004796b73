"""Writes a job to a file: a page, a transcript, data, or a notebook."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

from statek_jupyter.errors import BadOptionError
from statek_jupyter.store.handle import JobHandle
from statek_jupyter.views.html import job_page
from statek_jupyter.views.job_view import read_job, subtasks_in
from statek_jupyter.views.markdown import job_markdown
from statek_jupyter.views.notebook_file import job_notebook
from statek_jupyter.views.schema import JobView


def _json(view: JobView) -> str:
    return json.dumps(view, ensure_ascii=False, indent=1) + "\n"


FORMS: dict[str, Callable[[JobView], str]] = {
    ".html": job_page,
    ".md": job_markdown,
    ".json": _json,
    ".ipynb": job_notebook,
}
WHOLE = frozenset((".json", ".ipynb"))
"""Forms with every output in full; the others leave out the middle of long ones."""


def export(handle: JobHandle, path: str | os.PathLike[str]) -> None:
    """Write the whole job to `path`; its suffix says how. The file is complete or not there.

    Raises:
        BadOptionError: The suffix is none of ``.html``, ``.md``, ``.json``, ``.ipynb``, or there is no such folder.
        OSError: The file cannot be written.
    """
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix not in FORMS:
        raise BadOptionError("path", f"{target.name!r} has no known suffix: use one of {', '.join(FORMS)}")
    if not target.parent.is_dir():
        raise BadOptionError("path", f"there is no folder {str(target.parent)!r}")
    view = handle.store.read(
        lambda root: read_job(
            root.job(handle.id),
            since_item=0,
            children=subtasks_in(root),
            whole=suffix in WHOLE,
            alive=handle.store.presence.alive,
        )
    )
    _write(target, FORMS[suffix](view))


def _write(target: Path, text: str) -> None:
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
