"""Which variables a statement can have touched, read from its code object."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable
from functools import lru_cache

DYNAMIC_NAMES = frozenset(
    {"globals", "locals", "vars", "eval", "exec", "__globals__", "modules", "_getframe", "inspect", "gc"}
    | {"currentframe", "get_objects", "get_referrers", "__builtins__", "__main__", "run_path", "f_globals", "f_locals"}
)
"""A statement that names one of these may reach any variable."""


@lru_cache(maxsize=2048)
def code_names(code: types.CodeType) -> tuple[frozenset[str], bool]:
    """(global and attribute names in a code object and the ones nested in it, whether a dynamic one is among them)."""
    names = set(code.co_names)
    dynamic = not DYNAMIC_NAMES.isdisjoint(names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            inner, inner_dynamic = code_names(constant)
            names |= inner
            dynamic = dynamic or inner_dynamic
    return frozenset(names), dynamic


def reach(
    codes: Iterable[types.CodeType], follow: Callable[[str], Iterable[types.CodeType] | None]
) -> tuple[set[str], bool]:
    """Names reachable from code, through the functions and classes those names lead to.

    Args:
        codes: Where to start.
        follow: Gives the code a variable's value can run; None when that is unknown, so that anything may be touched.

    Returns:
        (names, whether anything may be touched).
    """
    todo = list(codes)
    names: set[str] = set()
    seen: set[int] = set()
    while todo:
        code = todo.pop()
        if id(code) in seen:
            continue
        seen.add(id(code))
        found, dynamic = code_names(code)
        if dynamic:
            return names | found, True
        for name in found - names:
            names.add(name)
            further = follow(name)
            if further is None:
                return names, True
            todo.extend(further)
    return names, False
