"""The whole path in real parts: a kernel, a cell, a model over HTTP, a SIGKILL inside a statement, a new kernel."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from tests.notebook.kernel import Kernel
from tests.provider import Provider
from tests.waiting import eventually

WARMUP = """
%%statek_job analysis --model openai/demo --ask "What is the mean?" --with path --no-wait
def effect(text):
    with open(path, 'a') as file:
        file.write(text + '\\n')
effect('warmup 1')
# --------------------
numbers = [1, 2, 3]
print('numbers:', numbers)
"""

DEFINE = """
I define what I need.

```python
import math
import pandas as pd
import matplotlib.pyplot as plt

class Summary:
    unit = 'kg'
    def __init__(self, values): self.values = values
    def mean(self): return sum(self.values) / len(self.values)

def describe(summary):
    return f'{summary.mean():.1f} {summary.unit}'

frame = pd.DataFrame({'n': numbers, 'root': [math.sqrt(n) for n in numbers]})
summary = Summary(numbers)
plt.plot(frame['n'], frame['root'])
plt.title('roots')
plt.show()
effect('define')
frame
```
"""

WAIT = """
```python
effect('before the kill')
import os, time
polls = 0
while not os.path.exists(path + '.go'):
    polls += 1
    time.sleep(0.01)
effect('after the kill')
print(describe(summary), isinstance(summary, Summary), math.floor(frame['root'].sum()))
```
"""

RESULT = "import statek_jupyter as sj; h = sj.open_store().job({id!r}).wait(60); print(h.status.name, h.result)"


@pytest.mark.kill
@pytest.mark.kernel
@pytest.mark.timeout(180)
def test_a_job_outlives_its_kernel(tmp_path: Path, provider: Provider) -> None:
    """Killed inside a statement, the job ends right in a new kernel; nothing is asked, paid or done twice."""
    path, store = tmp_path / "effects.txt", tmp_path / "store"
    provider.script("demo", [DEFINE, WAIT, "The mean is 2.0 kg."])
    with Kernel(store) as kernel:
        kernel.run(f"path = {str(path)!r}")
        started = kernel.run(WARMUP.strip())
        assert started.status == "ok", started.error
        job_id = kernel.value("_job.id").strip("'")
        eventually(lambda: path.exists() and "before the kill" in path.read_text(), timeout=60)
        eventually(lambda: kernel.value("_job.locals.get('polls', 0) or _job.read(lambda j: j.next_instr_num)") != "0")
        kernel.kill()
    assert [len(provider.requests("demo")), path.read_text().split("\n")[:-1]] == [
        2,
        ["warmup 1", "define", "before the kill"],
    ]
    Path(f"{path}.go").touch()
    with Kernel(store) as kernel:
        ended = kernel.run(RESULT.format(id=job_id))
        assert ended.text == "DONE The mean is 2.0 kg.\n", ended
        assert kernel.run("print(h.console[-1])").text == "2.0 kg True 4\n\n"
        checks = kernel.run(
            dedent("""
            values = h.locals
            print(values['frame'].shape, values['describe'](values['summary']), values['numbers'])
            images = [o for item in h.chat_log for o in item.outputs if o.data and 'image/png' in o.data]
            print(len(images), images[0].text, h.usage.num_calls, h.turns)
            """)
        )
        assert checks.text == "(3, 2) 2.0 kg [1, 2, 3]\n1 <Figure 640×480: roots> 3 3\n", checks
    assert len(provider.requests("demo")) == 3
    assert path.read_text().split("\n")[:-1] == ["warmup 1", "define", "before the kill", "after the kill"]
