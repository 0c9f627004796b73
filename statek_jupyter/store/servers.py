"""Stores on a server: what connects to ZEO and to PostgreSQL.

Both know less than a folder: there is no commit queue, a server orders commits, and conflicts are retried. Large values
are kept by the server; each machine holds copies of those it has read in a folder of this user.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from statek_jupyter.errors import StoreLocationError
from statek_jupyter.store.feed import Feed, StorageFeed
from statek_jupyter.store.file_lock import FileLock, held
from statek_jupyter.store.lanes import lease_lane
from statek_jupyter.store.location import Location, default_folder

CONNECT_SECONDS = 10
"""How long a server may take to answer."""
COPIES_BYTES = 1 << 30
"""Room for copies of large values; older ones go first."""


@dataclass
class Server:
    """A storage on a server, connected."""

    storage: Any
    feed: Feed
    lane: int
    lane_lock: FileLock | None = None
    opening: AbstractContextManager[Any] = field(default_factory=nullcontext)
    """Entered while the store is created, so that only one process does it."""


def connect(location: Location, read_only: bool) -> Server:
    """Connect to the server of this location.

    Raises:
        StoreLocationError: A package is missing, or the server does not answer.
    """
    openers: dict[str, Callable[[Location, bool], Server]] = {"zeo": _connect_zeo, "postgresql": _connect_postgresql}
    try:
        return openers[location.kind](location, read_only)
    except ImportError as error:
        needed = f"pip install 'statek_jupyter[{location.kind}]'"
        raise StoreLocationError(location.where, f"this needs the package {error.name}: {needed}") from None
    except StoreLocationError:
        raise
    except Exception as error:  # each of the packages has errors of its own
        raise StoreLocationError(
            location.where, f"the server cannot be used ({type(error).__name__}): is it up, and does it let you in?"
        ) from error


def _connect_zeo(location: Location, read_only: bool) -> Server:
    """``zeo://host:port`` or ``zeo:///path/of/socket``, with ``?storage=NAME`` for another one than ``1``."""
    from ZEO.ClientStorage import ClientStorage

    assert location.url is not None
    parts = urlsplit(location.url)
    options = dict(parse_qsl(parts.query))
    name = options.pop("storage", "1")
    if options or not (parts.hostname or parts.path):
        raise StoreLocationError(location.where, "write it as zeo://host:port or zeo:///path, with ?storage=NAME")
    address = (parts.hostname, parts.port or 9100) if parts.hostname else unquote(parts.path)
    folder = _own_folder(location.url)
    storage = ClientStorage(
        address,
        storage=name,
        read_only=read_only,
        wait_timeout=CONNECT_SECONDS,
        blob_dir=str(folder / "blobs"),
        blob_cache_size=COPIES_BYTES,
    )
    lane, lane_lock = lease_lane(folder / "lanes")
    return Server(storage, StorageFeed(storage), lane, lane_lock, held(folder / "open.lock"))


def _connect_postgresql(location: Location, read_only: bool) -> Server:
    from statek_jupyter.store.postgresql import Control, PostgresFeed, open_storage

    assert location.url is not None
    control = Control(location.url, CONNECT_SECONDS)
    try:
        with control.opening():
            folder = _own_folder(location.url) / "blobs"
            storage = open_storage(location.url, folder, COPIES_BYTES, read_only=read_only)
        return Server(storage, PostgresFeed(control), control.lease_lane(), opening=control.opening())
    except BaseException:
        control.close()
        raise


def _own_folder(url: str) -> Path:
    """This user's folder on this machine for what belongs to one server."""
    name = hashlib.sha256(url.encode()).hexdigest()[:16]
    folder = default_folder().parent / "servers" / name
    folder.mkdir(parents=True, exist_ok=True)
    os.chmod(folder, 0o700)
    return folder
