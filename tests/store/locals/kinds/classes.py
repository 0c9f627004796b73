"""Classes of the job and their instances."""

# ruff: noqa: E501 - one row per kind, however long its code

from tests.store.locals.kinds.kind import exact

CLASSES = [
    exact(
        "a class and an instance",
        "class A:\n    n = 1\n    def m(self): return self.n + self.k\na = A(); a.k = 2",
        "a.m() == 3 and type(a) is A and isinstance(a, A)",
    ),
    exact(
        "inheritance with super",
        "class A:\n    def f(self): return 1\nclass B(A):\n    def f(self): return super().f() + 1\nb = B()",
        "b.f() == 2 and B.__mro__[1] is A",
    ),
    exact(
        "a diamond of classes",
        "class A: pass\nclass B(A): pass\nclass C(A): pass\nclass D(B, C): pass\nd = D()",
        "[k.__name__ for k in D.__mro__] == ['D', 'B', 'C', 'A', 'object']",
    ),
    exact(
        "property, class and static methods",
        "class A:\n    @property\n    def p(self): return 1\n    @p.setter\n    def p(self, v): self.v = v\n"
        "    @classmethod\n    def c(cls): return cls\n    @staticmethod\n    def s(): return 's'\na = A()",
        "a.p = 3\nassert (a.p, a.v, A.c(), a.s()) == (1, 3, A, 's')",
    ),
    exact("slots", "class A:\n    __slots__ = ('x', 'y')\na = A(); a.x = [1]", "a.x == [1] and not hasattr(a, 'y')"),
    exact(
        "slots and a dict",
        "class A:\n    __slots__ = ('x', '__dict__')\na = A(); a.x = 1; a.z = 2",
        "(a.x, a.z) == (1, 2)",
    ),
    exact(
        "slots over two classes",
        "class A:\n    __slots__ = ('x',)\nclass B(A):\n    __slots__ = ('y',)\nb = B(); b.x = b.y = []",
        "b.x is b.y",
    ),
    exact(
        "a nested class",
        "class A:\n    class B: n = 1\n    b = B()\na = A()",
        "type(a.b) is A.B and A.B.__qualname__ == 'A.B'",
    ),
    exact(
        "a class made in a function",
        "def make(k):\n    class A:\n        def m(self): return k\n    return A\nA = make(3); a = A()",
        "a.m() == 3 and type(a) is A",
    ),
    exact("a class made by type()", "A = type('A', (), {'n': 1, 'f': lambda self: self.n}); a = A()", "a.f() == 1"),
    exact(
        "an instance whose class is redefined",
        "class A:\n    v = 1\na = A()\nclass A:\n    v = 2\nb = A()",
        "a.v == 1 and b.v == 2 and type(a) is not type(b) and type(b) is A",
    ),
    exact(
        "an instance whose class is deleted",
        "class A:\n    def m(self): return type(self)\na = A(); del A",
        "a.m() is type(a)",
    ),
    exact(
        "a class changed after it was made",
        "class A: pass\na = A()\nA.f = lambda self: 5\nA.items = [1]",
        "a.f() == 5 and A.items == [1]",
    ),
    exact("a class that refers to itself", "class A: pass\nA.me = A; A.one = A()", "A.me is A and type(A.one) is A"),
    exact("a base class that knows its subclass", "class A: pass\nclass B(A): pass\nA.best = B()", "type(A.best) is B"),
    exact(
        "a metaclass",
        "class M(type):\n    def __len__(cls): return 7\nclass A(metaclass=M): pass",
        "len(A) == 7 and type(A) is M",
    ),
    exact(
        "__init_subclass__ with arguments",
        "class A:\n    known = []\n    def __init_subclass__(cls, tag): A.known.append(tag)\nclass B(A, tag='b'): pass",
        "A.known == ['b']\nclass C(A, tag='c'): pass\nassert A.known == ['b', 'c']",
    ),
    exact(
        "a descriptor with __set_name__",
        "class D:\n    def __set_name__(self, o, n): self.n = n\n    def __get__(self, i, o): return self.n\n"
        "class A: field = D()\na = A()",
        "a.field == 'field'",
    ),
    exact(
        "an abstract class",
        "import abc\nclass A(abc.ABC):\n    @abc.abstractmethod\n    def f(self): ...\nclass B(A):\n    def f(self): return 4\nb = B()",
        "b.f() == 4 and isinstance(b, A)\ntry: A()\nexcept TypeError: pass\nelse: raise AssertionError",
    ),
    exact(
        "a class registered with an abstract one",
        "import abc\nclass A(abc.ABC): pass\nclass B: pass\nA.register(B)",
        "isinstance(B(), A)",
    ),
    exact(
        "a protocol",
        "import typing\n@typing.runtime_checkable\nclass P(typing.Protocol):\n    def f(self): ...\nclass A:\n    def f(self): ...",
        "isinstance(A(), P) and not isinstance(1, P)",
    ),
    exact(
        "a generic class",
        "import typing\nT = typing.TypeVar('T')\nclass Box(typing.Generic[T]): pass\nb = Box[int]()",
        "isinstance(b, Box) and Box[str].__origin__ is Box and b.__orig_class__.__args__ == (int,)",
    ),
    exact(
        "a cached property",
        "import functools\nclass A:\n    @functools.cached_property\n    def p(self): return []\na = A(); x = a.p",
        "a.p is x and A().p == []",
    ),
    exact(
        "a private attribute",
        "class A:\n    def __init__(self): self.__n = 1\n    def get(self): return self.__n\na = A()",
        "a.get() == 1",
    ),
    exact("a callable instance", "class A:\n    def __call__(self, n): return n + 1\na = A()", "a(1) == 2"),
    exact(
        "an iterator of the job's class",
        "class A:\n    def __init__(self): self.n = 0\n    def __iter__(self): return self\n    def __next__(self):\n        self.n += 1\n        return self.n\na = A(); next(a)",
        "next(a) == 2",
    ),
    exact(
        "equality and hash by value",
        "class A:\n    def __init__(self, n): self.n = n\n    def __eq__(self, o): return self.n == o.n\n    def __hash__(self): return hash(self.n)\nx = {A(1): 'one'}",
        "x[A(1)] == 'one'",
    ),
    exact("a hash by identity", "class A: pass\na = A(); x = {a: 1}; y = {a}", "x[a] == 1 and a in y"),
    exact(
        "__getstate__ and __setstate__",
        "class A:\n    def __getstate__(self): return {'n': self.n}\n    def __setstate__(self, s): self.n = s['n']; self.back = True\na = A(); a.n = 5",
        "a.n == 5 and a.back",
    ),
    exact(
        "__reduce__",
        "class A:\n    def __init__(self, n): self.n = n\n    def __reduce__(self): return A, (self.n,)\na = A(3)",
        "a.n == 3",
    ),
    exact(
        "__getnewargs__",
        "class A(tuple):\n    def __new__(cls, a, b): return super().__new__(cls, (a, b))\n    def __getnewargs__(self): return tuple(self)\na = A(1, 2)",
        "a == (1, 2) and type(a) is A",
    ),
    exact(
        "__getattr__ for everything",
        "class A:\n    def __init__(self): self.d = {'k': 1}\n    def __getattr__(self, n): return self.d[n]\na = A()",
        "a.k == 1",
        "also when it recurses without its attributes",
    ),
    exact(
        "a subclass of int, str and list",
        "class I(int): pass\nclass S(str): pass\nclass L(list): pass\ni, s, x = I(3), S('a'), L([1]); i.n = s.n = x.n = 1",
        "i == 3 and s == 'a' and x == [1] and i.n == s.n == x.n == 1 and type(x) is L",
    ),
    exact(
        "a subclass of dict",
        "class D(dict):\n    def __missing__(self, k): return k\nx = D(a=1)",
        "x['a'] == 1 and x['b'] == 'b'",
    ),
    exact(
        "a dict that is its own attributes",
        "class R(dict):\n    def __init__(self):\n        super().__init__()\n        self.__dict__ = self\nr = R(); r.x = 1",
        "r['x'] == 1\nr.y = 2\nassert r['y'] == 2",
    ),
    exact(
        "a class with __class_getitem__",
        "class A:\n    def __class_getitem__(cls, k): return (cls, k)",
        "A[1] == (A, 1)",
    ),
]

