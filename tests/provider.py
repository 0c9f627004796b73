"""An OpenAI-compatible model server on loopback: real HTTP, scripted replies and faults.

In a test: ``with Provider() as provider: provider.script("demo", ["first", Failure(503), "second"])`` and the model
``openai/demo`` with ``OPENAI_API_BASE=provider.url``. In a process of its own: ``python -m tests.provider --port 0
--script replies.json`` prints the address as its first line; ``GET /requests?model=demo`` lists what came.
"""

from __future__ import annotations

import argparse
import json
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

PIECE_CHARACTERS = 8


@dataclass(frozen=True)
class Reply:
    """A good reply, and what may go wrong on its way. Counts of pieces only matter when it is streamed."""

    text: str = ""
    tool_calls: Sequence[tuple[str, str]] = ()
    """Name and arguments, the arguments as the JSON text to send, broken or not."""
    reasoning: str = ""
    finish_reason: str | None = None
    counts: bool = True
    """Whether token counts are sent."""
    cost_usd: float | None = None
    """Sent in the usage, as OpenRouter does."""
    pause_seconds: float = 0.0
    """Before each piece; before the whole reply when it is not streamed."""
    stall_after: int | None = None
    """Pieces sent before the server falls silent, until the client hangs up."""
    reset_after: int | None = None
    """Pieces sent before the connection is reset."""
    error_after: int | None = None
    """Pieces sent before an error comes in the stream."""


@dataclass(frozen=True)
class Failure:
    """An HTTP error, in OpenAI's form unless ``body`` is given."""

    status: int
    message: str = "the server says no"
    code: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None


@dataclass(frozen=True)
class Html:
    """A page in place of JSON, as a proxy sends it."""

    status: int = 200
    page: str = "<html><body><h1>Bad gateway</h1></body></html>"


Answer = str | Reply | Failure | Html
Script = Sequence[Answer] | Callable[[Mapping[str, Any], int], Answer]
"""Answers in the order of requests, or a function of the request's body and its number, from 1."""


@dataclass
class Received:
    """One request as it came."""

    body: dict[str, Any]
    headers: dict[str, str]
    at: float
    hung_up: bool = False
    """The client closed the connection before the reply was complete."""


class Provider:
    """The server, on its own threads.

    Args:
        port: 0 for a free one.
    """

    def __init__(self, port: int = 0) -> None:
        self._scripts: dict[str, Script] = {}
        self._received: list[Received] = []
        self._lock = threading.Lock()
        self.closing = threading.Event()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.provider = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="provider", daemon=True)

    @property
    def url(self) -> str:
        """What ``OPENAI_API_BASE`` is set to."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def script(self, model: str, answers: Script) -> None:
        """Set what the requests for a model get from now on; counting starts anew."""
        with self._lock:
            self._scripts[model] = answers
            self._received = [request for request in self._received if request.body.get("model") != model]

    def requests(self, model: str | None = None) -> list[dict[str, Any]]:
        """The bodies that came, oldest first."""
        return [request.body for request in self.received(model)]

    def received(self, model: str | None = None) -> list[Received]:
        """The requests that came, oldest first."""
        with self._lock:
            return [request for request in self._received if model in (None, request.body.get("model"))]

    def take(self, body: dict[str, Any], headers: dict[str, str]) -> tuple[Received, Answer]:
        """Note a request and choose its answer."""
        model = str(body.get("model"))
        request = Received(body, headers, time.monotonic())
        with self._lock:
            self._received.append(request)
            number = sum(1 for each in self._received if each.body.get("model") == model)
            script = self._scripts.get(model)
        if script is None:
            return request, Failure(404, f"The model `{model}` does not exist", "model_not_found")
        if callable(script):
            return request, script(body, number)
        if number > len(script):
            return request, Failure(400, f"request {number}, but only {len(script)} answers are scripted", "script_end")
        return request, script[number - 1]

    def start(self) -> Self:
        """Begin to serve."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """End every connection and wait for their threads."""
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    provider: Provider
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is part of what is tested."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the screen."""

    def do_GET(self) -> None:
        if urlsplit(self.path).path != "/requests":
            return self._json(404, {"error": {"message": f"nothing at {self.path}"}})
        model = parse_qs(urlsplit(self.path).query).get("model", [None])[0]
        return self._json(200, self.server.provider.requests(model))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}")
        if self.path == "/script":
            self.server.provider.script(body["model"], [from_json(answer) for answer in body["answers"]])
            return self._json(200, {})
        if self.path != "/v1/chat/completions":
            return self._json(404, {"error": {"message": f"nothing at {self.path}"}})
        request, answer = self.server.provider.take(body, {name.lower(): text for name, text in self.headers.items()})
        try:
            self._answer(request, answer)
        except (BrokenPipeError, ConnectionResetError):
            request.hung_up = True
        return None

    def _answer(self, request: Received, answer: Answer) -> None:
        match answer:
            case Failure():
                error = {"message": answer.message, "type": "error", "code": answer.code, "param": None}
                text = json.dumps({"error": error}) if answer.body is None else answer.body
                self._send(answer.status, text, "application/json", answer.headers)
            case Html():
                self._send(answer.status, answer.page, "text/html", {})
            case _:
                reply = Reply(answer) if isinstance(answer, str) else answer
                (self._stream if request.body.get("stream") else self._whole)(request, reply)

    def _json(self, status: int, content: Any) -> None:
        self._send(status, json.dumps(content), "application/json", {})

    def _send(self, status: int, text: str, kind: str, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(text.encode())))
        self.send_header("x-request-id", "req-1")
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())

    def _whole(self, request: Received, reply: Reply) -> None:
        if reply.reset_after is not None:
            return self._reset()
        if not self._wait(request, None if reply.stall_after is not None else reply.pause_seconds):
            return None
        message: dict[str, Any] = {"role": "assistant", "content": reply.text or None}
        if reply.reasoning:
            message["reasoning_content"] = reply.reasoning
        if reply.tool_calls:
            message["tool_calls"] = [_call(*call, index) for index, call in enumerate(reply.tool_calls)]
        choice = {"index": 0, "message": message, "finish_reason": _finish(reply)}
        usage = {"usage": _usage(request.body, reply)} if reply.counts else {}
        return self._json(200, _envelope(request, "chat.completion") | {"choices": [choice]} | usage)

    def _stream(self, request: Received, reply: Reply) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        self.close_connection = True
        for number, delta in enumerate(_deltas(reply)):
            if number == reply.error_after:
                self._event(json.dumps({"error": {"message": "upstream overloaded", "code": 502}}))
                return self._write(b"0\r\n\r\n")
            if not self._wait(request, None if number == reply.stall_after else reply.pause_seconds):
                return None
            if number == reply.reset_after:
                return self._reset()
            self._event(json.dumps(_chunk(request, delta)))
        self._event(json.dumps(_chunk(request, {}, _finish(reply))))
        if reply.counts and (request.body.get("stream_options") or {}).get("include_usage"):
            counts = {"choices": [], "usage": _usage(request.body, reply)}
            self._event(json.dumps(_envelope(request, "chat.completion.chunk") | counts))
        self._event("[DONE]")
        return self._write(b"0\r\n\r\n")

    def _event(self, data: str) -> None:
        event = f"data: {data}\n\n".encode()
        self._write(b"%x\r\n%s\r\n" % (len(event), event))

    def _write(self, data: bytes) -> None:
        self.wfile.write(data)
        self.wfile.flush()

    def _wait(self, request: Received, seconds: float | None) -> bool:
        """Wait, without limit for None, watching the connection; False when it ended or the server closes."""
        end = None if seconds is None else time.monotonic() + seconds
        while end is None or time.monotonic() < end:
            left = 0.02 if end is None else max(0.0, min(0.02, end - time.monotonic()))
            if select.select([self.connection], [], [], left)[0] and not self.connection.recv(1, socket.MSG_PEEK):
                request.hung_up = True
                return False
            if self.server.provider.closing.is_set():
                return False
        return True

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True


