"""How a job talks with its model: what is code, what is prose, and when prose ends the job."""

from __future__ import annotations

from enum import Enum

from statek_jupyter.errors import BadOptionError


class ChatStyle(Enum):
    """The form of replies. None in place of a style means automatic: the engine chooses by model and agent."""

    CONSOLE = "CONSOLE"
    """A reply is Python, fenced or not; console lines are shown with ``> ``."""
    MARKDOWN = "MARKDOWN"
    """Only Python fences of a reply run; the rest is comment."""
    MD_DIALOG = "MD_DIALOG"
    """Prose speaks to the person, Python fences run; a reply of prose alone ends the job."""
    DIRECT = "DIRECT"
    """Prose speaks to the person, code comes only as tool calls; a reply without calls ends the job."""

    @property
    def is_dialog(self) -> bool:
        """Whether prose speaks to the person, and a reply of prose alone ends the job."""
        return self in (ChatStyle.MD_DIALOG, ChatStyle.DIRECT)

    @property
    def uses_tool_calls(self) -> bool:
        """Whether code is asked for as tool calls."""
        return self is ChatStyle.DIRECT

    @classmethod
    def parse(cls, text: str) -> ChatStyle | None:
        """The style named by `text`, in any case; None for ``auto`` and an empty text.

        Raises:
            BadOptionError: No style has this name.
        """
        name = text.strip().upper().replace("-", "_")
        if name in ("", "AUTO", "NONE"):
            return None
        if name not in cls.__members__:
            known = ", ".join([*cls.__members__, "auto"])
            raise BadOptionError("chat style", f"{text!r} is none of {known}")
        return cls[name]
