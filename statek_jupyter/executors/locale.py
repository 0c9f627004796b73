"""The language a job speaks with its person: codes, the rule for the system prompt, the hint beside messages."""

from __future__ import annotations

import re
from dataclasses import dataclass

from statek_jupyter.errors import BadOptionError
from statek_jupyter.executors.record import stored

_RULES: dict[str, tuple[str, str]] = {
    "EN": ("Write everything the person reads in English.", "answer in English"),
    "PL": ("Write everything the person reads in Polish (polski).", "odpowiedz po polsku"),
    "DE": ("Write everything the person reads in German (Deutsch).", "antworte auf Deutsch"),
    "FR": ("Write everything the person reads in French (français).", "réponds en français"),
    "ES": ("Write everything the person reads in Spanish (español).", "responde en español"),
    "IT": ("Write everything the person reads in Italian (italiano).", "rispondi in italiano"),
}
"""Per language: the sentence for the system prompt, and the hint beside each message."""


@stored
@dataclass(frozen=True, slots=True)
class StatekLocale:
    """A language, and a country for its spelling and formats. Compared by value.

    Any ISO 639-1 and ISO 3166-1 code is taken, in any case; rules and hints exist for EN, PL, DE, FR, ES and IT.
    """

    lang_code: str
    """Two or three letters, kept in upper case."""
    country_code: str | None = None
    """Two letters, kept in upper case; None for no country."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "lang_code", _code("language", self.lang_code, "[A-Z]{2,3}"))
        if self.country_code is not None:
            object.__setattr__(self, "country_code", _code("country", self.country_code, "[A-Z]{2}"))

    @property
    def language_rule(self) -> str | None:
        """What to add to the system prompt; None for a language without a rule."""
        return _RULES[self.lang_code][0] if self.lang_code in _RULES else None

    @property
    def language_hint(self) -> str | None:
        """What to add to each message of the person when a model is shown it; None for a language without one."""
        return _RULES[self.lang_code][1] if self.lang_code in _RULES else None

    def __str__(self) -> str:
        return f"{self.lang_code}-{self.country_code}" if self.country_code else self.lang_code


def resolve_locale(text: str) -> StatekLocale:
    """The locale called ``PL-PL``, ``pl_pl`` or ``pl``.

    Raises:
        BadOptionError: It is no locale.
    """
    language, _, country = text.strip().replace("_", "-").partition("-")
    if text.strip().endswith(("-", "_")):
        raise BadOptionError("locale", f"{text!r} has no country after the dash: write it like 'PL-PL'")
    return StatekLocale(language, country or None)


def _code(what: str, value: object, pattern: str) -> str:
    """`value`, a text or an enum member with one, in upper case."""
    text = getattr(value, "value", value)
    if not isinstance(text, str) or not re.fullmatch(pattern, text.strip().upper()):
        raise BadOptionError("locale", f"{text!r} is no {what} code: write a locale like 'PL-PL'")
    return text.strip().upper()
