"""The chat log as the messages a model is sent: pure functions, the same answer every time.

Roles are ``system`` (the system prompt, first), ``user``, ``assistant`` and ``tool``. A reply is given back exactly as
it came. What its code gave follows as a user message, or, when the reply asked for tool calls, as one tool message per
call.

========== ===================================== ==============================
style      output of code                        warmup code
========== ===================================== ==============================
CONSOLE    each line after ``> ``                fenced, from the assistant
None       as CONSOLE                            as CONSOLE
MARKDOWN   as it is                              as CONSOLE
MD_DIALOG  in a ``<CONSOLE>`` box                as CONSOLE
DIRECT     as it is                              a call of the ``python`` tool
========== ===================================== ==============================
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from statek_jupyter.executors.chat_log import (
    ChatLogEntry,
    ChatLogItem,
    LLM_LogItem,
    SubTaskLogItem,
    SystemLogItem,
    ToolResult,
    UserLogItem,
    WarmupLogItem,
)
from statek_jupyter.executors.chat_style import ChatStyle
from statek_jupyter.executors.code_block import CODE_TOOL_NAMES, CallSpec, CodeBlock
from statek_jupyter.llm.console_text import OUTPUT_CHARACTERS, console_text, cut_middle, tool_text
from statek_jupyter.llm.model import Message

NO_OUTPUT = "(no output)"
NOT_FINISHED = "(not finished)"
BEGIN = "Begin."
"""Said for the user when a conversation does not start with them: several providers refuse such a one."""
GO_ON = "Go on."
"""Said for the user after a reply that nothing answered: a request must not end with the assistant's words."""


def messages(
    entries: Iterable[ChatLogEntry], *, system_prompt: str, style: ChatStyle | None, limit: int = OUTPUT_CHARACTERS
) -> tuple[Message, ...]:
    """The whole request: the system prompt, then every entry of a chat log."""
    return assemble((item_messages(entry, style, limit=limit) for entry in entries), system_prompt=system_prompt)


def assemble(parts: Iterable[Sequence[Message]], *, system_prompt: str) -> tuple[Message, ...]:
    """The request made of the entries' messages (`item_messages`, kept or new), in order."""
    said = [message for part in parts for message in part]
    if not said or said[0]["role"] != "user":
        said.insert(0, _user(BEGIN))
    if said[-1]["role"] == "assistant":
        said.append(_user(GO_ON))
    return ({"role": "system", "content": system_prompt}, *said) if system_prompt else tuple(said)


def item_messages(
    entry: ChatLogEntry, style: ChatStyle | None, *, limit: int = OUTPUT_CHARACTERS, hint: str | None = None
) -> tuple[Message, ...]:
    """The messages of one entry; none for what the model does not see. Of a finished item they never change.

    Args:
        entry: A message, or an item of any kind.
        style: The job's chat style.
        limit: Characters of output shown per block or call.
        hint: Said with each message of the person: the language to answer in.
    """
    match entry:
        case str():
            return _person(entry, hint)
        case UserLogItem():
            return _person(entry.message, hint)
        case SystemLogItem():
            return (_note(entry.message),)
        case WarmupLogItem():
            return () if entry.hidden else _warmup(entry, style, limit)
        case LLM_LogItem():
            return _turn(entry, style, limit)
        case SubTaskLogItem():
            return (_note(_notification(entry, limit)),)
    return ()


# --- the kinds of items -----------------------------------------------------------------------------


def _person(text: str, hint: str | None) -> tuple[Message, ...]:
    if not text.strip():
        return ()
    return (_user(f"{text}\n\n({hint})" if hint else text),)


def _warmup(item: WarmupLogItem, style: ChatStyle | None, limit: int) -> tuple[Message, ...]:
    block = item.code if isinstance(item.code, CodeBlock) else CodeBlock(item.code)
    code = (block.code or "").strip("\n")
    if block.tool_calls:
        return _calls(item, block, _fenced(code) if code else "", style, limit)
    if style is ChatStyle.DIRECT:
        call = CallSpec(f"warmup-{item.warmup_block_num + 1}", "python", None, {"code": code})
        return _calls(item, CodeBlock(None, (call,)), "", style, limit)
    return (_assistant(_fenced(code)), *_console(item, style, limit, silent=NO_OUTPUT))


