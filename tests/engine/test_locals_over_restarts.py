"""A job's variables after its process ended: what was shared is shared, and what could not be kept is named."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

ONE_TURN = """
import json, sys
import statek_jupyter as sj
where, job_id, code = sys.argv[1:]
asked = []
def reply(messages, **request):
    asked.append("\\n".join(str(message["content"]) for message in messages))
    return f"```python\\n{code}\\n```" if len(asked) == 1 else "Done."
sj.register_model("steps", sj.FunctionModel(reply))
with sj.open_store(where) as store:
    if job_id:
        job = store.job(job_id)
        job.send("go on")
    else:
        job = store.submit(sj.JobDef(sj.Agent("steps", metadata={"MODEL": "function/steps"})), message="begin")
    with sj.Worker(store):
        job.wait(30)
        print(json.dumps({"id": job.id, "asked": asked[1], "printed": "".join(job.console)}))
"""


TURNS = (
    """
L = [1, 2]
L2 = L
class K:
    def __init__(self, n): self.n = n
    def double(self): return 2 * self.n
rate = 2
def price(n): return n * rate
gen = (n for n in L)
""",
    """
L.append(3)
k = K(4)
rate = 10
next(gen)
""",
    """
print("alias", L is L2, L2)
print("class", k.double(), type(k) is K)
print("global", price(3))
rate = 100
print("global", price(3))
class K:
    def double(self): return "new"
""",
    """
print("class", k.double(), type(k) is K, K().double())
""",
)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    """Of each turn, run in a process of its own: ``printed`` so far by the job, ``asked`` of the model after it."""
    where, job_id, found = str(tmp_path_factory.mktemp("restarts") / "store"), "", []
    for code in TURNS:
        command = [sys.executable, "-c", ONE_TURN, where, job_id, code.strip()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        found.append(json.loads(done.stdout.splitlines()[-1]))
        job_id = found[-1]["id"]
    return found


def printed(told: list[dict[str, str]], about: str) -> list[str]:
    """What the last turns printed about one thing."""
    return [line for line in told[-1]["printed"].splitlines() if line.startswith(about)]


def test_an_alias_is_an_alias_after_a_restart(told: list[dict[str, str]]) -> None:
    """``L2 = L`` in one turn, an append in the next, a look in a third, each in another process."""
    assert printed(told, "alias") == ["alias True [1, 2, 3]"]


def test_a_class_is_one_class_after_a_restart(told: list[dict[str, str]]) -> None:
    """Its instance is made in another process than it, and used in a third; it keeps it when that is redefined."""
    assert printed(told, "class") == ["class 8 True", "class 8 False new"]


def test_a_function_sees_a_global_that_a_later_turn_rebinds(told: list[dict[str, str]]) -> None:
    """Whichever process the function was defined by."""
    assert printed(told, "global") == ["global 30", "global 300"]


def test_a_lost_variable_is_told_at_once_and_named_later(told: list[dict[str, str]]) -> None:
    """The model hears of it in the same turn; after a restart its use says what it was and what made it."""
    assert "gen" in told[0]["asked"] and "a running generator has no stored form" in told[0]["asked"]
    for part in ("LostValueError", "gen (generator)", "gen = (n for n in L)"):
        assert part in told[1]["asked"]
