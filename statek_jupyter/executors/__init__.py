"""The stored model: what a job is. Imports `persistent` and `BTrees` only."""

# BTrees makes its submodules while it is imported, and `from BTrees.OOBTree import ...` does not wait for that: another
# thread that is importing it (a kernel opens its store in the background) would make us fail. This line waits.
import BTrees  # noqa: F401
