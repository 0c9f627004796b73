"""How the examples of a page are read and compared."""

from __future__ import annotations

from pathlib import Path

from tests.docs.pages import examples, matches

PAGE = """
```python
print(1)
```
```text
1
```

Then:

```console
$ first --option
out
$ second
```

```ipython
%magic
```

```text
not its output: a sentence could stand between
```
"""


def test_examples_come_in_order_with_their_output(tmp_path: Path) -> None:
    """Cells and commands are found, with what the page shows right below them."""
    page = tmp_path / "page.md"
    page.write_text(PAGE.replace("```\n\n```text", "```\n\nText.\n\n```text"))
    found = [(each.kind, each.source.strip(), (each.output or "").strip()) for each in examples(page)]
    assert found == [
        ("cell", "print(1)", "1"),
        ("command", "first --option", "out"),
        ("command", "second", ""),
        ("cell", "%magic", ""),
    ]


def test_an_ellipsis_stands_for_anything() -> None:
    """Only what the page leaves open may differ."""
    assert matches("job ... done\n", "job 0123 is\nnow done  \n")
    assert not matches("job ... done", "job 0123 failed")
    assert not matches("1", "1\n2")
