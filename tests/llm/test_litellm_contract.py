"""What the litellm client does with a real HTTP server: run for every version of litellm that is taken."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from statek_jupyter.errors import ModelError
from statek_jupyter.llm.litellm_client import shared_client
from statek_jupyter.llm.model import ModelReply, ModelRequest, TokenUsage, ToolCall
from statek_jupyter.llm.pricing import register_price
from statek_jupyter.llm.retry import RetryPolicy, complete
from statek_jupyter.llm.tool_schemas import PYTHON_TOOL
from tests.provider import Failure, Html, Provider, Reply
from tests.waiting import eventually_async

SECRET = "sk-proj-0123456789abcdef"
WAYS = pytest.mark.parametrize("listening", [False, True], ids=["whole", "streamed"])
LIMITS = {"timeout_seconds": 20.0, "stall_seconds": 20.0}


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch, provider: Provider) -> None:
    """A key that would be noticed anywhere."""
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)


def request(model: str = "openai/test", **fields: Any) -> ModelRequest:
    return ModelRequest(model, ({"role": "user", "content": "What is 6 times 7?"},), **{**LIMITS, **fields})


async def ask(listening: bool, pieces: list[str] | None = None, **fields: Any) -> ModelReply:
    listen: Callable[[str], None] | None = ([] if pieces is None else pieces).append if listening else None
    return await shared_client().complete(request(**fields), listen)


async def fails(listening: bool, **fields: Any) -> ModelError:
    with pytest.raises(ModelError) as caught:
        await ask(listening, **fields)
    return caught.value


@WAYS
async def test_a_plain_reply(provider: Provider, listening: bool) -> None:
    """Text, reasoning, usage, sizes and ids are those of the server; the request is what was asked."""
    provider.script("test", [Reply("The answer is 42.", reasoning="6 times 7")])
    reply = await ask(listening, temperature=0.5, max_output_tokens=99)
    assert (reply.text, reply.reasoning, reply.finish_reason) == ("The answer is 42.", "6 times 7", "stop")
    assert reply.usage == TokenUsage(12, 6, 6, 2)
    assert (reply.response_model, reply.request_id) == ("test", "chatcmpl-1")
    assert reply.bytes_sent > 0 and reply.bytes_received == 26 and reply.seconds > 0
    (sent,) = provider.requests("test")
    assert sent["messages"] == [{"role": "user", "content": "What is 6 times 7?"}]
    assert (sent["temperature"], sent["max_tokens"]) == (0.5, 99)
    assert bool(sent.get("stream")) is listening


async def test_pieces_arrive_while_the_reply_is_written(provider: Provider) -> None:
    """The listener is called on the caller's thread, before the reply is there, and all pieces make the text."""
    provider.script("test", [Reply("one two three four five six", pause_seconds=0.02)])
    pieces: list[str] = []
    threads = set()

    def listen(text: str) -> None:
        pieces.append(text)
        threads.add(threading.current_thread())

    asked = asyncio.ensure_future(shared_client().complete(request(), listen))
    await eventually_async(lambda: pieces)
    assert not asked.done()
    reply = await asked
    assert "".join(pieces) == reply.text == "one two three four five six" and len(pieces) > 2
    assert reply.seconds_to_first_text is not None and 0 < reply.seconds_to_first_text < reply.seconds
    assert threads == {threading.current_thread()}


async def test_a_monotonous_reply_is_a_reply(provider: Provider) -> None:
    """litellm breaks off a stream after a hundred equal pieces; a long ruled line is no failure."""
    provider.script("test", ["-" * 8 * 150])
    assert (await ask(True)).text == "-" * 8 * 150


