from collections.abc import Iterable
from typing import TypeVar

from persistent import Persistent

T = TypeVar("T")

class PersistentList(Persistent, list[T]):
    data: list[T]
    def __init__(self, initlist: Iterable[T] | None = None) -> None: ...
