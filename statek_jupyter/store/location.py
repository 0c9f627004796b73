"""What ``open_store(where)`` was asked to open: a path or URL, read into one plain value."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from statek_jupyter.errors import StoreLocationError

Kind = Literal["sqlite", "file", "memory", "zeo", "postgresql"]
"""``sqlite`` is the folder store; ``file`` one FileStorage file; ``memory`` lives and dies with its `Store`."""

_SCHEMES: dict[str, Kind] = {
    "sqlite": "sqlite",
    "file": "file",
    "memory": "memory",
    "zeo": "zeo",
    "postgresql": "postgresql",
    "postgres": "postgresql",
}


@dataclass(frozen=True, slots=True)
class Location:
    """Where a store lies."""

    kind: Kind
    where: str
    """As shown to people."""
    path: Path | None = None
    """Absolute path of the folder (``sqlite``) or the file (``file``)."""
    url: str | None = None
    """The URL to connect to, for stores on a server."""


def read_location(where: str | os.PathLike[str] | None) -> Location:
    """Read a path or URL; nothing on disk is touched.

    Args:
        where: A folder path, a URL, or None for ``$STATEK_STORE`` and else the per-user folder.

    Raises:
        StoreLocationError: The text is no place for a store.
    """
    if where is None:
        where = os.environ.get("STATEK_STORE") or default_folder()
    text = os.fspath(where).strip()
    if not text:
        raise StoreLocationError(text, "give a folder path or a URL such as sqlite:/path, file:/path or memory:")
    scheme, colon, _ = text.partition(":")
    if not colon or len(scheme) == 1 or "/" in scheme or "\\" in scheme:
        return _folder(text)
    kind = _SCHEMES.get(scheme.lower())
    if kind is None:
        known = ", ".join(sorted(_SCHEMES))
        raise StoreLocationError(text, f"{scheme!r} is no kind of store; known are {known}, or give a folder path")
    return _from_url(kind, text)


def default_folder() -> Path:
    """The per-user store: ``statek/store`` beside Jupyter's own data."""
    data = os.environ.get("JUPYTER_DATA_DIR")
    if data:
        return Path(data) / "statek" / "store"
    from jupyter_core.paths import jupyter_data_dir

    return Path(jupyter_data_dir()) / "statek" / "store"


def _from_url(kind: Kind, text: str) -> Location:
    if kind == "memory":
        return Location("memory", text)
    if kind in ("zeo", "postgresql"):
        return Location(kind, _without_password(text), url=text)
    parts = urlsplit(text)
    path = unquote(parts.path)
    if parts.netloc not in ("", "localhost") or not path:
        raise StoreLocationError(text, f"write it as {kind}:/path or {kind}:///path")
    return Location(kind, text, path=Path(path).expanduser().absolute())


def _folder(text: str) -> Location:
    path = Path(text).expanduser().absolute()
    return Location("sqlite", str(path), path=path)


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    if parts.password is None:
        return url
    host = f"{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}"
    return parts._replace(netloc=f"{parts.username}:***@{host}").geturl()
