"""Instances that refuse what everybody else can be asked."""

# ruff: noqa: E501 - one row per kind, however long its code

from tests.store.locals.kinds.kind import exact, lost

HOSTILE = [
    lost(
        "an instance with a __reduce__ that raises",
        "class A:\n    def __reduce__(self): raise OSError('no')\nx = A()",
        "OSError: no",
    ),
    lost(
        "an instance with a __reduce__ that gives nonsense",
        "class A:\n    def __reduce__(self): return 5\nx = A()",
        "gives no stored form",
    ),
    lost(
        "an instance with a __reduce__ that gives something uncallable",
        "class A:\n    def __reduce__(self): return 5, ()\nx = A()",
        "gives no stored form",
    ),
    lost(
        "an instance with a __reduce__ that never ends",
        "class A:\n    def __reduce__(self): return A, (A(),)\nx = A()",
        "recursion",
    ),
    lost(
        "an instance that comes back as another type",
        "class A:\n    def __reduce__(self): return list, ()\nx = A()",
        "it would come back as list",
    ),
    lost(
        "an instance whose __getstate__ raises",
        "class A:\n    def __getstate__(self): raise KeyError('k')\nx = A()",
        "KeyError",
    ),
    lost(
        "an instance whose __setstate__ raises",
        "class A:\n    def __setstate__(self, s): raise KeyError('k')\nx = A(); x.n = 1",
        "it could not be read back",
    ),
    lost(
        "an exception whose arguments are not its constructor's",
        "class E(Exception):\n    def __init__(self, a, b): super().__init__('one')\nx = E(1, 2)",
        "it could not be read back",
    ),
    lost(
        "an instance that ends the process when it is pickled",
        "class A:\n    def __reduce__(self): raise SystemExit(3)\nx = A()",
        "SystemExit",
    ),
    lost(
        "an instance whose constructor raises when it is read",
        "class A:\n    def __new__(cls, n): return super().__new__(cls)\nx = A(1)",
        "it could not be read back",
    ),
    exact(
        "a class without a module", "class A: __module__ = None\na = A(); a.n = 1", "a.n == 1 and A.__module__ is None"
    ),
    exact(
        "an instance that cannot be compared, shown, hashed or counted",
        "class A:\n    def no(self, *a): raise OSError('no')\n    __eq__ = __hash__ = __repr__ = __str__ = __len__ = __bool__ = __iter__ = no\na = A(); a.n = 1; x = [a]",
        "x[0] is a and a.n == 1",
    ),
    exact(
        "an instance that claims to be of another class",
        "class A:\n    __class__ = property(lambda s: dict)\na = A(); a.n = 1; x = [a]",
        "x[0] is a and a.n == 1 and type(a) is A",
    ),
    lost(
        "an instance whose class raises when it is asked for",
        "class A:\n    @property\n    def __class__(self): raise OSError('no')\nx = A(); x.n = 1",
        "OSError",
        "x.n == 1",
    ),
    exact(
        "an instance that refuses to be changed",
        "class A:\n    def __init__(self): object.__setattr__(self, 'n', 1)\n    def __setattr__(self, *a): raise OSError('no')\na = A(); x = vars(a)",
        "a.n == 1 and x is vars(a)",
    ),
    exact(
        "a class that refuses to be changed",
        "class M(type):\n    def __setattr__(cls, *a): raise OSError('no')\nclass A(metaclass=M):\n    n = 1\na = A()",
        "a.n == 1",
    ),
    exact(
        "a class that makes subclasses of another kind",
        "class A:\n    def __mro_entries__(self, bases): return (dict,)\nclass B(A()): pass\nb = B(a=1)",
        "b['a'] == 1 and B.__orig_bases__[0].__class__.__name__ == 'A'",
    ),
    lost(
        "an instance that refuses every question",
        "class A:\n    def __getattribute__(self, n): raise OSError('no')\nx = A()",
        "OSError",
    ),
    lost(
        "an error without a text",
        "class E(Exception):\n    def __str__(self): raise OSError('no')\nclass A:\n    def __reduce__(self): raise E\nx = A()",
        "E",
    ),
    lost("a dead weak proxy", "import weakref\nclass A: pass\nx = weakref.proxy(A())", "gone", "True"),
]
