"""What statements made is there again in another process, and works there."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.store.locals.conftest import Job

Check = Callable[[str], None]

KEPT = {
    "a function": ("def double(x): return 2 * x", "assert double(4) == 8"),
    "a lambda": ("half = lambda x: x / 2", "assert half(4) == 2"),
    "a recursive function": ("def fact(n): return n * fact(n - 1) if n else 1", "assert fact(5) == 120"),
    "an import": ("import math, os.path as p", "assert math.pi > 3 and p.join('a', 'b') == 'a/b'"),
    "an async function": (
        "async def later(): return 5",
        "import asyncio; assert asyncio.run(later()) == 5",
    ),
    "a function that is a generator": ("def three():\n    yield from range(3)", "assert list(three()) == [0, 1, 2]"),
    "a function with keyword defaults": ("def f(*, size=3): return size", "assert f() == 3"),
    "a function's attributes": ("def f(): pass\nf.calls = [1]", "assert f.calls == [1]"),
    "a partial": ("import functools\nadd = functools.partial(pow, 2)", "assert add(3) == 8"),
    "a decorated function": (
        "import functools\ndef twice(f):\n    @functools.wraps(f)\n    def w(*a): return f(*a) * 2\n    return w\n"
        "@twice\ndef one(): return 1",
        "assert one() == 2 and one.__name__ == 'one'",
    ),
    "a cached function": (
        "import functools\n@functools.lru_cache(maxsize=9)\ndef fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)",
        "assert fib(30) == 832040 and fib.cache_parameters()['maxsize'] == 9",
    ),
    "a dataclass": (
        "from dataclasses import dataclass, field, fields, MISSING\n"
        "@dataclass(order=True)\nclass P:\n    x: int\n    tags: list = field(default_factory=list)\np = P(1)",
        "assert p == P(1) and P(0) < p and repr(p).endswith('P(x=1, tags=[])')\n"
        "assert [f.name for f in fields(P)] == ['x', 'tags'] and fields(P)[0].default is MISSING",
    ),
    "a frozen dataclass with slots": (
        "from dataclasses import dataclass, replace\n@dataclass(frozen=True, slots=True)\nclass P:\n    x: int = 1\n"
        "p = P(2)",
        "assert replace(p, x=3) == P(3) and not hasattr(p, '__dict__')",
    ),
    "an enum": (
        "import enum\nclass Colour(enum.Enum):\n    RED = 1\n    def low(self): return self.name.lower()\n"
        "c = Colour.RED",
        "assert c is Colour.RED and Colour(1) is c and c.low() == 'red' and list(Colour) == [c]",
    ),
    "a flag": (
        "import enum\nclass Mode(enum.Flag):\n    R = enum.auto()\n    W = enum.auto()\nm = Mode.R | Mode.W",
        "assert Mode.W in m and m is Mode.R | Mode.W",
    ),
    "a string enum with an alias": (
        "import enum\nclass S(str, enum.Enum):\n    A = 'x'\n    B = 'x'\ns = S.B",
        "assert s is S.A is S.B and s == 'x'",
    ),
    "an exception class and an exception": (
        "class Oops(ValueError):\n    def __init__(self, code):\n        super().__init__(f'code {code}')\n"
        "        self.code = code\n    def __reduce__(self): return Oops, (self.code,)\ne = Oops(3)",
        "assert isinstance(e, Oops) and e.code == 3 and str(e) == 'code 3'",
    ),
    "a named tuple": (
        "from collections import namedtuple\nfrom typing import NamedTuple\nP = namedtuple('P', 'x y')\n"
        "class Q(NamedTuple):\n    z: int = 4\np, q = P(1, 2), Q()",
        "assert p.y == 2 and p == P(1, 2) and q.z == 4 and isinstance(q, Q)",
    ),
    "an abstract class with a subclass": (
        "import abc\nclass Shape(abc.ABC):\n    @abc.abstractmethod\n    def area(self): ...\n"
        "class Square(Shape):\n    def area(self): return 4\ns = Square()",
        "assert s.area() == 4 and isinstance(s, Shape)\n"
        "try: Shape()\nexcept TypeError: pass\nelse: raise AssertionError",
    ),
    "a class with super, property, class and static methods": (
        "class A:\n    def f(self): return 1\nclass B(A):\n    def f(self): return super().f() + 1\n"
        "    @property\n    def p(self): return self.f()\n    @classmethod\n    def c(cls): return cls.__name__\n"
        "    @staticmethod\n    def s(): return 's'\nb = B()",
        "assert (b.p, B.c(), b.s(), isinstance(b, A)) == (2, 'B', 's', True)",
    ),
    "a generic class": (
        "from typing import Generic, TypeVar\nT = TypeVar('T')\nclass Box(Generic[T]):\n    pass\nb = Box[int]()",
        "assert isinstance(b, Box) and Box[str].__origin__ is Box",
    ),
    "a protocol and a new type": (
        "import typing\n@typing.runtime_checkable\nclass Sized(typing.Protocol):\n    def size(self): ...\n"
        "class A:\n    def size(self): return 1\nId = typing.NewType('Id', int)",
        "assert isinstance(A(), Sized) and not isinstance(1, Sized) and Id(3) == 3 and Id.__supertype__ is int",
    ),
    "a class with a metaclass": (
        "class Meta(type):\n    def __len__(cls): return 7\nclass A(metaclass=Meta): pass",
        "assert len(A) == 7",
    ),
    "a class that asks its subclasses for arguments": (
        "class Base:\n    known = []\n    def __init_subclass__(cls, *, tag): Base.known.append(tag)\n"
        "class A(Base, tag='a'): pass",
        "assert Base.known == ['a']\nclass B(Base, tag='b'): pass\nassert Base.known == ['a', 'b']",
    ),
    "a class that refers to itself and to an instance of itself": (
        "class Node:\n    def __init__(self): self.kind = Node\nNode.root = Node()",
        "assert Node.root.kind is Node and isinstance(Node.root, Node)",
    ),
    "a base class that holds an instance of its subclass": (
        "class A: pass\nclass B(A): pass\nA.best = B()",
        "assert type(A.best) is B and isinstance(A.best, A)",
    ),
    "a cached property": (
        "import functools\nclass A:\n    @functools.cached_property\n    def x(self): return 5\na = A()",
        "assert a.x == 5 and a.__dict__ == {'x': 5}",
    ),
    "single dispatch": (
        "import functools\n@functools.singledispatch\ndef f(x): return 'any'\n@f.register\ndef _(x: int): return 'int'",
        "assert f('s') == 'any' and f(1) == 'int'",
    ),
    "a value that contains itself": ("x = [1]; x.append(x)", "assert x[1] is x"),
    "a dict that is its own attributes": (
        "class Record(dict):\n    def __init__(self):\n        super().__init__()\n        self.__dict__ = self\n"
        "r = Record(); r.x = 1",
        "assert r['x'] == 1; r.y = 2; assert r['y'] == 2",
    ),
    "bound methods": (
        "items = []; add = items.append\nclass A:\n    def m(self): return self\na = A(); m = a.m",
        "add(1); assert items == [1] and m() is a",
    ),
    "collections": (
        "from collections import *\nd = deque([1], maxlen=2); o = OrderedDict(a=1); c = Counter('aab')\n"
        "dd = defaultdict(list, {1: [2]}); ch = ChainMap({1: 2})",
        "assert d.maxlen == 2 and o == {'a': 1} and c['a'] == 2 and dd[9] == [] and ch[1] == 2",
    ),
    "values of the standard library": (
        "import datetime as dt, decimal, fractions, pathlib, re, uuid\n"
        "v = [dt.datetime(2024, 1, 1, tzinfo=dt.UTC), decimal.Decimal('1.10'), fractions.Fraction(1, 3),\n"
        "     pathlib.Path('a/b'), re.compile('x+'), uuid.UUID(int=1), range(3), slice(1), ..., NotImplemented, int]",
        "assert v[0].tzinfo is dt.UTC and str(v[1]) == '1.10' and v[4].match('xx') and v[8] is ... and v[10] is int",
    ),
    "weak collections": (
        "import weakref\nclass K: pass\nk = K(); w = weakref.WeakKeyDictionary({k: 1}); r = weakref.ref(k)",
        "assert w[k] == 1 and r() is k",
    ),
    "a lock and an event": (
        "import threading\nlock = threading.Lock(); lock.acquire(); event = threading.Event(); event.set()",
        "assert lock.acquire(blocking=False) and event.is_set()",
    ),
    "numpy arrays": (
        "import numpy as np\nx = np.arange(6.).reshape(2, 3); f = np.asfortranarray(x); s = np.float32(2)\n"
        "o = np.array([{'a': 1}, None], dtype=object); big = np.arange(1_000_000)",
        "assert x.sum() == 15 and f.flags.f_contiguous and s == 2 and o[0] == {'a': 1} and big[-1] == 999_999\n"
        "big[0] = 5; x[0, 0] = 1",
    ),
    "a read-only array": (
        "import numpy as np\nx = np.arange(3); x.flags.writeable = False",
        "assert not x.flags.writeable",
    ),
    "a data frame": (
        "import pandas as pd\ndf = pd.DataFrame({'a': [1, 2], 'b': ['x', None]}, index=pd.Index([5, 6], name='i'))\n"
        "s = df['a']; g = df.groupby('a').size()",
        "assert df.loc[5, 'a'] == 1 and df.index.name == 'i' and list(s) == [1, 2] and g.sum() == 2\n"
        "df.loc[5, 'a'] = 9; df['c'] = 1; assert list(s) == [1, 2]",
    ),
    "a figure": (
        "import matplotlib\nmatplotlib.use('agg')\nimport matplotlib.pyplot as plt\n"
        "fig, ax = plt.subplots()\nax.plot([1, 2])\nax.set_title('two')",
        "assert ax.figure is fig and ax.get_title() == 'two' and plt.get_fignums() == []\n"
        "import io\nout = io.BytesIO(); fig.savefig(out); assert out.tell() > 1000",
    ),
    "the namespace itself": (
        "g = globals(); me = __import__('sys').modules[__name__]",
        "assert g is globals() and g['g'] is g and me.g is g",
    ),
    "a name that is no identifier": ("globals()['two words'] = 2", "assert globals()['two words'] == 2"),
}


@pytest.mark.parametrize("what", KEPT)
def test_kept_in_another_process(what: str, job: Job, elsewhere: Check) -> None:
    """Each of these is the same again, and usable, in a process that did not run the statement."""
    statement, check = KEPT[what]
    change = job.do(statement)
    assert change.lost == ()
    elsewhere(check)


def test_aliases_stay_aliases(job: Job, elsewhere: Check) -> None:
    """Two names of one list, and the list inside another value, are one object after a restore."""
    job.do("a = [1]", "b = a", "c = {'inner': a}")
    elsewhere("assert a is b is c['inner']; b.append(2); assert a == [1, 2]")


def test_function_aliases_stay_one_function(job: Job, elsewhere: Check) -> None:
    """A function and its second name are one object."""
    job.do("def f(): pass", "g = f; table = {'f': f}")
    elsewhere("assert g is f is table['f']")


def test_equal_values_that_were_apart_stay_apart(job: Job, elsewhere: Check) -> None:
    """Storing does not merge equal lists."""
    job.do("a = [1]", "b = [1]")
    elsewhere("a.append(2); assert b == [1]")


def test_names_that_share_until_one_is_rebound_are_apart_afterwards(job: Job, elsewhere: Check) -> None:
    """A group is split when its members stop sharing."""
    job.do("a = b = [1]", "b = [1]")
    elsewhere("assert a is not b")


def test_deleted_names_are_gone(job: Job, elsewhere: Check) -> None:
    """`del` of a name leaves its alias."""
    job.do("a = b = [1]", "del a", "b.append(2)")
    elsewhere("assert 'a' not in globals() and b == [1, 2]")


def test_closures_that_share_a_variable_go_on_sharing_it(job: Job, elsewhere: Check) -> None:
    """A cell is one cell, also when it is rebound."""
    job.do(
        "def make():\n    n = 0\n    def up():\n        nonlocal n\n        n += 1\n"
        "    def read(): return n\n    return up, read",
        "up, read = make()",
        "up()",
    )
    elsewhere("assert read() == 1; up(); assert read() == 2")


def test_functions_see_later_rebinding_of_globals(job: Job, elsewhere: Check) -> None:
    """A restored function reads the workspace, not a copy of it."""
    job.do("n = 1", "def read(): return n", "n = 2")
    elsewhere("assert read() == 2\nn = 3\nassert read() == 3")


def test_functions_write_globals_after_a_restore(job: Job) -> None:
    """`global` in a restored function binds a variable of the job, and the change is seen."""
    job.do("count = 0", "def up():\n    global count\n    count += 1")
    job.restart()
    assert job.do("up()").changed == ("count",)


def test_mutable_defaults_are_kept_as_they_are_now(job: Job, elsewhere: Check) -> None:
    """A default list that calls have grown is stored grown, and shared with its other names."""
    job.do("def add(x, seen=[]):\n    seen.append(x)\n    return seen", "all_seen = add(1)", "add(2)")
    elsewhere("assert all_seen == [1, 2] and add(3) is all_seen")


def test_instances_keep_their_class_when_it_is_defined_again(job: Job, elsewhere: Check) -> None:
    """Old instances keep the old class, new ones have the new."""
    job.do("class A:\n    v = 1", "old = A()", "class A:\n    v = 2", "new = A()")
    elsewhere("assert old.v == 1 and new.v == 2 and isinstance(new, A) and not isinstance(old, A)")


def test_class_attributes_are_stored_when_a_method_changes_them(job: Job, elsewhere: Check) -> None:
    """A count kept on the class is seen through an instance in a list."""
    job.do("class A:\n    n = 0\n    def up(self): A.n += 1", "items = [A()]", "items[0].up()")
    elsewhere("assert A.n == 1 and type(items[0]) is A")


def test_class_attributes_are_shared_with_variables(job: Job, elsewhere: Check) -> None:
    """A list that is a class attribute and a variable is one list."""
    job.do("class A:\n    all = []", "all_of_them = A.all", "A.all.append(1)")
    elsewhere("assert all_of_them is A.all and A.all == [1]")


def test_a_class_may_hold_an_instance_of_a_subclass_of_its_companion(job: Job, elsewhere: Check) -> None:
    """`Node` and `Made` are stored together, as they share a list; `Leaf`, stored alone, is needed to read `Made`."""
    job.do("class Node: pass", "class Leaf(Node): pass", "shared = [1]", "leaf = Leaf(); leaf.items = shared")
    job.do("Made = type('Made', (), {'other': leaf})", "Node.extra = shared")
    elsewhere("assert type(leaf) is Leaf and Made.other is leaf and Node.extra is leaf.items is shared")


def test_views_of_an_array_stay_views(job: Job, elsewhere: Check) -> None:
    """Writing through a restored view shows in the array, whatever the view's strides."""
    job.do(
        "import numpy as np\nx = np.arange(24).reshape(4, 6)",
        "row, column, back, turned = x[1], x[:, 2], x[::-1], x.T",
    )
    elsewhere("row[0] = 100; column[3] = 200; assert x[1, 0] == 100 and back[0, 2] == 200 and turned[0, 1] == 100")


