"""Scripted, function and human models."""

from __future__ import annotations

import asyncio
import threading
from decimal import Decimal
from typing import Any

import pytest

from statek_jupyter.errors import ModelError
from statek_jupyter.executors.usage import ModelPricing
from statek_jupyter.llm.human import HumanModel
from statek_jupyter.llm.model import ModelReply, ModelRequest, TokenUsage, ToolCall
from statek_jupyter.llm.scripted import OFFLINE_PRICING, FunctionModel, ScriptedModel
from tests.waiting import eventually_async


def ask(turn: int = 1, text: str = "What is 6 times 7?", **fields: Any) -> ModelRequest:
    return ModelRequest("scripted/test", ({"role": "user", "content": text},), turn=turn, **fields)


async def test_the_turn_picks_the_reply() -> None:
    """A process that starts anew in turn 2 gets the second reply, and asking again gives it again."""
    model = ScriptedModel(["one", "two"])
    assert [(await model.complete(ask(turn))).text for turn in (2, 2, 1)] == ["two", "two", "one"]


@pytest.mark.parametrize("turn", [0, 3])
async def test_running_out_of_replies_is_a_clear_error(turn: int) -> None:
    """The error is not retried and says how many replies there are."""
    with pytest.raises(ModelError, match="the script has 2 replies") as caught:
        await ScriptedModel(["one", "two"]).complete(ask(turn))
    assert (caught.value.kind, caught.value.retryable) == ("exhausted", False)
    assert repr(ScriptedModel(["one"])) == "<ScriptedModel with 1 reply>"


async def test_offline_models_report_plausible_usage() -> None:
    """Tokens grow with the text, are marked as estimates, and cost by a price of the model's own."""
    model = ScriptedModel(["short", "long " * 100])
    short, long = [await model.complete(ask(turn)) for turn in (1, 2)]
    assert short.usage and long.usage and short.usage.estimated
    assert 0 < short.usage.output_tokens < long.usage.output_tokens == 125
    assert (await model.complete(ask(text="x" * 4000))).usage.input_tokens > 1000  # type: ignore[union-attr]
    assert long.cost_source == "registered" and long.pricing == OFFLINE_PRICING
    assert long.cost_usd == OFFLINE_PRICING.cost(long.usage.input_tokens, 0, 125)
    assert (short.finish_reason, short.response_model) == ("stop", "scripted/test")
    assert short.bytes_sent > 0 and short.bytes_received == 5


async def test_a_model_without_a_price_costs_nobody_knows_what() -> None:
    """No price means no cost, never 0."""
    reply = await ScriptedModel(["a"], pricing=None).complete(ask())
    assert (reply.cost_usd, reply.cost_source) == (None, "unknown")


async def test_what_a_reply_says_of_itself_is_kept() -> None:
    """Usage and cost of a scripted reply object are not overwritten."""
    usage = TokenUsage(10, 5, 3)
    given = ModelReply(tool_calls=(ToolCall("c", "python", {"code": "1"}),), usage=usage, cost_usd=Decimal(2))
    reply = await ScriptedModel([given]).complete(ask())
    assert (reply.usage, reply.cost_usd, reply.finish_reason) == (usage, Decimal(2), "tool_calls")


async def test_a_scripted_error_is_raised_for_the_model_asked() -> None:
    """Scripts can show how a job meets a failing provider."""
    with pytest.raises(ModelError, match="scripted/test: unavailable"):
        await ScriptedModel([ModelError("unavailable", "", "gone")]).complete(ask())


async def test_text_arrives_in_pieces_for_a_listener() -> None:
    """The pieces make up the text."""
    pieces: list[str] = []
    reply = await ScriptedModel(["a text of more than one piece"], seconds_per_reply=0.01).complete(
        ask(), pieces.append
    )
    assert len(pieces) > 1 and "".join(pieces) == reply.text