@WAYS
async def test_tool_calls(provider: Provider, listening: bool) -> None:
    """Arguments are read; what is no JSON object is reported in the call, and the other calls are kept."""
    calls = [("python", '{"code": "x = 1"}'), ("python", '{"code": "x'), ("find", "[1]"), ("now", "")]
    provider.script("test", [Reply("Let me see.", tool_calls=calls)])
    reply = await ask(listening, tools=(PYTHON_TOOL,))
    good, broken, no_object, empty = reply.tool_calls
    assert good == ToolCall("call_1", "python", {"code": "x = 1"})
    assert broken.arguments == {} and "not JSON" in str(broken.arguments_error)
    assert "not a JSON object: [1]" in str(no_object.arguments_error)
    assert (empty.name, empty.arguments, empty.arguments_error) == ("now", {}, None)
    assert (reply.text, reply.finish_reason) == ("Let me see.", "tool_calls")
    assert provider.requests("test")[0]["tools"] == [PYTHON_TOOL]


@WAYS
async def test_tokens_nobody_counted_are_estimated_and_marked(provider: Provider, listening: bool) -> None:
    """A server that sends no counts does not make a call free."""
    provider.script("test", [Reply("x" * 400, counts=False)])
    usage = (await ask(listening)).usage
    assert usage is not None and usage.estimated
    assert usage.output_tokens == 100 and usage.input_tokens > 5


@WAYS
async def test_cost_and_its_source(provider: Provider, listening: bool) -> None:
    """The provider's figure, else the user's price, else the price list, else nobody knows: never 0 for unknown."""
    provider.script("test", ["a"])
    assert ((reply := await ask(listening)).cost_usd, reply.cost_source) == (None, "unknown")
    provider.script("gpt-5-mini", [Reply("a"), Reply("a", cost_usd=0.00123)])
    listed = await ask(listening, model="openai/gpt-5-mini")
    assert listed.cost_source == "price_list" and listed.usage is not None and listed.pricing is not None
    assert listed.cost_usd == listed.pricing.cost(12, 6, listed.usage.output_tokens)
    reported = await ask(listening, model="openai/gpt-5-mini")
    assert (reported.cost_usd, reported.cost_source) == (Decimal("0.00123"), "provider")
    register_price("openai/priced", input_per_M=1000, output_per_M=2000)
    provider.script("priced", [Reply("abcd")])
    priced = await ask(listening, model="openai/priced")
    assert (priced.cost_usd, priced.cost_source) == (Decimal("0.014"), "registered")


FAILURES = [
    (Failure(401, "Incorrect API key provided", "invalid_api_key"), "auth", False),
    (Failure(403, "not allowed in your country"), "auth", False),
    (Failure(404, "The model `x` does not exist", "model_not_found"), "not_found", False),
    (Failure(429, "Rate limit reached for requests"), "rate_limited", True),
    (Failure(429, "You exceeded your current quota, check your plan", "insufficient_quota"), "quota_exhausted", False),
    (Failure(429, "Add a payment method at https://x.test/account/billing for more."), "rate_limited", True),
    (Failure(429, "You exceeded your current quota. Please retry in 20.5s."), "rate_limited", True),
    (Failure(402, "Insufficient credits"), "quota_exhausted", False),
    (Failure(400, "This model's maximum context length is 8192 tokens."), "context_overflow", False),
    (Failure(400, "prompt is too long: 210000 tokens > 200000 maximum"), "context_overflow", False),
    (Failure(400, "rejected as a result of our safety system", "content_policy_violation"), "content_blocked", False),
    (Failure(400, "unknown parameter"), "bad_request", False),
    (Failure(422, "unprocessable"), "bad_request", False),
    (Failure(408, "too slow"), "timeout", True),
    (Failure(500, "The server had an error"), "unavailable", True),
    (Failure(503, "overloaded"), "unavailable", True),
    (Failure(529, "overloaded"), "unavailable", True),
    (Html(502), "unavailable", True),
    (Html(404), "not_found", False),
]


@WAYS
@pytest.mark.parametrize(
    ("answer", "kind", "retryable"), FAILURES, ids=lambda value: str(getattr(value, "status", value))
)
async def test_http_errors(
    provider: Provider, listening: bool, answer: Failure | Html, kind: str, retryable: bool
) -> None:
    """Each answer has its kind and status, and exactly one request was sent."""
    provider.script("test", [answer, "never asked for"])
    error = await fails(listening)
    assert (error.kind, error.retryable, error.status) == (kind, retryable, answer.status)
    assert not isinstance(answer, Failure) or error.message == answer.message
    assert len(provider.requests("test")) == 1


