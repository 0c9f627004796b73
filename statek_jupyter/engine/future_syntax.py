"""Where job code uses values that may not be ready, and where it only keeps them.

Assigning a future to a variable, or collecting futures in a list, tuple, set or dict that is assigned, is no use of
them; everything else is, and waits. A statement that names no future and nothing that makes one is left as it is, so
that plain code costs nothing.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Collection

USE, KEEP, UNPACK, AWAIT = "__statek_use__", "__statek_keep__", "__statek_unpack__", "__statek_await__"
"""Names of the functions that changed code calls; see `future_values`."""
COMBINERS = frozenset({"get_any_future", "get_all_future"})
"""What takes futures as they are."""

_COLLECTIONS = (ast.List, ast.Tuple, ast.Set)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp)


def with_futures(node: ast.stmt, makers: Collection[str], futures: Collection[str]) -> ast.Module | ast.Expression:
    """The statement with its uses of futures marked; a new tree.

    Args:
        makers: Names of functions that return futures.
        futures: Names of variables that hold futures, or collections of them.
    """
    held = _held_names(node, frozenset(makers), frozenset(futures))
    changed = _Marker(frozenset(makers), held).marked(copy.deepcopy(node))
    tree = ast.Expression(changed[0].value) if isinstance(changed[0], ast.Expr) else ast.Module(changed, [])
    return ast.fix_missing_locations(tree)


def _held_names(node: ast.stmt, makers: frozenset[str], futures: frozenset[str]) -> frozenset[str]:
    """All names that may come to hold a future anywhere in the statement."""
    held = set(futures)
    while True:
        before = len(held)
        for part in ast.walk(node):
            if isinstance(part, ast.Assign) and _keeps(part.value, makers, held):
                held |= {name for target in part.targets for name in _target_names(target)}
            elif isinstance(part, ast.AnnAssign | ast.NamedExpr) and part.value and _keeps(part.value, makers, held):
                held |= set(_target_names(part.target))
        if len(held) == before:
            return frozenset(held)


def _target_names(target: ast.expr) -> list[str]:
    if isinstance(target, ast.Name):
        return [target.id]
    if isinstance(target, ast.Tuple | ast.List):
        return [name for part in target.elts for name in _target_names(part)]
    if isinstance(target, ast.Starred):
        return _target_names(target.value)
    if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
        return [target.value.id]
    return []


def _keeps(value: ast.expr, makers: frozenset[str], held: Collection[str]) -> bool:
    """Whether a value that is assigned may be, or hold, a future that was not used."""
    if isinstance(value, ast.Name):
        return value.id in held
    if isinstance(value, ast.Call):
        return isinstance(value.func, ast.Name) and value.func.id in makers
    if isinstance(value, _COLLECTIONS):
        return any(_keeps(part, makers, held) for part in value.elts)
    if isinstance(value, ast.Dict):
        return any(_keeps(part, makers, held) for part in value.values)
    if isinstance(value, _COMPREHENSIONS):
        return _keeps(value.elt, makers, held)
    if isinstance(value, ast.DictComp):
        return _keeps(value.value, makers, held)
    if isinstance(value, ast.IfExp):
        return _keeps(value.body, makers, held) or _keeps(value.orelse, makers, held)
    return False


def _call(name: str, argument: ast.expr) -> ast.Call:
    call = ast.Call(ast.Name(name, ast.Load()), [argument], [])
    return ast.copy_location(call, argument)


class _Marker(ast.NodeTransformer):
    """Marks every use; `_kept` is for what is not one."""

    def __init__(self, makers: frozenset[str], held: frozenset[str]) -> None:
        self._makers = makers
        self._held = held

    def marked(self, node: ast.stmt) -> list[ast.stmt]:
        changed = self.visit(node)
        return changed if isinstance(changed, list) else [changed]

    # --- uses ----------------------------------------------------------------------------------------

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return _call(USE, node) if isinstance(node.ctx, ast.Load) and node.id in self._held else node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        combines = isinstance(node.func, ast.Name) and node.func.id in COMBINERS
        made = isinstance(node.func, ast.Name) and node.func.id in self._makers
        kept = self._kept_call(node, keep=combines)
        return _call(USE, kept) if made else kept

    def visit_Await(self, node: ast.Await) -> ast.expr:
        if _keeps(node.value, self._makers, self._held):
            node.value = _call(AWAIT, self._kept(node.value))
            return node
        return self.generic_visit(node)  # type: ignore[return-value]

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt | list[ast.stmt]:
        node.value = self.visit(node.value)
        if not isinstance(node.target, ast.Name) or node.target.id not in self._held:
            node.target = self._target(node.target)  # type: ignore[assignment]
            return node
        name = node.target.id
        used = ast.Assign([ast.Name(name, ast.Store())], _call(USE, ast.Name(name, ast.Load())))
        return [ast.fix_missing_locations(ast.copy_location(used, node)), node]

    # --- keeping -------------------------------------------------------------------------------------

    def visit_Assign(self, node: ast.Assign) -> ast.stmt:
        unpacked = any(isinstance(target, ast.Tuple | ast.List) for target in node.targets)
        keeps = _keeps(node.value, self._makers, self._held)
        stored = all(_target_names(target) for target in node.targets)
        node.value = self._kept(node.value) if keeps and stored else self.visit(node.value)
        if keeps and stored and unpacked:
            node.value = _call(UNPACK, node.value)
        node.targets = [self._target(target) for target in node.targets]
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt:
        if node.value is not None:
            node.value = self._kept(node.value)
        return node

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.expr:
        """Its own value is used where it stands."""
        keeps = _keeps(node.value, self._makers, self._held)
        node.value = self._kept(node.value)
        return _call(USE, node) if keeps else node

    def _target(self, target: ast.expr) -> ast.expr:
        if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
            target.slice = self.visit(target.slice)
            return target  # putting something into a collection does not use what is in it
        if isinstance(target, ast.Tuple | ast.List):
            target.elts = [self._target(part) for part in target.elts]
            return target
        return self.visit(target)  # type: ignore[no-any-return]

    def _kept(self, node: ast.expr) -> ast.expr:
        if isinstance(node, ast.Name):
            return node
        if isinstance(node, ast.Starred):
            node.value = self._kept(node.value)
            return node
        if isinstance(node, ast.Call) and _keeps(node, self._makers, self._held):
            return self._kept_call(node, keep=False)
        if isinstance(node, _COLLECTIONS):
            node.elts = [self._kept(part) for part in node.elts]
            return node
        if isinstance(node, ast.Dict):
            node.keys = [None if key is None else self.visit(key) for key in node.keys]
            node.values = [self._kept(part) for part in node.values]
            return node
        if isinstance(node, _COMPREHENSIONS):
            node.elt = self._kept(node.elt)
            node.generators = [self.visit(part) for part in node.generators]
            return node
        if isinstance(node, ast.DictComp):
            node.key, node.value = self.visit(node.key), self._kept(node.value)
            node.generators = [self.visit(part) for part in node.generators]
            return node
        if isinstance(node, ast.IfExp):
            node.test, node.body, node.orelse = self.visit(node.test), self._kept(node.body), self._kept(node.orelse)
            return node
        return self.visit(node)  # type: ignore[no-any-return]

    def _kept_call(self, node: ast.Call, *, keep: bool) -> ast.Call:
        """A call with its arguments used, or kept; of one that makes a future, the future itself."""
        visit = self._kept if keep else self.visit
        node.args = [visit(part) for part in node.args]
        for keyword in node.keywords:
            keyword.value = visit(keyword.value)
        if isinstance(node.func, ast.Name) and node.func.id in self._makers:
            node.func = _call(KEEP, node.func)
        else:
            node.func = self.visit(node.func)
        return node
