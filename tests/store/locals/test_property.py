"""Any namespace, any change: what is restored has the values and the sharing of what is alive."""

from __future__ import annotations

import contextlib
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from statek_jupyter.executors.pyenv import LocalState
from statek_jupyter.store.locals import Workspace, apply_change, read_saved
from tests.fuzz.locals_shape import Shape

NAMES = "abcdef"
CLASS = "class Node:\n    def __init__(self): self.parts = []\n    def put(self, part): self.parts.append(part)"
PRELUDE = f"""
{CLASS}
def put(target, part, key):
    if isinstance(target, Node):
        target.put(part)
    elif isinstance(target, dict):
        target[key] = part
    elif isinstance(target, set):
        target.add(key)
    elif hasattr(target, "append"):
        target.append(key if isinstance(target, bytearray) else part)
a = b = c = d = e = f = 0
"""
MADE = ("[]", "{}", "Node()", "set()", "bytearray(b'x')", "__import__('collections').deque()")

names = st.sampled_from(NAMES)
keys = st.integers(0, 3)
plain = st.one_of(st.integers(), st.text(max_size=4), st.booleans(), st.none(), st.floats(allow_nan=False))
statements = st.one_of(
    st.builds("{} = {}".format, names, st.sampled_from(MADE)),
    st.builds("{} = {!r}".format, names, plain),
    st.builds("{} = {}".format, names, names),
    st.builds("{} = [{}, {}]".format, names, names, names),
    st.builds("{} = ({}, [{}])".format, names, names, names),
    st.builds("{0} = lambda x={1}: (x, {2})".format, names, names, names),
    st.builds("put({}, {}, {})".format, names, names, keys),
    st.builds("put({}, {}, {})".format, names, names, keys),
    st.builds("{}.clear() if hasattr({}, 'clear') else None".format, names, names),
    st.builds("globals().pop('{}', None)".format, names),
    st.builds("Node.shared = {}".format, names),
    st.builds("{} = Node.shared if hasattr(Node, 'shared') else 0".format, names),
    st.just(CLASS),
)
steps = st.lists(st.tuples(statements, st.sampled_from(("commit", "abort", "restart"))), max_size=12)


class Living:
    """A workspace that is stored after each statement, and may be aborted or restarted."""

    def __init__(self) -> None:
        self.stored = LocalState()
        self.workspace = Workspace("property")

    def run(self, source: str, then: str) -> None:
        code = compile(source, "<statement>", "exec")
        self.workspace.prepare(code)
        with contextlib.suppress(NameError):  # a variable that an earlier statement took away
            exec(code, self.workspace.namespace)
        change = self.workspace.capture(code, source=source)
        if then == "abort":
            return
        apply_change(self.stored, change)
        self.workspace.confirm(change)
        if then == "restart":
            self.workspace.close()
            self.workspace = Workspace("property", read_saved(self.stored))

    def shapes(self) -> tuple[Any, Any]:
        """(of what is alive, of what a new process would have)."""
        self.run("None", "commit")
        restored = Workspace("property", read_saved(self.stored), register=False)
        module = "statek.job_property"
        return Shape(module).of(self.workspace.values()), Shape(module).of(restored.values())


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(steps)
def test_any_program_is_restored_as_it_was(program: list[tuple[str, str]]) -> None:
    """Aliases, cycles, closures, class attributes, aborted transactions, restarts; what fails is shrunk."""
    living = Living()
    try:
        living.run(PRELUDE, "commit")
        for source, then in program:
            living.run(source, then)
        alive, restored = living.shapes()
        assert alive == restored
    finally:
        living.workspace.close()
