"""Notebooks as a kernel that is gone has left them."""

from __future__ import annotations

import json
from typing import Any

from statek_jupyter.views.bundle import job_bundle
from statek_jupyter.views.schema import JobView
from tests.browser.lab import LabServer


def write_notebook(
    server: LabServer, name: str, *views: JobView, beside: dict[str, Any] | None = None, source: str = "job"
) -> None:
    """A notebook in the server's folder with a cell for each job; the widget's model is gone with the kernel.

    Args:
        source: What is in each cell.
        beside: Another output below each job, by media type.
    """
    cells = [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "metadata": {},
            "source": source,
            "execution_count": 1,
            "outputs": [
                {"output_type": "display_data", "data": data, "metadata": {}}
                for data in (job_bundle(view, "0" * 32), beside)
                if data
            ],
        }
        for number, view in enumerate(views)
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    (server.notebooks / name).write_text(json.dumps(notebook), encoding="utf-8")
