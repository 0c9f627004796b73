"""Which provider a model name belongs to, and which environment variable holds that provider's key."""

from __future__ import annotations

import os
from collections.abc import Mapping

from statek_jupyter.errors import MissingKeyError

KEY_VARIABLES: Mapping[str, tuple[str, ...]] = {
    "openai": ("OPENAI_API_KEY",),
    "anthropic": ("ANTHROPIC_API_KEY",),
    "openrouter": ("OPENROUTER_API_KEY",),
    "gemini": ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
    "mistral": ("MISTRAL_API_KEY",),
    "groq": ("GROQ_API_KEY",),
    "deepseek": ("DEEPSEEK_API_KEY",),
    "xai": ("XAI_API_KEY",),
    "cohere": ("COHERE_API_KEY",),
    "together_ai": ("TOGETHERAI_API_KEY", "TOGETHER_API_KEY"),
    "fireworks_ai": ("FIREWORKS_API_KEY", "FIREWORKS_AI_API_KEY"),
    "perplexity": ("PERPLEXITYAI_API_KEY", "PERPLEXITY_API_KEY"),
    "cerebras": ("CEREBRAS_API_KEY",),
    "huggingface": ("HF_TOKEN", "HUGGINGFACE_API_KEY"),
    "azure": ("AZURE_API_KEY",),
    "ollama": (),
    "ollama_chat": (),
    "lm_studio": (),
    "hosted_vllm": (),
}
"""Variables that can hold the key of a provider, any one of them; empty where none is needed."""

BASE_URL_VARIABLES = ("OPENAI_BASE_URL", "OPENAI_API_BASE")
"""Where an OpenAI-compatible server other than OpenAI's own is; such a server often needs no key."""

_PLAIN_NAMES: Mapping[str, str] = {
    "gpt-": "openai",
    "chatgpt-": "openai",
    "o1": "openai",
    "o3": "openai",
    "o4": "openai",
    "claude-": "anthropic",
}


def provider_of(model: str) -> str | None:
    """The provider of a model name, or None where this table does not know."""
    provider, slash, _ = model.partition("/")
    if slash:
        return provider.lower() if provider.lower() in KEY_VARIABLES else None
    return next((provider for start, provider in _PLAIN_NAMES.items() if model.startswith(start)), None)


def provider_name(model: str) -> str:
    """The model's name as litellm wants it, a known provider in lower case: ``OPENROUTER/a/b`` is asked for too."""
    provider, slash, rest = model.partition("/")
    return f"{provider.lower()}/{rest}" if slash and provider.lower() in KEY_VARIABLES else model


def base_url(environ: Mapping[str, str] = os.environ) -> str | None:
    """The OpenAI-compatible server the environment names, or None."""
    return next((environ[name] for name in BASE_URL_VARIABLES if environ.get(name)), None)


def check_key(model: str, provider: str, environ: Mapping[str, str] = os.environ) -> None:
    """Check that the key a provider needs is in the environment.

    Raises:
        MissingKeyError: It is not.
    """
    variables = KEY_VARIABLES[provider]
    if not variables or any(environ.get(name) for name in variables):
        return
    if provider == "openai" and base_url(environ):
        return
    raise MissingKeyError(model, variables[0])
