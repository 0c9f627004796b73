"""numpy, pandas, matplotlib and the other libraries every test environment has."""

# ruff: noqa: E501 - one row per kind, however long its code
from tests.store.locals.kinds.kind import exact, lost, recipe

NP = "import numpy as np\n"
PD = "import pandas as pd, numpy as np\n"

NUMPY = [
    exact(
        "an array",
        NP + "x = np.arange(6.).reshape(2, 3)",
        "x.sum() == 15 and x.flags.writeable and x.flags.c_contiguous\nx[0, 0] = 9",
        needs="numpy",
    ),
    exact("an array of 8 MB", NP + "x = np.arange(1_000_000)", "x[-1] == 999_999\nx[0] = 5", needs="numpy"),
    exact(
        "a column-major array",
        NP + "x = np.asfortranarray(np.arange(6).reshape(2, 3))",
        "x.flags.f_contiguous and x[1, 2] == 5",
        needs="numpy",
    ),
    exact(
        "a number of numpy",
        NP + "x = np.float32(2.5), np.int64(3), np.bool_(True)",
        "x[0].dtype == 'f4' and x[1] == 3 and type(x[2]) is np.bool_",
        needs="numpy",
    ),
    exact("an array without dimensions", NP + "x = np.array(5)", "x.shape == () and x == 5", needs="numpy"),
    exact("an empty array", NP + "x = np.zeros((0, 3))", "x.shape == (0, 3)", needs="numpy"),
    exact("an array of objects", NP + "i = [1]; x = np.array([i, None], dtype=object)", "x[0] is i", needs="numpy"),
    exact("an array that contains itself", NP + "x = np.empty(1, dtype=object); x[0] = x", "x[0] is x", needs="numpy"),
    exact("an array of texts", NP + "x = np.array(['a', 'bcd'])", "x.tolist() == ['a', 'bcd']", needs="numpy"),
    exact(
        "an array of variable texts",
        NP + "x = np.array(['a', 'bcd'], dtype=np.dtypes.StringDType())",
        "x.tolist() == ['a', 'bcd']",
        needs="numpy",
    ),
    exact(
        "an array of dates",
        NP + "x = np.array(['2024-01-01'], dtype='M8[s]'), np.timedelta64(3, 'h')",
        "str(x[0][0]) == '2024-01-01T00:00:00' and x[1] == np.timedelta64(3, 'h')",
        needs="numpy",
    ),
    exact(
        "a structured array",
        NP + "x = np.array([(1, 2.)], dtype=[('a', 'i4'), ('b', 'f8')])",
        "x['b'][0] == 2 and x.dtype.names == ('a', 'b')",
        needs="numpy",
    ),
    exact(
        "a record array",
        NP + "x = np.rec.array([(1, 2.)], dtype=[('a', 'i4'), ('b', 'f8')])",
        "x.a[0] == 1",
        needs="numpy",
    ),
    exact(
        "a masked array",
        NP + "x = np.ma.array([1, 2], mask=[0, 1])",
        "x.sum() == 1 and x.mask.tolist() == [False, True]",
        needs="numpy",
    ),
    exact(
        "a matrix of a subclass",
        NP + "class A(np.ndarray): pass\nx = np.arange(3).view(A)",
        "type(x) is A and x.sum() == 3",
        needs="numpy",
    ),
    exact(
        "a view",
        NP + "x = np.arange(6); y = x[2:4]",
        "y[0] == 2\ny[0] = 9\nassert x[2] == 9 and np.shares_memory(x, y)",
        "it looks at the same memory",
        needs="numpy",
    ),
    exact(
        "a view with steps backwards",
        NP + "x = np.arange(6); y = x[::-2]",
        "y.tolist() == [5, 3, 1]\nx[5] = 7\nassert y[0] == 7",
        "it looks at the same memory",
        needs="numpy",
    ),
    exact(
        "a transposed view",
        NP + "x = np.arange(6).reshape(2, 3); y = x.T",
        "y.shape == (3, 2)\ny[2, 0] = 9\nassert x[0, 2] == 9",
        "it looks at the same memory",
        needs="numpy",
    ),
    exact(
        "views of an array without a name",
        NP + "def f():\n    a = np.arange(6)\n    return a[:3], a[2:]\nx, y = f()",
        "x[2] == 2\nx[2] = 8\nassert y[0] == 8",
        "they look at one memory",
        needs="numpy",
    ),
    exact(
        "a view as another type",
        NP + "x = np.zeros(2, 'f8'); y = x.view('u8')",
        "y[0] == 0\nx[0] = 1\nassert y[0] == 0x3ff0000000000000",
        "it looks at the same memory",
        needs="numpy",
    ),
    exact(
        "a field of a structured array",
        NP + "x = np.zeros(2, [('a', 'i4'), ('b', 'f8')]); y = x['b']",
        "y[0] == 0\ny[0] = 3\nassert x['b'][0] == 3",
        "it looks at the same memory",
        needs="numpy",
    ),
    exact(
        "a broadcast view",
        NP + "x = np.broadcast_to(np.arange(3), (2, 3))",
        "x.tolist() == [[0, 1, 2]] * 2",
        "a copy",
        needs="numpy",
    ),
    exact(
        "a read-only array", NP + "x = np.arange(3); x.flags.writeable = False", "not x.flags.writeable", needs="numpy"
    ),
    exact(
        "an array over bytes",
        NP + "x = np.frombuffer(b'abcd', 'u1')",
        "x.tolist() == [97, 98, 99, 100] and not x.flags.writeable",
        needs="numpy",
    ),
    exact(
        "an array over a bytearray",
        NP + "b = bytearray(4); x = np.frombuffer(b, 'u1')",
        "x.tolist() == [0] * 4 and len(b) == 4",
        "two memories again",
        needs="numpy",
    ),
    exact(
        "a random generator of numpy, at its place",
        NP + "x = np.random.default_rng(3); x.random()",
        "y = np.random.default_rng(3); y.random()\nassert x.random() == y.random()",
        needs="numpy",
    ),
    exact(
        "a random state of the old kind",
        NP + "x = np.random.RandomState(3); x.rand()",
        "y = np.random.RandomState(3); y.rand()\nassert x.rand() == y.rand()",
        needs="numpy",
    ),
    exact(
        "a type of arrays and a universal function",
        NP + "x = np.dtype('<i4'), np.add",
        "x[0] == np.int32 and x[1] is np.add",
        needs="numpy",
    ),
    exact(
        "a function of arrays", NP + "x = np.vectorize(lambda a: a + 1)", "x([1, 2]).tolist() == [2, 3]", needs="numpy"
    ),
    exact(
        "a polynomial",
        NP + "x = np.polynomial.Polynomial([1, 2]), np.poly1d([1, 0])",
        "x[0](3) == 7 and x[1](3) == 3",
        needs="numpy",
    ),
    exact(
        "constants by identity", NP + "x = np.newaxis, np.nan, np.inf", "x[0] is None and x[2] == np.inf", needs="numpy"
    ),
    lost("an iterator of an array", NP + "x = np.arange(3).flat", "flatiter", "list(x) == [0, 1, 2]", needs="numpy"),
    recipe(
        "an array in a file",
        NP + "x = np.memmap('@@/m', dtype='i4', mode='w+', shape=(4,)); x[:] = 7",
        "isinstance(x, np.memmap) and x.tolist() == [7] * 4",
        "flushed, and mapped again",
        needs="numpy",
    ),
    lost(
        "a file of arrays",
        NP + "np.savez('@@/z.npz', a=[1]); x = np.load('@@/z.npz')",
        "archive",
        "x['a'].tolist() == [1]",
        needs="numpy",
    ),
]