def test_two_views_of_a_nameless_array_share_memory(job: Job, elsewhere: Check) -> None:
    """The array they look at is stored once."""
    job.do("import numpy as np\na, b = np.split(np.arange(10), 2)\nc = a[1:]")
    elsewhere("assert np.shares_memory(a, c); c[0] = 50; assert a[1] == 50")


def test_a_large_array_nobody_else_sees_does_not_ride_along_with_a_small_view(job: Job) -> None:
    """A slice whose array is gone is stored by its own content."""
    change = job.do("import numpy as np\nsmall = np.arange(1_000_000)[:3]")
    assert sum(group.size_bytes for group in change.groups if "small" in group.names) < 1000


def test_system_names_are_found_when_they_are_set_after_restoring(job: Job) -> None:
    """A function that uses a name of the engine works as soon as that name is among the builtins."""
    job.workspace.namespace["__builtins__"]["finish"] = lambda: "live"
    job.do("def end(): return finish()", "alias = finish")
    job.restart()
    job.workspace.namespace["__builtins__"]["finish"] = lambda: "restored"
    job.check("assert end() == 'restored' and alias() == 'restored'")


def test_builtins_may_be_replaced_as_a_whole(job: Job) -> None:
    """Putting another dict in place of ``__builtins__`` reaches functions made before, when the next statement runs."""
    job.do("def end(): return finish()")
    job.restart()
    job.workspace.namespace["__builtins__"] = {**job.workspace.namespace["__builtins__"], "finish": lambda: 7}
    job.workspace.prepare(None)
    job.check("assert end() == 7")


def test_system_names_are_not_variables(job: Job) -> None:
    """What the engine puts among the builtins is neither listed nor stored."""
    job.workspace.namespace["__builtins__"]["finish"] = print
    assert job.do("x = 1").changed == ("x",)
    assert job.workspace.values() == {"x": 1}


def test_a_module_that_is_gone_is_a_tombstone_and_the_rest_is_there(
    job: Job, elsewhere: Check, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A load that fails for one value costs no other one."""
    folder = str(tmp_path)
    with open(f"{folder}/passing.py", "w") as file:
        file.write("class Thing:\n    pass\ndef f(): pass\n")
    monkeypatch.syspath_prepend(folder)
    job.do(
        "import passing", "thing = passing.Thing(); thing.x = 1", "mixed = {'ok': [1], 'thing': thing, 'f': passing.f}"
    )
    elsewhere(
        "from statek_jupyter.errors import LostValueError\n"
        "assert mixed['ok'] == [1]\n"
        "for use in (lambda: passing.Thing, lambda: thing.x, lambda: mixed['f']()):\n"
        "    try: use()\n"
        "    except LostValueError as error: assert 'passing' in str(error), error\n"
        "    else: raise AssertionError"
    )
