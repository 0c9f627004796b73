"""What a reply means: the code to run, the prose for the person, and whether it ends the job."""

from __future__ import annotations

import ast
import keyword
import re
from dataclasses import dataclass

from statek_jupyter.engine.statements import parse
from statek_jupyter.executors.chat_style import ChatStyle
from statek_jupyter.executors.code_block import CODE_TOOL_NAMES, CallSpec, CodeBlock
from statek_jupyter.llm.model import ModelReply, ToolCall

PYTHON_FENCES = frozenset({"python", "py", "python3", "ipython", "ipython3"})
CUT_OFF = "Your reply was cut off by the length limit. Send the code in smaller pieces."
NO_CODE = "Your reply had no code to run. Send Python, or call exit(result) to finish."
EMPTY = "Your reply was empty. Send Python to run, or the final answer as text."
_FENCE = re.compile(r"^(?P<indent> {0,3})(?P<ticks>`{3,}|~{3,})[ \t]*(?P<language>[\w+-]*)[^\n]*$")


@dataclass(frozen=True, slots=True)
class ReadReply:
    """A reply as the engine acts on it."""

    code: CodeBlock | None
    """Code and tool calls to run, or None."""
    answer: str | None
    """Prose that speaks to the person, or None."""
    final: bool
    """Whether the reply ends the job: it has nothing to run, in a style where prose is an answer."""
    complaint: str | None = None
    """What to tell the model when the reply can be neither run nor taken as an answer."""


@dataclass(frozen=True, slots=True)
class _Part:
    language: str | None
    """The word behind the opening fence, lower case; None for text outside fences."""
    text: str
    closed: bool = True


def read_reply(reply: ModelReply, style: ChatStyle | None) -> ReadReply:
    """Read a reply in a chat style.

    ``CONSOLE``: all of it is Python, unless there are fences; then the fenced blocks are. Only ``exit`` ends the job.
    ``MARKDOWN``: Python fences are code, the rest is comment. Only ``exit`` ends the job.
    ``MD_DIALOG``: Python fences are code, the prose speaks to the person; a reply without code is final.
    ``DIRECT``: the text speaks to the person and is never run; a reply without tool calls is final.
    None: Python fences are code; a reply without fences is code when it reads as Python; otherwise it is final prose.
    """
    calls = tuple(_call(call) for call in reply.tool_calls)
    parts = _parts(reply.text)
    if reply.finish_reason == "length" and not calls and any(not part.closed for part in parts):
        return ReadReply(None, None, False, CUT_OFF)
    code = "" if style is ChatStyle.DIRECT else _code(parts, reply.text, style)
    prose = _prose(parts, reply.text, style, code)
    if code or calls:
        return ReadReply(CodeBlock(code or None, calls), prose or None, False)
    if style in (ChatStyle.CONSOLE, ChatStyle.MARKDOWN):
        return ReadReply(None, None, False, NO_CODE)
    if not prose.strip():
        return ReadReply(None, None, False, EMPTY)
    return ReadReply(None, prose, True)


def _call(call: ToolCall) -> CallSpec:
    """The call as it is run; one whose arguments could not be read is code that says so when it runs."""
    if call.arguments_error is None:
        return CallSpec(call.id, call.name, None, dict(call.arguments))
    complaint = f"the arguments of {call.name} are not a JSON object: {call.arguments_error}"
    return CallSpec(call.id, "python", None, {"code": f"raise ValueError({complaint!r})"})


def _parts(text: str) -> list[_Part]:
    """Split at fences. A fence is closed by at least as many of the same ticks; an unclosed one runs to the end."""
    parts: list[_Part] = []
    language: str | None = None
    ticks = ""
    lines: list[str] = []
    for line in text.split("\n"):
        fence = _FENCE.match(line)
        if language is None and fence:
            parts.append(_Part(None, "\n".join(lines)))
            language, ticks, lines = fence["language"].lower(), fence["ticks"], []
        elif language is not None and fence and fence["ticks"].startswith(ticks) and line.strip() == fence["ticks"]:
            parts.append(_Part(language, "\n".join(lines)))
            language, lines = None, []
        else:
            lines.append(line)
    parts.append(_Part(language, "\n".join(lines), closed=language is None))
    return [part for part in parts if part.text.strip() or part.language is not None]


def _code(parts: list[_Part], text: str, style: ChatStyle | None) -> str:
    fenced = [part for part in parts if part.language is not None]
    if style is ChatStyle.CONSOLE:
        return "\n\n".join(part.text for part in fenced) if fenced else text.strip("\n")
    named = [part.text for part in fenced if part.language in PYTHON_FENCES]
    if named or style is not None:
        return "\n\n".join(named)
    unnamed = [part.text for part in fenced if part.language == "" and _reads_as_python(part.text)]
    if unnamed:
        return "\n\n".join(unnamed)
    return text.strip("\n") if not fenced and _reads_as_python(text) else ""


def _prose(parts: list[_Part], text: str, style: ChatStyle | None, code: str) -> str:
    """The prose as it was written, without the code that runs; other fences are part of it."""
    if style in (ChatStyle.CONSOLE, ChatStyle.MARKDOWN) or (code and not any(p.language is not None for p in parts)):
        return ""
    if not code:
        return text.strip()
    kept = []
    for part in parts:
        if part.language is None:
            kept.append(part.text.strip())
        elif part.language not in PYTHON_FENCES and part.text not in code:
            kept.append(f"```{part.language}\n{part.text}\n```")
    return "\n\n".join(piece for piece in kept if piece)


def _reads_as_python(text: str) -> bool:
    """Whether unfenced text is meant as code: it parses, and does more than name or state something."""
    try:
        body = parse(text.strip()).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return any(not _may_be_prose(statement) for statement in body)


def _may_be_prose(statement: ast.stmt) -> bool:
    """``Done``, ``42``, ``"yes"``, ``yes, no`` and ``Result: int`` all parse."""
    if isinstance(statement, ast.AnnAssign):
        return statement.value is None
    if not isinstance(statement, ast.Expr):
        return isinstance(statement, ast.Pass)
    calls = (ast.Call, ast.Await, ast.NamedExpr, ast.Subscript, ast.ListComp, ast.DictComp, ast.SetComp)
    return not any(isinstance(part, calls) for part in ast.walk(statement.value))


def call_code(call: CallSpec) -> str:
    """Python that makes a tool call: the code itself for ``python``, a call of the function for every other tool."""
    if call.func_name not in CODE_TOOL_NAMES:
        return _call_source(call)
    arguments = dict(call.kwargs or {})
    code = call.args[0] if call.args else arguments.get("code", next(iter(arguments.values()), ""))
    parts = _parts(str(code))
    fenced = [part.text for part in parts if part.language is not None]
    return "\n\n".join(fenced) if fenced and len(fenced) == len(parts) else str(code)


def _call_source(call: CallSpec) -> str:
    if not call.func_name.isidentifier() or keyword.iskeyword(call.func_name):
        return f"raise NameError({f'there is no tool {call.func_name!r}'!r})"
    arguments = [repr(value) for value in call.args or ()]
    named = dict(call.kwargs or {})
    if all(name.isidentifier() and not keyword.iskeyword(name) for name in named):
        arguments += [f"{name}={value!r}" for name, value in named.items()]
    else:
        arguments.append(f"**{named!r}")
    return f"{call.func_name}({', '.join(arguments)})"