def test_one_text_is_not_a_list_of_replies() -> None:
    """A text would give its letters one by one."""
    with pytest.raises(TypeError, match=r"ScriptedModel\(\['hello'\]\)"):
        ScriptedModel("hello")
    with pytest.raises(TypeError, match="not int"):
        ScriptedModel([3])  # type: ignore[list-item]


async def test_a_function_gets_messages_and_the_request() -> None:
    """Everything of the request can be taken by name."""

    def fn(messages: list[dict[str, Any]], **request: Any) -> str:
        assert threading.current_thread() is not threading.main_thread()
        return f"{messages[-1]['content']} {request['turn']} {request['model']} {request['job_id']}"

    reply = await FunctionModel(fn).complete(ask(4, "hi", job_id="J"))
    assert reply.text == "hi 4 scripted/test J"


@pytest.mark.parametrize(
    "fn",
    [
        lambda messages: str(len(messages)),
        lambda messages, turn: str(turn),
        lambda messages, *, turn=0: ModelReply(str(turn)),
    ],
)
async def test_a_function_takes_as_much_of_the_request_as_it_names(fn: Any) -> None:
    """A function of the messages alone is enough."""
    assert (await FunctionModel(fn).complete(ask())).text == "1"


async def test_an_async_function_is_awaited() -> None:
    """Its pieces and usage are as a script's."""

    async def fn(messages: list[dict[str, Any]]) -> str:
        await asyncio.sleep(0)
        return "awaited"

    assert (await FunctionModel(fn).complete(ask())).text == "awaited"


async def test_a_function_may_change_the_messages_it_gets() -> None:
    """The request stays as it was."""

    def fn(messages: list[dict[str, Any]]) -> str:
        messages[0]["content"] = "changed"
        messages.clear()
        return "done"

    request = ask(text="as it was")
    await FunctionModel(fn).complete(request)
    assert request.messages == ({"role": "user", "content": "as it was"},)


async def test_errors_of_a_function_are_told() -> None:
    """A bug in it, and a result that is no reply, are errors that are not retried; the cause is kept."""

    def broken(messages: list[dict[str, Any]]) -> str:
        raise KeyError("weather")

    with pytest.raises(ModelError, match="the function raised KeyError: 'weather'") as caught:
        await FunctionModel(broken).complete(ask())
    assert not caught.value.retryable and isinstance(caught.value.__cause__, KeyError)
    with pytest.raises(ModelError, match="returned int"):
        await FunctionModel(lambda messages: 3).complete(ask())


async def test_a_function_that_takes_too_long_times_out() -> None:
    """The limit of the request holds for it too."""

    async def fn(messages: list[dict[str, Any]]) -> str:
        await asyncio.Event().wait()
        return "never"

    with pytest.raises(ModelError) as caught:
        await FunctionModel(fn).complete(ask(timeout_seconds=0.01))
    assert caught.value.kind == "timeout"


async def test_a_person_answers_from_another_thread() -> None:
    """The request waits in the list until the person's reply comes, and leaves it then."""
    human = HumanModel()
    asked = asyncio.ensure_future(human.complete(ask(job_id="J")))
    await eventually_async(lambda: human.waiting("J"))
    assert not human.answer("other", "no")
    answering = threading.Thread(target=human.answer, args=("J", "42"))
    answering.start()
    reply = await asked
    answering.join()
    assert (reply.text, reply.cost_usd, human.waiting()) == ("42", 0, ())


async def test_a_question_that_is_given_up_leaves_the_list() -> None:
    """A job that was stopped asks nobody any more."""
    human = HumanModel()
    asked = asyncio.ensure_future(human.complete(ask(job_id="J")))
    await eventually_async(lambda: human.waiting("J"))
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert human.waiting() == () and not human.answer("J", "late")


def test_prices_of_scripted_models_can_be_set() -> None:
    """A demo can show what a real model would cost."""
    pricing = ModelPricing(Decimal(3), None, Decimal(15))
    reply = asyncio.run(ScriptedModel(["abcd"], pricing=pricing).complete(ask()))
    assert reply.pricing == pricing
