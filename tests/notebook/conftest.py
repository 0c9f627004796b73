"""A kernel that the tests of a module share: starting one takes seconds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.notebook.kernel import Kernel

MODELS = """
import statek_jupyter as sj
sj.register_model("quick", sj.ScriptedModel(["```python\\nb = a + 1\\nprint(b)\\n```", "b is 2", "and now 3"]))
sj.register_model("slow", ["```python\\nimport time\\nfor _ in range(20): time.sleep(0.1)\\n```", "slept"])
a = 1
"""


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """A kernel with the extension loaded, two scripted models and a variable ``a``."""
    folder = tmp_path_factory.mktemp("kernel")
    own = {"JUPYTER_RUNTIME_DIR": str(folder), "IPYTHONDIR": str(folder / "ipython")}
    with Kernel(folder / "store", own) as running:
        assert running.run(MODELS).status == "ok"
        yield running
