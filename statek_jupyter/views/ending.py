"""What is left to say at the end of a job's log."""

from __future__ import annotations

from statek_jupyter.views.schema import ErrorView, ItemView, JobView


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


def told_items(view: JobView) -> list[ItemView]:
    """The entries, without a failed try that the error below it repeats."""
    items = view["items"]
    return [_told(item, view["error"] if at == len(items) - 1 else None) for at, item in enumerate(items)]


def _told(item: ItemView, error: ErrorView | None) -> ItemView:
    attempts = item.get("attempts")
    if not attempts or not attempts[-1]["error"]:
        return item
    kind, _, message = attempts[-1]["error"].rstrip("…").partition(": ")
    told = [" ".join(one["message"].split()) for one in (item.get("error"), error) if one is not None]
    repeated = any(kind in text and message in text for text in told)
    return {**item, "attempts": attempts[:-1]} if repeated else item
