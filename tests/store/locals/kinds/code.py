"""Functions, made by statements of the job."""

from tests.store.locals.kinds.kind import exact, lost

FUNCTIONS = [
    exact(
        "a function",
        "def f(a, b=2, *c, d, e=5, **g): return a, b, c, d, e, g",
        "f(1, d=4, h=6) == (1, 2, (), 4, 5, {'h': 6})",
    ),
    exact("a lambda", "x = lambda a: a + 1", "x(1) == 2"),
    exact("a function with positional-only arguments", "def f(a, /, b): return a - b", "f(3, b=1) == 2"),
    exact("a recursive function", "def f(n): return n and n + f(n - 1)", "f(4) == 10"),
    exact(
        "functions that call each other",
        "def a(n): return n and b(n - 1)\ndef b(n): return n and a(n - 1)",
        "a(5) == 0",
    ),
    exact(
        "a function of a variable set later", "def f(): return later\nlater = 1", "f() == 1\nlater = 2\nassert f() == 2"
    ),
    exact("a function that sets a variable", "n = 1\ndef f():\n    global n\n    n += 1", "f()\nassert n == 2"),
    exact("a closure", "def make(k):\n    def f(a): return a * k\n    return f\nx = make(3)", "x(2) == 6"),
    exact(
        "a closure that is not filled yet",
        "def make():\n    def f(): return later\n    x = f\n    if 0: later = 1\n    return x\nx = make()",
        "try: x()\nexcept NameError: pass\nelse: raise AssertionError",
    ),
    exact(
        "a closure over itself",
        "def make():\n    def f(n): return n and f(n - 1)\n    return f\nx = make()",
        "x(3) == 0",
    ),
    exact("a function made by exec", "exec('def f(): return 7')", "f() == 7"),
    exact(
        "a generator function",
        "def f():\n    got = yield 1\n    yield got",
        "g = f()\nassert next(g) == 1 and g.send(5) == 5",
    ),
    exact("an async function", "async def f(): return 5", "import asyncio\nassert asyncio.run(f()) == 5"),
    exact(
        "an async generator function",
        "async def f():\n    yield 1",
        "import asyncio\nasync def go(): return [i async for i in f()]\nassert asyncio.run(go()) == [1]",
    ),
    exact("attributes of a function", "def f(): pass\nf.calls = [1]; x = f.calls", "f.calls is x"),
    exact(
        "text, annotations and names of a function",
        "def f(a: int, b: 'X' = 1) -> str:\n    'Says.'\n",
        "f.__doc__ == 'Says.' and f.__annotations__ == {'a': int, 'b': 'X', 'return': str} and f.__name__ == 'f'\n"
        "import inspect\nassert str(inspect.signature(f)) == \"(a: int, b: 'X' = 1) -> str\"",
    ),
    exact(
        "a decorated function",
        "import functools\ndef twice(f):\n    @functools.wraps(f)\n    def w(*a): return f(*a) * 2\n    return w\n"
        "@twice\ndef one(): return 1",
        "one() == 2 and one.__name__ == 'one' and one.__wrapped__() == 1",
    ),
    exact("a partial", "import functools; x = functools.partial(pow, 2, mod=7)", "x(4) == 2"),
    exact(
        "a partial of a job's function",
        "import functools\ndef f(a, b): return a - b\nx = functools.partial(f, b=1)",
        "x(3) == 2 and x.func is f",
    ),
    exact(
        "a partial method",
        "import functools\nclass A:\n    def f(self, n): return n\n    two = functools.partialmethod(f, 2)\na = A()",
        "a.two() == 2",
    ),
    exact(
        "a cached function",
        "import functools\n@functools.lru_cache(maxsize=9)\ndef f(n): return n",
        "f(1) == 1 and f.cache_parameters()['maxsize'] == 9",
        "its cache starts empty",
    ),
    exact(
        "a function cached for ever",
        "import functools\n@functools.cache\ndef f(n): return n and f(n - 1)",
        "f(50) == 0",
        "its cache starts empty",
    ),
    exact(
        "single dispatch",
        "import functools\n@functools.singledispatch\ndef f(v): return 'any'\n@f.register\ndef _(v: int): return 'int'",
        "f('s') == 'any' and f(1) == 'int'\n@f.register\ndef _(v: str): return 'str'\nassert f('s') == 'str'",
    ),
    exact(
        "getters of attributes, items and methods",
        "import operator as o; x = o.itemgetter(1), o.attrgetter('real'), o.methodcaller('upper')",
        "x[0]([1, 2]) == 2 and x[1](3) == 3 and x[2]('a') == 'A'",
    ),
    lost(
        "a sort key by a comparison",
        "import functools; x = functools.cmp_to_key(lambda a, b: b - a)",
        "pickle",
        "sorted([1, 2], key=x) == [2, 1]",
    ),
    exact("a static and a class method object", "x = staticmethod(len), classmethod(repr)", "x[0].__func__ is len"),
    exact("a property object", "x = property(lambda s: 1, None, None, 'doc')", "x.fget(0) == 1 and x.__doc__ == 'doc'"),
    exact("a code object", "x = compile('3 + 4', 'f', 'eval')", "eval(x) == 7"),
    exact(
        "a context manager function",
        "import contextlib\n@contextlib.contextmanager\ndef c():\n    yield 5",
        "with c() as v: assert v == 5",
    ),
    exact("a syntax tree", "import ast; x = ast.parse('1 + 2', mode='eval')", "eval(compile(x, 'f', 'eval')) == 3"),
    exact(
        "a compiled function of other code",
        "import types\nx = types.FunctionType((lambda: n).__code__, {'n': 3})",
        "x() == 3",
        "with globals of its own",
    ),
]
