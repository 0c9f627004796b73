"""What callers hand to the commit thread, and how they wait: also through Ctrl-C, so that the outcome is known."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from statek_jupyter.store.root import Root

T = TypeVar("T")


class CommitInterrupted(KeyboardInterrupt):
    """Ctrl-C while a commit was waited for. The outcome is known: see `committed`.

    Args:
        committed: Whether the transaction is in the store.
        result: What the transaction's function returned, when it is.
    """

    def __init__(self, committed: bool, result: Any = None) -> None:
        super().__init__(committed, result)
        self.committed = committed
        self.result = result

    def __str__(self) -> str:
        return "interrupted; the transaction was committed" if self.committed else "interrupted; nothing was committed"


class Task(Generic[T]):
    """One function waiting for its commit, or committed."""

    def __init__(self, work: Callable[[Root], T], *, wait_for_room: bool = False) -> None:
        self.work = work
        self.wait_for_room = wait_for_room
        self.future: Future[T] = Future()
        self.given_up = threading.Event()
        """Set when nobody wants the result any more: no further try is started."""

    def give_up(self) -> None:
        self.given_up.set()
        self.future.cancel()

    def follow(self, put: Callable[[Task[T]], None]) -> T:
        """Hand the task over with `put` and wait for the commit.

        Raises:
            CommitInterrupted: Ctrl-C arrived meanwhile; says whether the commit happened.
        """
        try:
            put(self)
            return self.future.result()
        except KeyboardInterrupt as interrupt:
            self._settle()
            if self.future.cancelled() or self.future.exception() is not None:
                raise CommitInterrupted(False) from interrupt
            raise CommitInterrupted(True, self.future.result()) from interrupt

    def _settle(self) -> None:
        while True:
            try:
                self.give_up()
                if not self.future.cancelled():
                    self.future.exception()
                return
            except KeyboardInterrupt:
                continue


class Errand:
    """Work on the storage itself, outside of any transaction, while everybody else's commits wait."""

    def __init__(self, work: Callable[[], None]) -> None:
        self.work = work
        self.future: Future[None] = Future()


class Checkout:
    """The commit thread lent to a ``with store.transaction()`` block: it begins, waits for the block, and ends it."""

    def __init__(self) -> None:
        self.begun: Future[Root] = Future()
        self._order: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self.ended: Future[None] = Future()

    def begin(self) -> Root:
        return self.begun.result()

    def end(self, *, commit: bool) -> None:
        """Commit or abort, and wait until that is done, also through interrupts."""
        self._order.put(commit)
        error, interrupt = outcome(self.ended)
        if error is not None:
            raise error from interrupt
        if interrupt is not None:
            raise CommitInterrupted(commit) from interrupt

    def order(self) -> bool:
        """For the commit thread: wait for the block's end; True to commit."""
        return self._order.get()


def outcome(future: Future[Any]) -> tuple[BaseException | None, KeyboardInterrupt | None]:
    """Wait for the end, also through Ctrl-C: the error, and the interrupt that came meanwhile."""
    interrupt: KeyboardInterrupt | None = None
    while True:
        try:
            return future.exception(), interrupt
        except KeyboardInterrupt as caught:
            interrupt = caught