@WAYS
async def test_the_wait_a_provider_asks_for(provider: Provider, listening: bool) -> None:
    """In seconds, in milliseconds, in words, or none."""
    answers = [
        Failure(429, headers={"retry-after": "2"}),
        Failure(503, headers={"retry-after-ms": "1500"}),
        Failure(429, "Please try again in 1m12.5s."),
        Failure(429, "Please try again in 250ms."),
        Failure(429, "Please try again."),
    ]
    provider.script("test", answers)
    assert [(await fails(listening)).retry_after_seconds for _ in answers] == [2.0, 1.5, 72.5, 0.25, None]


@WAYS
async def test_a_page_in_place_of_a_reply(provider: Provider, listening: bool) -> None:
    """A proxy's page with status 200 is no reply, and no success."""
    provider.script("test", [Html(200)])
    assert (await fails(listening)).kind == "unavailable"


async def test_a_page_is_named_as_such(provider: Provider) -> None:
    """The message tells where to look."""
    provider.script("test", [Html(200)])
    assert "check the base URL" in (await fails(False)).message


@WAYS
async def test_a_refused_connection(monkeypatch: pytest.MonkeyPatch, listening: bool) -> None:
    """Nobody listens at the address: no answer, no status, worth another try."""
    with Provider() as gone:
        monkeypatch.setenv("OPENAI_API_BASE", gone.url)
    error = await fails(listening)
    assert (error.kind, error.status, error.retryable) == ("transport", None, True)


async def test_a_connection_reset_before_the_reply(provider: Provider) -> None:
    """Not to be taken for an answer of the server."""
    provider.script("test", [Reply("lost", reset_after=0)])
    error = await fails(False)
    assert (error.kind, error.status) == ("transport", None)


async def test_a_connection_reset_in_the_middle_of_a_reply(provider: Provider) -> None:
    """Half a reply is no reply; what came is told."""
    provider.script("test", [Reply("one two three four five", reset_after=3, pause_seconds=0.05)])
    error = await fails(True)
    assert (error.kind, error.retryable, error.partial_text) == ("stream_broken", True, "one two three fo")


async def test_an_error_in_the_middle_of_a_reply(provider: Provider) -> None:
    """A provider behind the provider failed."""
    provider.script("test", [Reply("one two three four five", error_after=3)])
    error = await fails(True)
    assert (error.kind, error.partial_text) == ("stream_broken", "one two three fo")
    assert "upstream overloaded" in error.message


@pytest.mark.parametrize("after", [0, 3])
async def test_a_stalled_stream(provider: Provider, after: int) -> None:
    """Silence for longer than allowed ends the request, also before the first piece, and the connection is closed."""
    provider.script("test", [Reply("one two three four five", stall_after=after)])
    error = await fails(True, stall_seconds=0.3)
    assert (error.kind, error.partial_text) == ("timeout", "one two three fo"[: 8 * max(0, after - 1)])
    assert "nothing came for 0.3 s" in error.message
    await eventually_async(lambda: provider.received("test")[0].hung_up)


@WAYS
async def test_a_reply_that_takes_too_long(provider: Provider, listening: bool) -> None:
    """The limit for the whole reply holds although pieces keep coming, and the connection is closed."""
    slow = Reply("so very slow", stall_after=0) if not listening else Reply("slow " * 100, pause_seconds=0.05)
    provider.script("test", [slow])
    error = await fails(listening, timeout_seconds=0.4)
    assert error.kind == "timeout" and "no whole reply after 0.4 s" in error.message
    await eventually_async(lambda: provider.received("test")[0].hung_up)


@WAYS
async def test_cancelling_closes_the_connection(provider: Provider, listening: bool) -> None:
    """The server sees the client hang up, in the middle of a stream and before a whole reply."""
    provider.script("test", [Reply("one two three four five", stall_after=2)])
    asked = asyncio.ensure_future(ask(listening))
    await eventually_async(lambda: provider.requests("test"))
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    await eventually_async(lambda: provider.received("test")[0].hung_up)


