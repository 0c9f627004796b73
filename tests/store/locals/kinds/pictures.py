"""Pictures, and the other libraries every test environment has."""

# ruff: noqa: E501 - one row per kind, however long its code

from tests.store.locals.kinds.kind import exact, lost

MPL = "import matplotlib; matplotlib.use('agg'); import matplotlib.pyplot as plt\n"
PICTURES = [
    exact(
        "a figure",
        MPL + "fig, ax = plt.subplots(); ax.plot([1, 2]); ax.set_title('two')",
        "ax.figure is fig and ax.get_title() == 'two' and plt.get_fignums() == []\nimport io\nout = io.BytesIO(); fig.savefig(out); assert out.tell() > 1000",
        "not among pyplot's open figures",
        needs="matplotlib",
    ),
    exact(
        "a figure with several axes",
        MPL + "fig, axs = plt.subplots(2, 2, sharex=True); axs[0, 0].hist([1, 2, 2])",
        "axs.shape == (2, 2) and axs[0, 0].figure is fig",
        needs="matplotlib",
    ),
    exact(
        "a figure with its own canvas",
        "from matplotlib.figure import Figure; x = Figure(); x.add_subplot().imshow([[1, 2]])",
        "len(x.axes) == 1",
        needs="matplotlib",
    ),
    exact(
        "a line of a figure",
        MPL + "fig, ax = plt.subplots(); x, = ax.plot([1, 2]); del ax",
        "x.axes.figure is fig and x.get_ydata().tolist() == [1, 2]",
        needs="matplotlib",
    ),
    exact(
        "a color map and a scale",
        "import matplotlib as m; x = m.colormaps['viridis'], m.colors.Normalize(0, 2)",
        "x[0](0.5)[3] == 1.0 and x[1](1) == 0.5",
        needs="matplotlib",
    ),
    exact(
        "a picture",
        "from PIL import Image; x = Image.new('RGB', (2, 3), (1, 2, 3))",
        "x.size == (2, 3) and x.getpixel((1, 1)) == (1, 2, 3)\nx.putpixel((0, 0), (9, 9, 9))",
        needs="PIL",
    ),
    exact(
        "a picture with a palette",
        "from PIL import Image; x = Image.new('P', (2, 2)); x.putpalette([1, 2, 3])",
        "x.getpalette()[:3] == [1, 2, 3]",
        needs="PIL",
    ),
    exact(
        "a picture that was opened",
        "from PIL import Image; Image.new('L', (2, 2), 7).save('@@/p.png'); x = Image.open('@@/p.png')",
        "x.getpixel((0, 0)) == 7 and x.size == (2, 2)",
        "loaded",
        needs="PIL",
    ),
]

MORE = [
    exact(
        "a model of pydantic",
        "import pydantic\nclass M(pydantic.BaseModel):\n    a: int\n    b: list[str] = []\nm = M(a='3')",
        "m.a == 3 and M.model_validate({'a': 4}).a == 4 and type(m) is M\ntry: M(a='x')\nexcept pydantic.ValidationError: pass\nelse: raise AssertionError",
        needs="pydantic",
    ),
    exact(
        "a nested model of pydantic",
        "import pydantic\nclass A(pydantic.BaseModel):\n    n: int = 1\nclass B(pydantic.BaseModel):\n    a: A\n    @pydantic.field_validator('a')\n    @classmethod\n    def ok(cls, v): return v\nb = B(a=A())",
        "type(b.a) is A and B.model_validate({'a': {'n': 2}}).a.n == 2 and b.model_dump() == {'a': {'n': 1}}",
        needs="pydantic",
    ),
    exact(
        "a class of attrs",
        "import attrs\n@attrs.define\nclass A:\n    n: int = 1\n    items: list = attrs.field(factory=list)\na = A(2)",
        "a == A(2) and attrs.asdict(a) == {'n': 2, 'items': []}",
        needs="attrs",
    ),
    exact(
        "a frozen class of attrs",
        "import attrs\n@attrs.frozen\nclass A:\n    n: int = attrs.field(validator=attrs.validators.instance_of(int))\na = A(2)",
        "hash(a) == hash(A(2))\ntry: A('x')\nexcept TypeError: pass\nelse: raise AssertionError",
        needs="attrs",
    ),
    exact(
        "a relative time span",
        "from dateutil.relativedelta import relativedelta; x = relativedelta(months=1)",
        "x.months == 1",
        needs="dateutil",
    ),
    exact(
        "a tree of HTML",
        "import bs4; x = bs4.BeautifulSoup('<p>a<b>c</b></p>', 'html.parser')",
        "x.b.text == 'c'",
        needs="bs4",
    ),
    exact(
        "a response that was received",
        "import requests; x = requests.Response(); x.status_code = 200; x._content = b'{\"a\": 1}'",
        "x.json() == {'a': 1}",
        needs="requests",
    ),
    exact(
        "a session of requests",
        "import requests; x = requests.Session(); x.headers['A'] = 'b'",
        "x.headers['A'] == 'b'",
        needs="requests",
    ),
    exact(
        "a URL and a response of httpx",
        "import httpx; x = httpx.URL('http://h/p'), httpx.Response(200, json={'a': 1}, request=httpx.Request('GET', 'http://h/'))",
        "x[0].path == '/p' and x[1].json() == {'a': 1}",
        needs="httpx",
    ),
    lost(
        "a template of jinja",
        "import jinja2; x = jinja2.Template('{{ a }}')",
        "read back",
        "x.render(a=1) == '1'",
        needs="jinja2",
    ),
    exact(
        "a table of rich",
        "import rich.table; x = rich.table.Table('a'); x.add_row('1')",
        "x.row_count == 1",
        needs="rich",
    ),
    exact(
        "a pattern of regex", "import regex; x = regex.compile(r'\\p{L}+')", "x.match('äb')[0] == 'äb'", needs="regex"
    ),
    lost("a client of httpx", "import httpx; x = httpx.Client()", "connection", "x.is_closed is False", needs="httpx"),
]
