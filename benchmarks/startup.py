"""What starting costs: ``import statek_jupyter`` and ``%load_ext``, in fresh processes, against the bare ones.

The goal of both is under 0.3 s. Each program is started several times in turn; the best time of each counts, because
everything else on the machine only adds to it.
"""

from __future__ import annotations

import subprocess
import sys
import time

PROGRAMS = {
    "python -c pass": "pass",
    "import IPython": "from IPython.core.interactiveshell import InteractiveShell as S; S.instance()",
    "import statek_jupyter": "import statek_jupyter",
    "%load_ext statek_jupyter": (
        "from IPython.core.interactiveshell import InteractiveShell as S; "
        "S.instance().run_line_magic('load_ext', 'statek_jupyter')"
    ),
}
BASES = {"import statek_jupyter": "python -c pass", "%load_ext statek_jupyter": "import IPython"}


def seconds(program: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def main(rounds: int = 7) -> None:
    best = dict.fromkeys(PROGRAMS, float("inf"))
    for _ in range(rounds):
        for name, program in PROGRAMS.items():
            best[name] = min(best[name], seconds(program))
    for name, base in BASES.items():
        added = best[name] - best[base]
        alone = f"{base} ({best[base] * 1e3:.0f} ms)"
        print(f"{name:<28}{added * 1e3:7.0f} ms more than {alone}, {added / 0.3:.2f} of the goal")


if __name__ == "__main__":
    main()
