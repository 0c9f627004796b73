"""Random programs over a few variables that share, nest, capture, redefine and delete each other's objects."""

from __future__ import annotations

import random

NAMES = ("a", "b", "c", "d", "e", "f", "g")

PRELUDE = """
import collections, copy, dataclasses, enum, functools
import numpy as np

class Node:
    made = 0
    shared = []
    def __init__(self, value):
        self.value = value
        Node.made += 1
    def note(self, item):
        Node.shared.append(item)
        journal.append(len(journal))
    @property
    def size(self):
        return len(journal)

class Leaf(Node):
    __slots__ = ("tag",)

@dataclasses.dataclass
class Pair:
    left: object = None
    right: list = dataclasses.field(default_factory=list)

class Colour(enum.Enum):
    RED = 1
    BLUE = "b"

journal = []
depth = 0
hooks = {}

def poke(target, number):
    if isinstance(target, (list, collections.deque, np.ndarray)) and len(target):
        target[0] = number
    elif isinstance(target, dict):
        target["k%d" % (number % 3)] = number
    elif isinstance(target, set):
        target.add(number)
    elif isinstance(target, Node):
        target.value = number
    elif isinstance(target, Pair):
        target.right.append(number)

def nest(target, item):
    if isinstance(target, (list, collections.deque)) and len(target) < 12:
        target.append(item)
    elif isinstance(target, dict) and len(target) < 12:
        target[len(target)] = item
    elif isinstance(target, Node):
        target.value = [item]
    elif isinstance(target, Pair):
        target.left = item

def counter(start):
    count = [start]
    total = 0
    def up():
        nonlocal total
        total += 1
        count.append(total)
        return count[:3]
    def read():
        return total, count
    return up, read

def rebind(number):
    global depth
    depth = number

def remember(item):
    if len(journal) > 15:
        journal.clear()
    journal.append(item)

def redefine():
    global Node
    class Node:
        made = 100
        shared = []
        def __init__(self, value):
            self.value = value
        def note(self, item):
            self.value = item
    return Node

def memo(function):
    @functools.wraps(function)
    def wrapper(*args):
        wrapper.calls += 1
        return function(*args)
    wrapper.calls = 0
    return wrapper

a = b = c = d = e = f = g = 0
"""

_TEMPLATES = (
    "{x} = [{n}]",
    "{x} = {y}",
    "{x} = [{y}, {z}]",
    "{x} = {{'k': {y}, 'n': {n}}}",
    "{x} = ({y}, {n}, [{z}])",
    "{x} = np.arange({n} % 7 + 2)",
    "{x} = np.arange(12.0).reshape(3, 4)[:, {n} % 4]",
    "{x} = {y}[1:] if isinstance({y}, (list, np.ndarray)) and len({y}) > 1 else {n}",
    "{x} = {y}[::-1] if isinstance({y}, np.ndarray) else [{y}]",
    "poke({x}, {n})",
    "nest({x}, {n})",
    "nest({x}, {y}) if {x} is not {y} else None",
    "{x} = Node({y})",
    "{x} = Leaf({y}); {x}.tag = {z}",
    "{x} = Pair({y}, [{n}])",
    "{x} = Colour.RED if {n} % 2 else Colour('b')",
    "{x}.note({y}) if isinstance({x}, Node) and len(Node.shared) < 10 else None",
    "Node.made += {n}",
    "Node.shared = {x} if isinstance({x}, list) else Node.shared",
    "Node.extra = {x} if not isinstance({x}, type) else None",
    "{x} = Node.shared",
    "del {x}\n{x} = {n}",
    "del {x}",
    "{x}, {y} = counter({n})",
    "{x}() if callable({x}) and not isinstance({x}, type) else None",
    "hooks[{n} % 3] = {x}",
    "hooks[0]() if callable(hooks.get(0)) and not isinstance(hooks.get(0), type) else hooks.clear()",
    "def {x}(q=[{n}]):\n    q.append(1)\n    return {y}",
    "{x} = lambda q={y}: (q, {z})",
    "{x} = memo(lambda *args: {n})",
    "{x} = functools.partial(poke, {y}, {n})",
    "{x} = {y}.note if isinstance({y}, Node) else {n}",
    "{x} = collections.deque([{y}, {n}], maxlen=5)",
    "{x} = collections.OrderedDict(p={y})",
    "{x} = collections.defaultdict(list, {{1: [{n}], 2: {y}}})",
    "{x} = set([{n}, {n} + 1])",
    "{x} = copy.copy({y})",
    "{x} = copy.deepcopy({y}) if isinstance({y}, (list, dict, Pair)) else {n}",
    "{x} = (i for i in range({n}))",
    "next({x}, None) if hasattr({x}, '__next__') else None",
    "{x} = [{y}, (i for i in range(3))]",
    "rebind({n})",
    "remember({x})",
    "poke(journal[-1], {n}) if journal else None",
    "{x} = journal",
    "redefine() if {n} % 4 == 0 else None",
    "for i in range(3): poke({x}, i)",
    "{x} = {y}; poke({z}, {n}); raise ValueError({n})",
    "globals()['{x}'] = [{y}]",
    "exec('{x} = [{n}]')",
    "{x} = type('Made', (), {{'items': [{n}], 'other': {y}}})",
    "{x} = {y}() if isinstance({y}, type) and {y}.__name__ == 'Made' else {n}",
    "{x} = bytearray(b'abc'); {y} = {x}",
    "{x} += 1 if isinstance({x}, int) else {x}",
    "{x} = True",
    "{x} = 1",
    "{x} = 'text %d' % {n}",
)


def statement(rng: random.Random) -> str:
    """One random statement."""
    x, y, z = (rng.choice(NAMES) for _ in range(3))
    return rng.choice(_TEMPLATES).format(x=x, y=y, z=z, n=rng.randrange(100))