DATA_CLASSES = [
    exact(
        "a named tuple",
        "from collections import namedtuple\nP = namedtuple('P', 'x y', defaults=[2])\np = P(1)",
        "p == (1, 2) and p.y == 2 and P(3)._asdict() == {'x': 3, 'y': 2}",
    ),
    exact(
        "a typed named tuple",
        "from typing import NamedTuple\nclass P(NamedTuple):\n    x: int = 4\n    def double(self): return self.x * 2\np = P()",
        "p.double() == 8 and P._field_defaults == {'x': 4}",
    ),
    exact(
        "a dataclass",
        "from dataclasses import *\n@dataclass(order=True)\nclass P:\n    x: int\n    tags: list = field(default_factory=list)\np = P(1)",
        "p == P(1) and P(0) < p and repr(p).endswith('P(x=1, tags=[])') and [f.name for f in fields(P)] == ['x', 'tags']",
    ),
    exact(
        "a frozen dataclass with slots",
        "from dataclasses import *\n@dataclass(frozen=True, slots=True)\nclass P:\n    x: int = 1\np = P(2)",
        "replace(p, x=3) == P(3) and not hasattr(p, '__dict__')\ntry: p.x = 1\nexcept FrozenInstanceError: pass\nelse: raise AssertionError",
    ),
    exact(
        "a dataclass that inherits",
        "from dataclasses import *\n@dataclass\nclass A:\n    x: int\n@dataclass\nclass B(A):\n    y: int = field(default=2, metadata={'u': 'm'})\n    def __post_init__(self): self.z = 3\nb = B(1)",
        "asdict(b) == {'x': 1, 'y': 2} and b.z == 3 and fields(B)[1].metadata['u'] == 'm'",
    ),
    exact(
        "keyword-only fields",
        "from dataclasses import *\n@dataclass(kw_only=True)\nclass P:\n    x: int\np = P(x=1)",
        "P(x=1) == p and fields(P)[0].kw_only",
    ),
    exact(
        "an enum",
        "import enum\nclass C(enum.Enum):\n    RED = 1\n    BLUE = 2\n    def low(self): return self.name.lower()\nc = C.RED",
        "c is C.RED and C(1) is c and c.low() == 'red' and list(C) == [C.RED, C.BLUE]",
    ),
    exact(
        "an enum with aliases",
        "import enum\nclass S(str, enum.Enum):\n    A = 'x'\n    B = 'x'\ns = S.B",
        "s is S.A is S.B and s == 'x' and 'B' in S.__members__",
    ),
    exact(
        "an enum with automatic values",
        "import enum\nclass S(enum.StrEnum):\n    A = enum.auto()\n    B = enum.auto()\ns = S.A",
        "s == 'a' and S('b') is S.B",
    ),
    exact(
        "an enum with a constructor",
        "import enum\nclass P(enum.Enum):\n    A = (1, 'one')\n    def __init__(self, n, t): self.n = n; self.t = t\np = P.A",
        "p is P.A and p.n == 1 and p.t == 'one' and P((1, 'one')) is p",
    ),
    exact(
        "an enum with __new__",
        "import enum\nclass P(enum.Enum):\n    A = 'x'\n    def __new__(cls, v):\n        self = object.__new__(cls)\n        self._value_ = v * 2\n        return self\np = P.A",
        "p is P.A and p.value == 'xx' and P('xx') is p",
    ),
    exact(
        "an enum with _missing_",
        "import enum\nclass P(enum.Enum):\n    A = 1\n    @classmethod\n    def _missing_(cls, v): return cls.A",
        "P(99) is P.A",
    ),
    exact(
        "an int enum",
        "import enum\nclass I(enum.IntEnum):\n    ONE = 1\ni = I.ONE",
        "i == 1 and i is I.ONE and i + 1 == 2",
    ),
    exact(
        "a flag",
        "import enum\nclass M(enum.Flag):\n    R = enum.auto()\n    W = enum.auto()\nm = M.R | M.W",
        "M.W in m and m is M.R | M.W and M(0) == M.R & M.W",
    ),
    exact(
        "an int flag with a boundary",
        "import enum\nclass M(enum.IntFlag, boundary=enum.KEEP):\n    R = 1\nm = M(9)",
        "m == 9 and M.R in m",
    ),
    exact("enum members as keys", "import enum\nclass C(enum.Enum):\n    A = 1\nx = {C.A: 'a'}", "x[C.A] == 'a'"),
    exact(
        "an empty enum to derive from",
        "import enum\nclass B(enum.Enum):\n    def f(self): return self.value\nclass C(B):\n    A = 3",
        "C.A.f() == 3",
    ),
    exact(
        "an exception class and its instance",
        "class Oops(ValueError):\n    def __init__(self, code, text='t'):\n        super().__init__(code, text)\n        self.code = code\ne = Oops(3)",
        "isinstance(e, Oops) and e.code == 3 and e.args == (3, 't')",
    ),
    exact(
        "a weak reference inside an instance",
        "import weakref\nclass A: pass\na = A(); a.me = weakref.ref(a)",
        "a.me() is a",
    ),
    exact(
        "a typed dict",
        "import typing\nclass D(typing.TypedDict, total=False):\n    a: int\nd: D = {'a': 1}",
        "D(a=1) == d and D.__optional_keys__ == {'a'}",
    ),
    exact(
        "a type variable",
        "import typing\nT = typing.TypeVar('T', bound=int)\nx = [T]",
        "x[0] is T and T.__bound__ is int",
    ),
    exact(
        "a parameter specification",
        "import typing\nP = typing.ParamSpec('P'); Ts = typing.TypeVarTuple('Ts')",
        "P.__name__ == 'P' and Ts.__name__ == 'Ts'",
    ),
    exact("a new type", "import typing\nId = typing.NewType('Id', int)", "Id(3) == 3 and Id.__supertype__ is int"),
    exact(
        "type hints",
        "import typing\nx = [list[int], int | None, typing.Callable[[int], str], typing.Literal['a'], typing.Annotated[int, 'm'], typing.Optional[str], typing.Any]",
        "x == [list[int], int | None, typing.Callable[[int], str], typing.Literal['a'], typing.Annotated[int, 'm'], typing.Optional[str], typing.Any]",
    ),
    exact("a forward reference", "import typing\nx = typing.List['int']", "x == typing.List['int']"),
    exact(
        "a class of another metaclass",
        "import ctypes\nclass S(ctypes.Structure):\n    _fields_ = [('a', ctypes.c_int)]\ns = S(3)",
        "s.a == 3 and type(s) is S",
    ),
    exact(
        "a test case class",
        "import unittest\nclass T(unittest.TestCase):\n    def test(self): self.assertTrue(1)\nt = T('test')",
        "t.run().wasSuccessful()",
    ),
    exact(
        "a class that counts its instances",
        "class A:\n    count = 0\n    def __init__(self): A.count += 1\na, b = A(), A()",
        "A.count == 2\nA()\nassert A.count == 3",
    ),
    exact(
        "a singleton",
        "class A:\n    one = None\n    def __new__(cls):\n        cls.one = cls.one or super().__new__(cls)\n        return cls.one\na = A()",
        "A() is a",
    ),
    exact(
        "operators",
        "class V:\n    def __init__(self, n): self.n = n\n    def __add__(self, o): return V(self.n + o.n)\n    __radd__ = __add__\nv = V(1)",
        "(v + V(2)).n == 3 and V.__radd__ is V.__add__",
    ),
    exact(
        "an instance that is a context manager",
        "class A:\n    def __enter__(self): return 3\n    def __exit__(self, *a): return True\na = A()",
        "with a as v: raise ValueError\nassert v == 3",
    ),
]