def _turn(item: LLM_LogItem, style: ChatStyle | None, limit: int) -> tuple[Message, ...]:
    reply = item.llm_resp
    if isinstance(reply, CodeBlock) and reply.tool_calls:
        return _calls(item, reply, item.reply_text, style, limit)
    text = item.reply_text or _code(reply)
    ran = isinstance(reply, CodeBlock) and item.executed
    console = _console(item, style, limit, silent=NO_OUTPUT if ran else "")
    return (_assistant(text), *console) if text else console


def _calls(
    item: ChatLogItem, block: CodeBlock, content: str, style: ChatStyle | None, limit: int
) -> tuple[Message, ...]:
    """A reply that asks for tool calls, with exactly one tool message per call.

    What code beside the calls gave follows as console.
    """
    calls = block.tool_calls or ()
    first_part = 1 if block.code else 0
    ids = _unique(call.id for call in calls)
    results = list(item.tool_results)
    silent = NO_OUTPUT if item.executed else NOT_FINISHED
    answers: list[Message] = []
    for part, (call, call_id) in enumerate(zip(calls, ids, strict=True), first_part):
        texts = (console_text(item, limit, part), _taken(results, call.id, limit))
        told = "\n".join(text.rstrip("\n") for text in texts if text)
        answers.append({"role": "tool", "tool_call_id": call_id, "content": told or silent})
    asked = [_call(call, call_id) for call, call_id in zip(calls, ids, strict=True)]
    reply: Message = {"role": "assistant", "content": content or None, "tool_calls": asked}
    console = console_text(item, limit, 0) if block.code else ""
    return (reply, *answers, *((_user(_styled(console, style)),) if console else ()))


def _console(item: ChatLogItem, style: ChatStyle | None, limit: int, *, silent: str) -> tuple[Message, ...]:
    text = console_text(item, limit).rstrip("\n")
    text = text or silent
    return (_user(_styled(text, style)),) if text else ()


def _notification(item: SubTaskLogItem, limit: int) -> str:
    handler: Any = item.handler
    try:
        said = str(handler.get_log_message())
        result = "" if item.brief else cut_middle(str(handler.result_text), limit)
    except Exception as error:
        return f"A subtask has completed; its notification failed with {type(error).__name__}: {error}"
    return f"{said}\n{result}" if result else said


# --- the forms of messages --------------------------------------------------------------------------


def _user(text: str) -> Message:
    return {"role": "user", "content": text}


def _assistant(text: str) -> Message:
    return {"role": "assistant", "content": text}


def _note(text: str) -> Message:
    """Something the engine says. A user message, because providers drop or refuse system messages after the first."""
    return _user(f"<NOTE>\n{text.strip()}\n</NOTE>")


def _styled(text: str, style: ChatStyle | None) -> str:
    match style:
        case ChatStyle.MARKDOWN | ChatStyle.DIRECT:
            return text
        case ChatStyle.MD_DIALOG:
            return f"<CONSOLE>\n{text.replace('</CONSOLE>', '</ CONSOLE>')}\n</CONSOLE>"
        case _:
            return "\n".join(f"> {line}" for line in text.split("\n"))


def _fenced(code: str) -> str:
    """Code in a Python fence longer than any fence inside it."""
    fence = "```"
    while fence in code:
        fence += "`"
    return f"{fence}python\n{code}\n{fence}"


def _code(reply: str | CodeBlock | None) -> str:
    if isinstance(reply, CodeBlock):
        return _fenced(reply.code) if reply.code else ""
    return reply or ""


def _call(call: CallSpec, call_id: str) -> dict[str, Any]:
    function = {"name": call.func_name, "arguments": json.dumps(_arguments(call), default=repr, ensure_ascii=False)}
    return {"id": call_id, "type": "function", "function": function}


def _arguments(call: CallSpec) -> Mapping[str, Any]:
    named = dict(call.kwargs or {})
    if call.args and call.func_name in CODE_TOOL_NAMES and "code" not in named:
        return {"code": call.args[0], **named}
    return {"args": list(call.args), **named} if call.args else named


def _unique(ids: Iterable[str]) -> list[str]:
    """The ids, with a suffix where one is empty or came before: each call needs a message of its own."""
    taken: list[str] = []
    for number, call_id in enumerate(ids, 1):
        name = call_id or f"call-{number}"
        while name in taken:
            name = f"{name}-{number}"
        taken.append(name)
    return taken


def _taken(results: list[ToolResult], call_id: str, limit: int) -> str:
    """The text of the first result for a call, which is removed from the list."""
    for index, result in enumerate(results):
        if result.call_id == call_id:
            return tool_text(results.pop(index), limit)
    return ""
