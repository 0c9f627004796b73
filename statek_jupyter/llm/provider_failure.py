"""What went wrong with a provider call, as a `ModelError`: its kind by what was really answered.

Client libraries invent statuses (500 for a refused connection, 408 for a timeout of their own) and differ from route to
route. What counts, in this order: the HTTP answer that came, the timeout or broken connection beneath, the words, and
only then the status an exception claims.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from statek_jupyter.errors import ModelError, ModelErrorKind
from statek_jupyter.redaction import redact

MESSAGE_CHARACTERS = 1_000

_TIMEOUTS = re.compile(r"Timeout")
_CONNECTIONS = re.compile(r"Connect|RemoteProtocol|ReadError|WriteError|ClientOSError|ServerDisconnected|Payload|SSL")
_CONTEXT = re.compile(
    r"context[ _]length|context[ _]window|maximum context|prompt is too long|input is too long|too many input tokens"
    r"|exceeds? the (?:maximum|max|available) (?:number of )?(?:input )?(?:tokens|context)|reduce the length of"
    r"|input token count .* exceeds|request_too_large|string too long",
    re.IGNORECASE,
)
_QUOTA = re.compile(
    r"insufficient[ _](?:quota|credits?|balance|funds)|exceeded your current quota|plan and billing|billing.{0,10}limit"
    r"|payment required|credit balance is too low|out of credits",
    re.IGNORECASE,
)
_WAIT = re.compile(
    r"(?:try again|retry) in (?:(?P<minutes>\d+)m)?(?P<amount>\d+(?:\.\d+)?)(?P<unit>ms|s)\b", re.IGNORECASE
)
"""A wait told in words only, as OpenAI and Gemini do."""
_BLOCKED = re.compile(
    r"content[ _](?:policy|filter|management)|safety system|responsible ai|moderation|flagged", re.IGNORECASE
)
_PAGE = re.compile(
    r"unable to get json response|empty or invalid response from llm|<!doctype html|<html", re.IGNORECASE
)
_LEADING_NAMES = re.compile(r"^(?:(?:litellm\.)?\w*(?:Error|Timeout|Exception)(?: Error)?\s*[:-]\s*)+")
_BY_STATUS: Mapping[int, ModelErrorKind] = {
    401: "auth",
    402: "quota_exhausted",
    403: "auth",
    404: "not_found",
    408: "timeout",
    409: "unavailable",
    425: "unavailable",
    429: "rate_limited",
}


def failure(error: BaseException, model: str, *, partial_text: str = "", streaming: bool = False) -> ModelError:
    """The exception of a provider call as a `ModelError`, keys removed.

    Args:
        error: What the client library raised; its causes are looked at too.
        model: The model as the job names it.
        partial_text: Text that had arrived.
        streaming: Whether a stream had begun.
    """
    chain = list(_chain(error))
    response = next((each.response for each in chain if type(each).__name__ == "HTTPStatusError"), None)
    status = getattr(response, "status_code", None)
    names = " ".join(type(each).__name__ for each in chain)
    words = str(error)
    kind = _kind(status, names, words, streaming) or _claimed(chain)
    retry_after = retry_after_seconds(_headers(error, response))
    if retry_after is None:
        retry_after = _wait_in_words(words)
    return ModelError(kind, model, plain_message(words), retry_after, status, partial_text)


def plain_message(words: str) -> str:
    """The provider's own words: without exception names, out of the JSON around them, keys removed, not too long."""
    text = _LEADING_NAMES.sub("", words.strip())
    try:
        told = json.loads(text)
        inner = told["error"] if isinstance(told.get("error"), dict) else told
        text = str(inner.get("message") or text)
    except (ValueError, AttributeError):
        text = text.split("Original exception:")[0].strip() or text
    if _PAGE.search(words):
        text = f"the answer is not a model's but a page; check the base URL and any proxy: {text}"
    return redact(text)[:MESSAGE_CHARACTERS]


def retry_after_seconds(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """What the provider asks to wait: ``retry-after-ms``, or ``retry-after`` in seconds or as a date (RFC 9110)."""
    lowered = {str(name).lower(): str(value).strip() for name, value in headers.items()}
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        if re.fullmatch(r"\d+(\.\d+)?", lowered.get(name, "")):
            return float(lowered[name]) / unit
    try:
        moment = parsedate_to_datetime(lowered["retry-after"])
    except (KeyError, ValueError, TypeError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - (now or datetime.now(UTC))).total_seconds())


def _wait_in_words(words: str) -> float | None:
    match = _WAIT.search(words)
    if match is None:
        return None
    return int(match["minutes"] or 0) * 60 + float(match["amount"]) / (1000 if match["unit"] == "ms" else 1)


def _chain(error: BaseException | None) -> Iterator[Any]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _headers(error: Any, response: Any) -> Mapping[str, str]:
    return getattr(response, "headers", None) or getattr(error, "litellm_response_headers", None) or {}


def _kind(status: int | None, names: str, words: str, streaming: bool) -> ModelErrorKind | None:
    if status == 429 and _WAIT.search(words):  # Gemini calls every limit a quota; what passes in seconds is none
        return "rate_limited"
    if status is not None and status >= 400:
        return (_by_words(words) if status < 500 else None) or _by_status(status)
    if _PAGE.search(words):
        return "unavailable"
    if _TIMEOUTS.search(names):
        return "timeout"
    if kind := _by_words(words):
        return kind
    if streaming:
        return "stream_broken"
    return "transport" if _CONNECTIONS.search(names) else None


def _by_words(words: str) -> ModelErrorKind | None:
    if _CONTEXT.search(words):
        return "context_overflow"
    if _QUOTA.search(words):
        return "quota_exhausted"
    return "content_blocked" if _BLOCKED.search(words) else None


def _by_status(status: int) -> ModelErrorKind:
    return _BY_STATUS.get(status, "unavailable" if status >= 500 else "bad_request")


def _claimed(chain: list[Any]) -> ModelErrorKind:
    """The kind by the status the exception says it has; a 500 without an answer says nothing."""
    status = getattr(chain[0], "status_code", None)
    return _by_status(status) if isinstance(status, int) and 400 <= status < 500 else "unknown"
