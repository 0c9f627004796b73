"""The system prompt: what a model must know about the workspace, then what its agent says."""

from __future__ import annotations

from collections.abc import Sequence

from statek_jupyter.executors.chat_style import ChatStyle

DEFAULT_ROLE = "python"
"""The role of the agent a cell gets when it names none."""

DEFAULT_AGENT_PROMPT = """\
You help a person in a Jupyter notebook. Find out what they want from the code that ran before your first turn, from
their message and from the variables, do it in Python, and answer in a few sentences with the facts they need."""

WORKSPACE = """\
You work in a Python {version} workspace that belongs to this job alone.
- Variables, functions, classes and imports stay from turn to turn, also across restarts. Do not define them again.
- Your code runs statement by statement. What it prints, the value of each expression at top level, figures and errors
  come back to you in the next message. Look at results before you draw conclusions from them.
- After an error, the statements before it have run and are kept. Do not run them again; go on from where it stopped.
- It is plain Python: no `%` magics, no `!` commands. `await` works at top level. There is no keyboard: `input()` fails.
- Start other programs with `subprocess`: what they print is shown. What they print by `os.system` is not.
- Values that cannot be stored (open connections, generators, running threads) are lost when the process restarts; you
  are told their names. Keep plain data.
- `sleep(seconds)`, `until(time)`, `ask_human(question, options=None, timeout=None)`, `wait_for_message()`,
  `wait_for_job(job)` and `external_event(name)` wait, for days if need be, and give what came. No `await` is needed.
- A statement that waits, or that a crash cut off, runs again from its start; calls of tools that had finished give what
  they gave and are not made again. Keep random numbers and times that it depends on in an earlier statement.
- `exit(result)` ends the job with that result. `answer(text)` ends it with an answer for the person."""

DELEGATING = """\
Those that give a SubTaskHandler start another job, which works beside this one. `wait_for_job(handler)` gives its
result, and raises an error when it has none; start several before you wait for the first. Name them with `id="..."` to
find them again: `find_sub_task_handler(id)`. If you end without waiting, you are told of each that ends, and go on."""

HOW_TO_REPLY: dict[ChatStyle | None, str] = {
    None: """\
To run code, reply with one ```python block; a short note beside it is welcome. When the task is done, reply with the
final answer as plain text without a code block: that ends the job.""",
    ChatStyle.CONSOLE: """\
Your whole reply is Python source and is run as it is: no prose, no markdown. Use comments for thoughts. The job ends
when your code calls `exit(result)` or `answer(text)`.""",
    ChatStyle.MARKDOWN: """\
Reply in markdown. Only ```python blocks are run; everything else is comment. The job ends when your code calls
`exit(result)` or `answer(text)`.""",
    ChatStyle.MD_DIALOG: """\
Reply in markdown. The text speaks to the person; ```python blocks are run. A reply without a ```python block is the
final answer and ends the job.""",
    ChatStyle.DIRECT: """\
Your text speaks to the person and is never run. To run code, call the tool `python`. A reply without a tool call is
the final answer and ends the job.""",
}


def system_prompt(
    agent_prompt: str,
    style: ChatStyle | None,
    *,
    tool_stubs: Sequence[str] = (),
    language_rule: str = "",
    python_version: str,
) -> str:
    """The whole system prompt, its parts divided by blank lines.

    Args:
        agent_prompt: The agent's own prompt, formatted for the job; the general one stands in for an empty one.
        style: Decides what the model is told about the form of its replies.
        tool_stubs: ``def name(...) -> ...: first line`` of each public tool that job code may call.
        language_rule: Said last, when the job has a locale.
        python_version: For example ``3.11``.
    """
    workspace = WORKSPACE.format(version=python_version)
    parts = [agent_prompt.strip() or DEFAULT_AGENT_PROMPT, workspace, HOW_TO_REPLY[style]]
    if tool_stubs:
        stubs = "\n".join(tool_stubs)
        parts.append(f"These functions are there without an import:\n{stubs}")
        if any("-> SubTaskHandler" in stub for stub in tool_stubs):
            parts.append(DELEGATING)
    if language_rule:
        parts.append(language_rule)
    return "\n\n".join(parts)