PANDAS = [
    exact(
        "a data frame",
        PD + "x = pd.DataFrame({'a': [1, 2], 'b': ['x', None], 'c': [1.5, np.nan]})",
        "x.equals(pd.DataFrame({'a': [1, 2], 'b': ['x', None], 'c': [1.5, np.nan]}))\nx.loc[0, 'a'] = 9; x['d'] = 1",
        needs="pandas numpy",
    ),
    exact(
        "a frame of 16 MB",
        PD + "x = pd.DataFrame(np.arange(2_000_000.).reshape(-1, 4), columns=list('abcd'))",
        "x.shape == (500_000, 4) and x['d'].iloc[-1] == 1_999_999",
        needs="pandas numpy",
    ),
    exact(
        "a frame with two levels of rows and columns",
        PD
        + "x = pd.DataFrame([[1, 2]], index=pd.MultiIndex.from_tuples([('a', 1)], names=['p', 'q']), columns=pd.MultiIndex.from_product([['u'], [1, 2]]))",
        "x.loc[('a', 1), ('u', 2)] == 2 and x.index.names == ['p', 'q']",
        needs="pandas numpy",
    ),
    exact(
        "a series",
        PD + "x = pd.Series([1, 2], index=['a', 'b'], name='s')",
        "x['b'] == 2 and x.name == 's'",
        needs="pandas numpy",
    ),
    exact(
        "a column of a frame",
        PD + "df = pd.DataFrame({'a': [1, 2]}); x = df['a']",
        "list(x) == [1, 2]\nx.iloc[0] = 5\nassert list(df['a']) == [1, 2]",
        "apart, as pandas has it since version 3",
        needs="pandas numpy",
    ),
    exact(
        "categories",
        PD + "x = pd.Series(pd.Categorical(['a', 'b', 'a'], ordered=True))",
        "x.cat.ordered and x.cat.codes.tolist() == [0, 1, 0]",
        needs="pandas numpy",
    ),
    exact(
        "times with zones",
        PD + "x = pd.date_range('2024-01-01', periods=3, tz='Europe/Paris')",
        "str(x.tz) == 'Europe/Paris' and x.freqstr == 'D' and len(x) == 3",
        needs="pandas numpy",
    ),
    exact(
        "a time, a span, a period, an interval",
        PD + "x = pd.Timestamp('2024-01-01', tz='UTC'), pd.Timedelta('1D'), pd.Period('2024-01'), pd.Interval(0, 1)",
        "x[0].tz is not None and x[1].days == 1 and str(x[2]) == '2024-01' and 1 in x[3]",
        needs="pandas numpy",
    ),
    exact("missing values", PD + "x = [pd.NA, pd.NaT]", "x[0] is pd.NA and x[1] is pd.NaT", needs="pandas numpy"),
    exact(
        "nullable numbers and flags",
        PD
        + "x = pd.DataFrame({'a': pd.array([1, None], dtype='Int64'), 'b': pd.array([True, None], dtype='boolean')})",
        "x.dtypes.astype(str).tolist() == ['Int64', 'boolean'] and x['a'].isna().tolist() == [False, True]",
        needs="pandas numpy",
    ),
    exact(
        "sparse columns",
        PD + "x = pd.Series(pd.arrays.SparseArray([0, 0, 1]))",
        "x.sparse.density == 1 / 3",
        needs="pandas numpy",
    ),
    exact(
        "a column of objects",
        PD + "i = [1]; x = pd.DataFrame({'a': [i, {}]}, dtype=object)",
        "x['a'][0] is i",
        needs="pandas numpy",
    ),
    exact(
        "attributes of a frame",
        PD + "x = pd.DataFrame({'a': [1]}); x.attrs['source'] = 's'",
        "x.attrs == {'source': 's'}",
        needs="pandas numpy",
    ),
    exact(
        "an index of each kind",
        PD
        + "x = [pd.RangeIndex(3), pd.Index(['a']), pd.CategoricalIndex(['a']), pd.IntervalIndex.from_breaks([0, 1]), pd.period_range('2024', periods=2, freq='Y')]",
        "[len(i) for i in x] == [3, 1, 1, 1, 2]",
        needs="pandas numpy",
    ),
    exact(
        "a grouping",
        PD + "df = pd.DataFrame({'a': [1, 1, 2], 'b': [1, 2, 3]}); x = df.groupby('a')",
        "x['b'].sum().tolist() == [3, 3]",
        needs="pandas numpy",
    ),
    exact(
        "a rolling window", PD + "x = pd.Series([1., 2., 3.]).rolling(2)", "x.sum().iloc[2] == 5", needs="pandas numpy"
    ),
    exact(
        "an offset",
        PD + "x = pd.offsets.MonthEnd(2)",
        "str(pd.Timestamp('2024-01-15') + x)[:10] == '2024-02-29'",
        needs="pandas numpy",
    ),
    exact(
        "two names of one frame",
        PD + "x = pd.DataFrame({'a': [1]}); y = x",
        "x is y\ny['b'] = 2\nassert 'b' in x",
        needs="pandas numpy",
    ),
    exact(
        "a frame of the job's subclass",
        PD + "class F(pd.DataFrame):\n    @property\n    def _constructor(self): return F\nx = F({'a': [1]})",
        "type(x) is F and type(x[x.a > 0]) is F",
        needs="pandas numpy",
    ),
    exact(
        "a description of a frame",
        PD + "x = pd.DataFrame({'a': [1]}).describe()",
        "x.loc['mean', 'a'] == 1",
        needs="pandas numpy",
    ),
]
