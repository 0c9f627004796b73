"""Reads the examples of a Markdown page: its fenced blocks, in order, each with the output the page says it has."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)

CELLS = ("python", "ipython")


@dataclass(frozen=True)
class Example:
    """One thing a reader would run."""

    kind: str
    """``cell`` or ``command``."""
    source: str
    output: str | None
    """What the page shows below it, with ``...`` for what may differ; None when it shows nothing."""
    line: int


def examples(page: Path) -> list[Example]:
    """The page's examples: ``python`` and ``ipython`` blocks are cells, ``$`` lines of ``console`` ones commands."""
    text = page.read_text(encoding="utf-8")
    blocks = list(_FENCE.finditer(text))
    found: list[Example] = []
    for number, block in enumerate(blocks):
        line = text.count("\n", 0, block.start()) + 1
        if block["language"] in CELLS:
            after = blocks[number + 1] if number + 1 < len(blocks) else None
            shown = after is not None and after["language"] == "text" and not text[block.end() : after.start()].strip()
            output = after["body"] if after is not None and shown else None
            found.append(Example("cell", block["body"], output, line))
        elif block["language"] == "console":
            found += commands(block["body"], line)
    return found


def commands(body: str, line: int) -> list[Example]:
    """The ``$`` lines of a console block, each with the lines below it."""
    found = []
    for piece in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        source, _, output = piece.partition("\n")
        found.append(Example("command", source, output if output.strip() else None, line))
    return found


def matches(shown: str, real: str) -> bool:
    """Whether real output is what the page shows; ``...`` stands for anything, blanks at line ends do not count."""
    wanted = "\n".join(line.rstrip() for line in shown.strip().splitlines())
    got = "\n".join(line.rstrip() for line in real.strip().splitlines())
    pattern = ".*?".join(re.escape(piece) for piece in wanted.split("..."))
    return re.fullmatch(pattern, got, re.DOTALL) is not None