def test_loops_one_after_the_other_and_threads(provider: Provider) -> None:
    """No connection is bound to a loop that has ended; threads with loops of their own can ask at once."""
    provider.script("test", lambda body, number: f"reply {number}")
    for _ in range(3):
        asyncio.run(ask(False))
        asyncio.run(ask(True))
    threads = [threading.Thread(target=lambda: asyncio.run(ask(True))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(provider.requests("test")) == 10


def test_a_listener_may_go_away(provider: Provider) -> None:
    """A loop that ends in the middle of a reply leaves nothing behind and the next one works."""
    provider.script("test", [Reply("one two three", pause_seconds=0.05), "second"])

    async def leave() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await ask(True)

    asyncio.run(leave())
    assert asyncio.run(ask(True)).text == "second"


async def test_failures_that_pass_are_lived_through(provider: Provider) -> None:
    """With retries around it, four failures of four kinds cost four requests and the fifth is kept."""
    faults = [Failure(503), Failure(429, headers={"retry-after": "0"}), Reply("lost", error_after=1), Html(200)]
    provider.script("test", [*faults, "there"])
    kinds: list[str] = []
    numbers: list[int] = []

    async def on_attempt(number: int) -> None:
        numbers.append(number)

    async def on_failure(number: int, error: ModelError, delay: float | None) -> None:
        kinds.append(error.kind)

    reply = await complete(
        shared_client(),
        request(),
        on_attempt=on_attempt,
        on_failure=on_failure,
        on_text=lambda text: None,
        policy=RetryPolicy(first_delay_seconds=0.0),
    )
    assert (reply.text, numbers) == ("there", [1, 2, 3, 4, 5])
    assert kinds == ["unavailable", "rate_limited", "stream_broken", "unavailable"]
    assert len(provider.requests("test")) == 5


async def test_without_a_key_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that finds no key where it runs says which variable is missing."""
    for name in ("OPENAI_API_KEY", "OPENAI_API_BASE"):
        monkeypatch.delenv(name)
    error = await fails(False)
    assert (error.kind, error.retryable) == ("auth", False) and "OPENAI_API_KEY" in error.message


async def test_a_providers_name_may_be_written_in_capitals(provider: Provider) -> None:
    """As the reference writes it."""
    provider.script("test", ["hello"])
    assert (await ask(False, model="OPENAI/test")).text == "hello"


async def test_many_at_once(provider: Provider) -> None:
    """Each gets its own reply."""
    provider.script("test", lambda body, number: f"to {body['messages'][0]['content']}")
    asked = [
        shared_client().complete(ModelRequest("openai/test", ({"role": "user", "content": str(n)},), **LIMITS))  # type: ignore[arg-type]
        for n in range(20)
    ]
    assert [reply.text for reply in await asyncio.gather(*asked)] == [f"to {n}" for n in range(20)]


async def test_a_server_without_keys(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a base URL and no key the request is sent all the same."""
    monkeypatch.delenv("OPENAI_API_KEY")
    provider.script("test", ["hello"])
    assert (await ask(False)).text == "hello"


@WAYS
async def test_nothing_is_printed_and_no_key_is_told(
    provider: Provider, listening: bool, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """In every kind of failure screen and logs stay clean, and the key is in no error."""
    leaky = f"Incorrect API key provided: {SECRET}. Header was 'Authorization: Bearer {SECRET}'"
    answers = [Failure(401, leaky), Failure(500, leaky), Html(200, f"<html>{SECRET}</html>"), Reply("x", error_after=1)]
    provider.script("test", [*answers, "fine"])
    errors = [await fails(listening) for _ in answers[: 4 if listening else 3]]
    assert provider.received("test")[0].headers["authorization"] == f"Bearer {SECRET}"
    for error in errors:
        chain = f"{error!r} {error} {error.__cause__!r}"
        assert SECRET not in chain
    assert SECRET not in caplog.text
    assert capfd.readouterr() == ("", "")