def _envelope(request: Received, kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": kind, "created": int(time.time()), "model": request.body["model"]}


def _chunk(request: Received, delta: Mapping[str, Any], finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return _envelope(request, "chat.completion.chunk") | {"choices": [choice]}


def _deltas(reply: Reply) -> list[dict[str, Any]]:
    """What a streamed reply consists of: reasoning, text in pieces, tool calls with their arguments in two halves."""
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"reasoning_content": reply.reasoning}] if reply.reasoning else []
    starts = range(0, len(reply.text), PIECE_CHARACTERS)
    deltas += [{"content": reply.text[start : start + PIECE_CHARACTERS]} for start in starts]
    for index, (name, arguments) in enumerate(reply.tool_calls):
        half = len(arguments) // 2
        deltas.append({"tool_calls": [{"index": index, **_call(name, arguments[:half], index)}]})
        deltas.append({"tool_calls": [{"index": index, "function": {"arguments": arguments[half:]}}]})
    return deltas


def _call(name: str, arguments: str, index: int) -> dict[str, Any]:
    return {"id": f"call_{index + 1}", "type": "function", "function": {"name": name, "arguments": arguments}}


def _finish(reply: Reply) -> str:
    return reply.finish_reason or ("tool_calls" if reply.tool_calls else "stop")


def _usage(body: Mapping[str, Any], reply: Reply) -> dict[str, Any]:
    asked = len(json.dumps(body["messages"])) // 4
    said = max(1, (len(reply.text) + len(reply.reasoning) + sum(len(a) for _, a in reply.tool_calls)) // 4)
    usage: dict[str, Any] = {
        "prompt_tokens": asked,
        "completion_tokens": said,
        "total_tokens": asked + said,
        "prompt_tokens_details": {"cached_tokens": asked // 2, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": len(reply.reasoning) // 4, "audio_tokens": 0},
    }
    return usage if reply.cost_usd is None else usage | {"cost": reply.cost_usd}


def from_json(answer: Any) -> Answer:
    """An answer from JSON: a text, or an object whose ``kind`` is ``reply``, ``failure`` or ``html``."""
    if isinstance(answer, str):
        return answer
    kinds: dict[str, Callable[..., Answer]] = {"reply": Reply, "failure": Failure, "html": Html}
    fields = dict(answer)
    return kinds[fields.pop("kind", "reply")](**fields)


def main() -> None:
    """Serve until killed."""
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--script", help="JSON file: model name to list of answers")
    chosen = options.parse_args()
    with Provider(chosen.port) as provider:
        if chosen.script:
            with open(chosen.script, encoding="utf-8") as file:
                for model, answers in json.load(file).items():
                    provider.script(model, [from_json(answer) for answer in answers])
        print(provider.url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
