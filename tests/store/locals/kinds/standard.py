"""Values of the standard library."""

# ruff: noqa: E501 - one row per kind, however long its code
from tests.store.locals.kinds.kind import exact, lost, recipe

TIME_AND_NUMBERS = [
    exact(
        "a date, a time, a time span",
        "import datetime as d; x = d.date(2024, 2, 29), d.time(1, 2, 3, 4), d.timedelta(days=-1)",
        "x == (d.date(2024, 2, 29), d.time(1, 2, 3, 4), d.timedelta(days=-1))",
    ),
    exact(
        "a time without a zone",
        "import datetime as d; x = d.datetime(2024, 1, 1, fold=1)",
        "x.tzinfo is None and x.fold == 1",
    ),
    exact("a time in UTC", "import datetime as d; x = d.datetime(2024, 1, 1, tzinfo=d.UTC)", "x.tzinfo is d.UTC"),
    exact(
        "a time with an offset",
        "import datetime as d; x = d.datetime(2024, 1, 1, tzinfo=d.timezone(d.timedelta(hours=2), 'X'))",
        "x.tzname() == 'X'",
    ),
    exact(
        "a time in a named zone",
        "import datetime as d, zoneinfo; x = d.datetime(2024, 7, 1, tzinfo=zoneinfo.ZoneInfo('Europe/Paris'))",
        "x.utcoffset() == d.timedelta(hours=2) and x.tzinfo is zoneinfo.ZoneInfo('Europe/Paris')",
    ),
    exact(
        "a time of the job's zone class",
        "import datetime as d\nclass Z(d.tzinfo):\n    def utcoffset(self, t): return d.timedelta(hours=1)\n    def dst(self, t): return None\nx = d.datetime(2024, 1, 1, tzinfo=Z())",
        "x.utcoffset() == d.timedelta(hours=1)",
    ),
    exact("a decimal", "import decimal; x = decimal.Decimal('1.10')", "str(x) == '1.10'"),
    exact(
        "a decimal context",
        "import decimal; x = decimal.Context(prec=5)",
        "x.prec == 5 and str(x.divide(1, 3)) == '0.33333'",
    ),
    exact("a fraction", "from fractions import Fraction; x = Fraction(1, 3)", "x * 3 == 1"),
    exact(
        "a random generator, at its place",
        "import random; x = random.Random(3); x.random(); y = x.getstate()",
        "x.getstate() == y\nz = random.Random(3); z.random()\nassert x.random() == z.random()",
    ),
    recipe(
        "the system's random generator", "import random; x = random.SystemRandom()", "0 <= x.random() < 1", "a new one"
    ),
    exact("statistics", "import statistics; x = statistics.NormalDist(1, 2)", "x.mean == 1"),
    exact("a calendar", "import calendar; x = calendar.TextCalendar(6)", "x.firstweekday == 6"),
    exact("a time structure", "import time; x = time.gmtime(0)", "x.tm_year == 1970"),
    exact("a struct", "import struct; x = struct.Struct('<ih')", "x.size == 6 and x.unpack(x.pack(1, 2)) == (1, 2)"),
]

