"""The Jupyter Server extension: shows the jobs of a store over HTTP and takes what people ask of them."""

from __future__ import annotations

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    from statek_jupyter.server.app import StatekApp

    return [{"module": "statek_jupyter.server", "app": StatekApp}]
