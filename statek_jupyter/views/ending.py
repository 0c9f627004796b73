"""What is left to say at the end of a job's log."""

from __future__ import annotations

from statek_jupyter.views.schema import ErrorView, JobView


def ending(view: JobView) -> ErrorView | str | None:
    """The error or the result the job ended with; None when its last entry has said it already, or it goes on."""
    last = view["items"][-1] if view["items"] else None
    error, result = view["error"], view["result"]
    if error is not None:
        said = last is not None and last.get("error", {}).get("message") == error["message"]
        return None if said else error
    said = last is not None and last.get("final", False) and last.get("text") == result
    return None if said else result


def error_text(error: ErrorView) -> str:
    """Kind, message and line in one text."""
    place = f" (line {error['line']})" if error["line"] is not None else ""
    return (f"{error['type']}: {error['message']}" if error["type"] else error["message"]) + place