TEXT_AND_FILES = [
    exact("a path", "import pathlib; x = pathlib.Path('a') / 'b'", "x == pathlib.Path('a/b')"),
    exact(
        "paths of other systems",
        "import pathlib; x = pathlib.PureWindowsPath('c:/a'), pathlib.PurePosixPath('/a')",
        "x[0].drive == 'c:' and str(x[1]) == '/a'",
    ),
    exact("a regular expression", "import re; x = re.compile('(?P<n>a+)', re.I)", "x.match('AA')['n'] == 'AA'"),
    exact("a UUID", "import uuid; x = uuid.UUID(int=7)", "x.int == 7"),
    exact(
        "an IP address and network",
        "import ipaddress; x = ipaddress.ip_address('::1'), ipaddress.ip_network('10.0.0.0/8')",
        "x[0].is_loopback and x[1].num_addresses == 2 ** 24",
    ),
    exact("a text stream in memory", "import io; x = io.StringIO(); x.write('abc'); x.seek(1)", "x.read() == 'bc'"),
    exact("a byte stream in memory", "import io; x = io.BytesIO(b'abc'); x.read(1)", "x.read() == b'bc'"),
    exact("a string template", "import string; x = string.Template('$a')", "x.substitute(a=1) == '1'"),
    exact("a parsed URL", "import urllib.parse as u; x = u.urlparse('http://h/p?q=1')", "x.query == 'q=1'"),
    exact(
        "a request that is not sent",
        "import urllib.request as u; x = u.Request('http://h/', headers={'A': 'b'})",
        "x.get_header('A') == 'b'",
    ),
    exact(
        "an XML element",
        "import xml.etree.ElementTree as e; x = e.fromstring('<a b=\"1\"><c/>t</a>')",
        "x.get('b') == '1' and x[0].tag == 'c' and x[0].tail == 't'",
    ),
    exact(
        "an XML document",
        "import xml.dom.minidom as m; x = m.parseString('<a><b/></a>')",
        "x.documentElement.firstChild.tagName == 'b'",
    ),
    exact(
        "an e-mail message",
        "from email.message import EmailMessage\nx = EmailMessage(); x['Subject'] = 's'; x.set_content('body')",
        "x['Subject'] == 's' and x.get_content() == 'body\\n'",
    ),
    exact(
        "a configuration",
        "import configparser; x = configparser.ConfigParser(); x.read_string('[a]\\nb = 1')",
        "x['a']['b'] == '1'",
    ),
    exact(
        "an argument parser",
        "import argparse; x = argparse.ArgumentParser(); x.add_argument('-n', type=int)",
        "x.parse_args(['-n', '3']).n == 3",
    ),
    exact("parsed arguments", "import argparse; x = argparse.Namespace(a=1)", "x.a == 1"),
    exact("a CSV dialect", "import csv; x = csv.excel()", "x.delimiter == ','"),
    exact("a difference of texts", "import difflib; x = difflib.SequenceMatcher(None, 'ab', 'ac')", "x.ratio() == 0.5"),
    exact(
        "a JSON encoder and decoder",
        "import json; x = json.JSONEncoder(sort_keys=True), json.JSONDecoder()",
        "x[0].encode({'a': 1}) == '{\"a\": 1}' and x[1].decode('1') == 1",
    ),
    exact("a text wrapper", "import textwrap; x = textwrap.TextWrapper(width=3)", "x.wrap('aa bb') == ['aa', 'bb']"),
    exact("cookies", "import http.cookies as c; x = c.SimpleCookie('a=1')", "x['a'].value == '1'"),
    exact("file status", "import os; x = os.stat('.')", "x.st_size > 0"),
    exact("a simple namespace of modules", "import os, types; x = types.SimpleNamespace(os=os)", "x.os is os"),
    exact("a logger", "import logging; x = logging.getLogger('a.b')", "x is logging.getLogger('a.b')"),
    exact(
        "a logging formatter and record",
        "import logging; x = logging.Formatter('%(message)s'), logging.LogRecord('n', 20, 'p', 1, 'hi %s', (1,), None)",
        "x[0].format(x[1]) == 'hi 1'",
    ),
    exact(
        "an environment dict",
        "import os; x = os.environ",
        "x is os.environ",
        "that of the process it is in; nothing of it is stored",
    ),
    exact("standard output", "import sys; x = sys.stdout", "x is sys.stdout", "that of the process it is in"),
    exact(
        "a graph of tasks",
        "import graphlib; x = graphlib.TopologicalSorter({1: {2}})",
        "list(x.static_order()) == [2, 1]",
    ),
    exact(
        "a C number and array",
        "import ctypes; x = ctypes.c_int(3), (ctypes.c_double * 2)(1, 2)",
        "x[0].value == 3 and list(x[1]) == [1, 2]",
    ),
]

