"""Which client answers for a model name."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeGuard, cast

from statek_jupyter.errors import BadModelError, ModelError, UnknownModelError
from statek_jupyter.executors.model_choice import ModelChoice
from statek_jupyter.llm.human import HumanModel
from statek_jupyter.llm.model import ModelClient, ModelReply
from statek_jupyter.llm.provider_keys import check_key, provider_of
from statek_jupyter.llm.scripted import FunctionModel, ScriptedModel

if TYPE_CHECKING:
    from statek_jupyter.llm.litellm_client import LiteLLMClient

SCRIPTED = "scripted/"
FUNCTION = "function/"
HUMAN = "human"

Registrable = ModelClient | Sequence[str | ModelReply | ModelError] | Callable[..., Any]
"""What `register_model` takes: a client, a list of replies, or a function of ``(messages, **request)``."""

_clients: dict[str, ModelClient] = {}
_human = HumanModel()
_lock = threading.Lock()


def register_model(name: str, model: Registrable) -> ModelClient:
    """Let a name stand for a model in this process; replaces what it stood for.

    Args:
        name: With or without ``scripted/`` or ``function/``; a job names it either way.
        model: A `ScriptedModel`, a `FunctionModel`, any other `ModelClient`, a list of replies, or a function.

    Returns:
        The client that answers from now on.

    Raises:
        BadModelError: `name` is empty or taken.
        TypeError: `model` is none of these.
    """
    bare = _bare(name.strip())
    if not bare or bare == HUMAN:
        raise BadModelError(name, "a registered model needs a name of its own, for example 'demo'")
    client = client_of(model)
    with _lock:
        _clients[bare] = client
    return client


def forget_model(name: str) -> None:
    """Let a registered name stand for nothing again; nothing happens when it does not."""
    with _lock:
        _clients.pop(_bare(name.strip()), None)


def registered_models() -> tuple[str, ...]:
    """The registered names, sorted, without prefix."""
    with _lock:
        return tuple(sorted(_clients))


def resolve(model: str) -> ModelClient:
    """The client that answers for a model name. A provider's client imports nothing heavy before its first call.

    Raises:
        BadModelError: `model` is blank.
        UnknownModelError: ``scripted/…`` or ``function/…`` of a name that is not registered here.
    """
    name = _named(model)
    with _lock:
        client = _clients.get(_bare(name))
    if client is not None:
        return client
    if name == HUMAN:
        return _human
    if name.startswith((SCRIPTED, FUNCTION)):
        raise UnknownModelError(name, _advice(name))
    from statek_jupyter.llm.litellm_client import shared_client

    return shared_client()


def check(model: str) -> None:
    """Check, without a request, that a model can be asked: it is registered, or its provider is known and has its key.

    Args:
        model: A name, or one per difficulty (``L:a,M:b,H:c``), which are all checked.

    Raises:
        BadModelError: It cannot be read.
        UnknownModelError: Nothing answers to it.
        MissingKeyError: The provider's key is not in the environment.
    """
    choice = ModelChoice.parse(_named(model))
    for name in dict.fromkeys((choice.low.text, choice.medium.text, choice.high.text)):
        _check_one(name)


def _check_one(name: str) -> None:
    client = resolve(name)
    if not _is_provided(client):
        return
    provider = provider_of(name)
    if provider is not None:
        check_key(name, provider)
    else:
        client.check(name)


def warm_up(model: str) -> None:
    """Begin to load what the first request to a model will need, in the background; nothing for offline models."""
    client = resolve(model)
    if _is_provided(client):
        client.warm_up()


def can_resolve(model: str) -> bool:
    """Whether this process has a client for the name: False for a scripted model registered elsewhere."""
    try:
        resolve(model)
    except (BadModelError, UnknownModelError):
        return False
    return True


def human() -> HumanModel:
    """The client behind ``human``, on which the person's replies are given."""
    return _human


def _named(model: str) -> str:
    name = model.strip()
    if not name:
        raise BadModelError(model, "it is blank; write for example 'openai/gpt-5-mini' or 'scripted/demo'")
    return name


def _is_provided(client: ModelClient) -> TypeGuard[LiteLLMClient]:
    from statek_jupyter.llm.litellm_client import LiteLLMClient

    return isinstance(client, LiteLLMClient)


def _bare(name: str) -> str:
    return name.removeprefix(SCRIPTED).removeprefix(FUNCTION)


def client_of(model: Registrable) -> ModelClient:
    """The client for something `register_model` takes.

    Raises:
        TypeError: It is none of these.
    """
    if callable(getattr(model, "complete", None)):
        return cast(ModelClient, model)
    if callable(model):
        return FunctionModel(model)
    if isinstance(model, Sequence):
        return ScriptedModel(model)
    raise TypeError(f"a model is a list of replies, a function or a client, not {type(model).__name__}: {model!r}")


def _advice(name: str) -> str:
    known = registered_models()
    here = f"registered here: {', '.join(known)}" if known else "nothing is registered here"
    return f"call register_model({_bare(name)!r}, ...) in this process first ({here})"
