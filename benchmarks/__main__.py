"""Every benchmark, one after the other: ``python -m benchmarks [name ...]``. Compare figures of one run only."""

from __future__ import annotations

import platform
import runpy
import sys

NAMES = ("startup", "commit", "statement", "loop", "long_job", "locals", "history", "waiting", "calls")


def main(names: list[str]) -> None:
    print(f"Python {platform.python_version()} on {platform.system()} {platform.machine()}")
    for name in names or NAMES:
        if name not in NAMES:
            sys.exit(f"no benchmark {name!r}: there are {', '.join(NAMES)}")
        print(f"\n=== {name}", flush=True)
        sys.argv = [name]
        runpy.run_module(f"benchmarks.{name}", run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1:])