ITERATORS = [
    exact(
        "an iterator of a list, at its place",
        "i = [1, 2, 3]; x = iter(i); next(x)",
        "next(x) == 2\ni.append(4)\nassert list(x) == [3, 4]",
        "over the same list",
    ),
    exact(
        "iterators of a tuple, a text and a range",
        "x = [iter((1, 2)), iter('ab'), iter(range(9))]\nfor i in x: next(i)",
        "[next(i) for i in x] == [2, 'b', 1]",
    ),
    recipe(
        "iterators of a dict and a set",
        "x = [iter({1: 2, 3: 4}), iter({5})]",
        "list(x[0]) == [1, 3] and list(x[1]) == [5]",
        "iterators of lists of what is left",
    ),
    exact("a reversed list", "x = reversed([1, 2, 3]); next(x)", "list(x) == [2, 1]"),
    exact("enumerate", "x = enumerate('ab', 5); next(x)", "next(x) == (6, 'b')"),
    exact("zip", "x = zip([1, 2], [3, 4]); next(x)", "list(x) == [(2, 4)]"),
    exact(
        "map and filter",
        "x = map(lambda n: n + 1, [1, 2]), filter(None, [0, 1])",
        "list(x[0]) == [2, 3] and list(x[1]) == [1]",
    ),
    exact("an iterator by a function", "n = [3]\nx = iter(lambda: n.pop() if n else 0, 0)", "list(x) == [3]"),
    recipe(
        "a match",
        "import re; x = re.search('(a)(b)?', 'xab'), list(re.finditer('a', 'xaa'))[1]",
        "x[0][0] == 'ab' and x[0].groups() == ('a', 'b') and x[0].span(2) == (2, 3) and x[1].span() == (2, 3)",
        "by matching once more",
    ),
    recipe(
        "count and cycle and their like",
        "import itertools as t; x = [t.count(3, 2), t.repeat('a', 2), t.chain([1], [2])]\nfor i in x: next(i)",
        "next(x[0]) == 5 and list(x[1]) == ['a'] and list(x[2]) == [2]",
        "made again at their place",
    ),
    lost("a generator", "x = (i for i in range(3)); next(x)", "generator", "next(x) == 1"),
    lost("a generator that has not begun", "def f():\n    yield 1\nx = f()", "generator", "next(x) == 1"),
    lost("a finished generator", "x = (i for i in ''); list(x)", "generator", "list(x) == []"),
    lost("a coroutine", "async def f(): return 1\nx = f()", "coroutine", "x.close() is None"),
    lost("an async generator", "async def f():\n    yield 1\nx = f()", "async generator"),
    lost("a map over a generator", "x = map(str, (i for i in range(3)))", "generator", "next(x) == '0'"),
]

ERRORS = [
    exact("an exception", "x = ValueError('no', 3)", "type(x) is ValueError and x.args == (3,) or x.args == ('no', 3)"),
    exact(
        "an exception with a cause",
        "try:\n    try: 1 / 0\n    except ZeroDivisionError as e: raise KeyError('k') from e\nexcept KeyError as e: x = e",
        "type(x) is KeyError and type(x.__cause__) is ZeroDivisionError and x.__suppress_context__",
    ),
    exact(
        "an exception with a context",
        "try:\n    try: 1 / 0\n    except ZeroDivisionError: raise KeyError('k')\nexcept KeyError as e: x = e",
        "type(x.__context__) is ZeroDivisionError",
    ),
    exact(
        "the traceback of an exception, as text",
        "def f(): 1 / 0\ntry: f()\nexcept ZeroDivisionError as e: x = e",
        "type(x) is ZeroDivisionError\nimport traceback\ntold = ''.join(traceback.format_exception(x))\nassert 'in f' in told, told",
        "its frames are gone; the text of the traceback is a note of the exception",
    ),
    exact("notes of an exception", "x = ValueError('a'); x.add_note('b')", "x.__notes__ == ['b']"),
    exact(
        "an exception group",
        "x = ExceptionGroup('g', [ValueError(1), KeyError(2)])",
        "[type(e) for e in x.exceptions] == [ValueError, KeyError]",
    ),
    exact(
        "an error of the system",
        "try: open('/nowhere/at/all')\nexcept OSError as e: x = e",
        "type(x) is FileNotFoundError and x.errno == 2 and x.filename == '/nowhere/at/all'",
    ),
    exact(
        "an error of the syntax",
        "try: compile('(', 'f', 'exec')\nexcept SyntaxError as e: x = e",
        "x.lineno == 1 and x.filename == 'f'",
    ),
    exact(
        "an error of Unicode",
        "try: b'\\xff'.decode()\nexcept UnicodeDecodeError as e: x = e",
        "x.object == b'\\xff' and x.start == 0",
    ),
    exact("attributes of an exception", "x = ValueError(); x.extra = [1]; y = x.extra", "x.extra is y"),
    exact(
        "a stack summary",
        "import traceback\ntry: 1 / 0\nexcept ZeroDivisionError as e: x = traceback.TracebackException.from_exception(e)",
        "'ZeroDivisionError' in ''.join(x.format())",
    ),
    lost(
        "a traceback", "try: 1 / 0\nexcept ZeroDivisionError as e: x = e.__traceback__", "traceback", "x.tb_lineno == 1"
    ),
    lost("a frame", "import sys; x = sys._getframe()", "frame"),
]
