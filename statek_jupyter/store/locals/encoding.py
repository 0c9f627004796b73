"""The encoder: one pass of the C pickler over a value, with the job's functions, classes and losses taken care of."""

from __future__ import annotations

import copyreg
import pickle
import sys
import types
from collections.abc import Callable
from typing import Any

import cloudpickle

from statek_jupyter.errors import CodeInterrupted
from statek_jupyter.store.locals import arrays, forms, instances
from statek_jupyter.store.locals.classes import JOB_MODULE_PREFIX
from statek_jupyter.store.locals.grouping import temporaries
from statek_jupyter.store.locals.home import Home, Loss
from statek_jupyter.store.locals.recipes import NotKept, never_reason, recipe
from statek_jupyter.store.locals.reducers import REDUCERS, reduce_class
from statek_jupyter.store.locals.secret_texts import hidden
from statek_jupyter.store.locals.sink import Sink
from statek_jupyter.store.locals.stored_objects import is_persistent, reduce_persistent
from statek_jupyter.store.locals.survival import why_not
from statek_jupyter.store.locals.tombstones import LostValue, Tombstone, error_text, lost_of


class Encoder(cloudpickle.Pickler):  # type: ignore[misc]
    """Writes one value.

    Args:
        home: The workspace the value belongs to.
        sink: Takes the stream and the large buffers.
        own: Ids of classes to write in full; all others are written as references.
        shared: Ids of arrays whose views are written as views.
        careful: Lose a value as a whole that is made by foreign code from something lost. Costs another look at it.
    """

    def __init__(
        self,
        home: Home,
        sink: Sink,
        *,
        own: frozenset[int] = frozenset(),
        shared: frozenset[int] = frozenset(),
        careful: bool = False,
    ) -> None:
        super().__init__(sink, protocol=5, buffer_callback=sink.take_buffer)
        # The namespace itself is never written: it has a place in the memo on both sides, see `decoding.PREAMBLE`.
        self.memo = {id(home.namespace): (0, home.namespace), id(home.builtins): (1, home.builtins)}
        self.home = home
        self._sink = sink
        self.own = own
        self.shared = shared
        self.careful = careful
        self.plain = True
        """Nothing but builtin types so far."""
        self.losses: list[Loss] = []
        self.uids: set[str] = set()
        self.functions: list[types.FunctionType] = []
        self.bases: list[Any] = []
        self.references: list[bytes] = []
        """Ids of the stored objects it refers to."""
        self.by_name: set[int] = set()
        self.looked_at: dict[tuple[int, int], tuple[Any, str | None]] = {}
        """When careful: ids to each value that was looked at for a lost part, and why it is lost. Shared by the looks
        within looks, which would else go around a cycle again and again."""

    def reducer_override(self, obj: Any) -> Any:
        """What pickle asks about every value that is not a plain builtin."""
        self.plain = False
        if id(obj) in self.home.system:
            self.by_name.add(id(obj))
            return forms.get_system, (self.home.system[id(obj)],)
        kind: type[Any] = type(obj)
        handler = REDUCERS.get(kind)
        if handler is not None:
            reduced = handler(self, obj)
        elif issubclass(kind, type) and kind not in copyreg.dispatch_table:
            reduced = reduce_class(self, obj)
        elif obj is sys:  # whose class may be one of ours, see `engine.sys_module`
            reduced = REDUCERS[types.ModuleType](self, obj)
        else:
            reduced = self._instance(obj, kind)
        if type(reduced) is tuple:
            temporaries(reduced, self.by_name)
        return reduced

    def lose(self, value: Any, reason: str, known: LostValue | None = None) -> tuple[Any, ...]:
        """Write a tombstone in place of a value."""
        kind = type(value)
        name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
        loss = Loss(value, known.type_name if known else name, reason, known)
        self.losses.append(loss)
        return forms.make_lost, (len(self.losses) - 1, loss.type_name, reason)

    def _instance(self, obj: Any, kind: type[Any]) -> Any:
        if Tombstone in kind.__mro__:
            lost = lost_of(obj)
            return self.lose(obj, lost.reason, lost)
        for name in ("stdout", "stderr", "stdin"):
            if vars(sys).get(name) is obj:  # the process' own; the attribute may be what the job has put there
                self.by_name.add(id(obj))
                return getattr, (sys, name)
        if is_persistent(kind):
            reduced = self._stored(obj)
            if reduced is not NotImplemented:
                return reduced
        own: Callable[[Any], Any] | None = recipe(kind)
        reason = None if own else never_reason(kind)  # type: ignore[arg-type]
        if reason is not None:
            return self.lose(obj, reason)
        own = own or self.dispatch_table.get(kind) or copyreg.dispatch_table.get(kind)
        try:
            if str(kind.__module__).partition(".")[0] == "pandas":
                self.by_name.update(arrays.copied_on_write(obj))
            if own:
                return self._whole(obj, self._checked(obj, own(obj)))
            reduced = self._whole(obj, self._checked(obj, obj.__reduce_ex__(5)))
            reason = why_not(self, obj, reduced)
            return reduced if reason is None else self.lose(obj, reason)
        except NotKept as not_kept:
            return self.lose(obj, str(not_kept))
        except CodeInterrupted:
            raise
        except BaseException as error:  # user code: any __reduce__ or __getstate__ may raise anything
            return self.lose(obj, error_text(error))

    def _stored(self, obj: Any) -> Any:
        try:
            return reduce_persistent(self, obj)
        except NotKept as not_kept:
            return self.lose(obj, str(not_kept))
        except CodeInterrupted:
            raise
        except BaseException as error:  # its connection may be closed, its state the job's code
            return self.lose(obj, error_text(error))

    def _whole(self, obj: Any, reduced: Any) -> Any:
        """The reduction of a value.

        Raises:
            NotKept: What it is made from holds something lost. Code in C may not survive being handed a tombstone; what
                only holds on to its arguments does not mind one deeper inside of them.
        """
        if self.careful and not isinstance(reduced, str):
            # A weak reference to a method makes a new method object each time.
            key = (id(obj.__self__), id(obj.__func__)) if type(obj) is types.MethodType else (id(obj), 0)
            if key not in self.looked_at:
                self.looked_at[key] = obj, None  # one that leads back to itself is as whole as the rest of it
                self.looked_at[key] = obj, self._lost_part(obj, reduced)
            reason = self.looked_at[key][1]
            if reason is not None:
                raise NotKept(reason)
        return reduced

    def _lost_part(self, obj: Any, reduced: Any) -> str | None:
        holds = instances.only_holds(reduced[0])
        look = Encoder(self.home, Sink(self._sink.limits), shared=self.shared, careful=holds)
        look.looked_at = self.looked_at
        look.dump(instances.made_from(obj, reduced))
        for loss in look.losses:
            if not holds or any(loss.value is argument for argument in reduced[1]):
                return f"a part of it, {loss.type_name}, is lost: {loss.reason}"[:300]
        return None

    def _checked(self, obj: Any, reduced: Any) -> Any:
        if not isinstance(reduced, str):
            reduced = instances.improved(obj, instances.checked_form(reduced))
            if reduced[0] is getattr:
                self.by_name.add(id(obj))
            return reduced
        self.by_name.add(id(obj))
        module = pickle.whichmodule(obj, reduced)  # type: ignore[attr-defined]
        if module.startswith(JOB_MODULE_PREFIX):
            raise NotKept("it names itself by a variable of the job")
        found: Any = sys.modules.get(module)
        for part in reduced.split("."):
            found = getattr(found, part, None)
        if found is not obj:
            raise NotKept(f"{module}.{reduced} is another object")
        return reduced


class HidingEncoder(Encoder):
    """Writes texts and bytes that hold a secret by the name of its variable."""

    def persistent_id(self, obj: Any) -> Any:
        """Asked by pickle about every object."""
        form = hidden(obj)
        if form is not None:
            self.plain = False
        return form
