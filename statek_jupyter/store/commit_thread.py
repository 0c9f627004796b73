"""The one thread of a process that commits, so that an interrupt or a busy event loop cannot hurt a commit.

Work arrives as functions of the root. Those that wait while a commit is under way share the next one, so that jobs that
run at once do not wait for one another's fsync. A function may run several times: when one that shares its transaction
fails, and when somebody else changed the same objects; then it runs again on a fresh snapshot, from the second time on
while holding the commit queue, where nobody can interfere.
"""

from __future__ import annotations

import queue
import random
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

from persistent import Persistent
from transaction.interfaces import TransientError

from statek_jupyter.errors import StoreBusyError, StoreClosedError, StoreFullError
from statek_jupyter.store.commit_tasks import Checkout, Errand, Task
from statek_jupyter.store.faults import explain
from statek_jupyter.store.session import Session

T = TypeVar("T")

MAX_ATTEMPTS = 12
"""Tries of one transaction before `StoreBusyError`. Local stores need two."""
FIRST_PAUSE_SECONDS = 0.005
MOST_TOGETHER = 32
"""Tasks in one transaction."""
TIDY_EVERY = 16
"""Commits between two looks at the size of the write-ahead log; the first commit looks too."""
ROOM_CHECK_SECONDS = (0.1, 5.0)
"""Shortest and longest pause between tries while a full disk is waited for."""


class CommitThread:
    """See the module's text.

    Args:
        where: The store, for errors.
        open_session: Makes the thread's sessions.
        entry: The commit queue, or None where one process is alone or a server orders commits.
        committed: Called after each commit with the numbers of the jobs it changed, on this thread.
        tidy: Called when nothing waits for the answer any more.
    """

    def __init__(
        self,
        where: str,
        open_session: Callable[[], Session],
        entry: AbstractContextManager[Any] | None,
        committed: Callable[[tuple[int, ...]], None],
        tidy: Callable[[], object],
    ) -> None:
        self._where = where
        self._open_session = open_session
        self._entry: AbstractContextManager[Any] = entry if entry is not None else nullcontext()
        self._committed = committed
        self._tidy = tidy
        self._tasks: queue.SimpleQueue[Task[Any] | Errand | Checkout | None] = queue.SimpleQueue()
        self._put_back: list[Errand | Checkout | None] = []
        """What was found behind tasks, at most one."""
        self._closing = threading.Event()
        self._putting = threading.Lock()
        """So that nothing is put behind the end, where nobody would serve it."""
        self._untidied = TIDY_EVERY
        self._thread = threading.Thread(target=self._serve, name=f"statek store {where}", daemon=True)
        self._thread.start()

    def put(self, task: Task[Any] | Errand | Checkout) -> None:
        with self._putting:
            if self._closing.is_set():
                raise closed_error(self._where)
            self._tasks.put(task)

    def is_current(self) -> bool:
        """Whether the caller runs on this thread."""
        return threading.current_thread() is self._thread

    def close(self) -> None:
        """Finish what was put before, then end the thread."""
        with self._putting:
            self._closing.set()
            self._tasks.put(None)
        self._thread.join()

    # --- on the thread ------------------------------------------------------------------------------

    def _serve(self) -> None:
        session: Session | None = None
        while (order := self._next()) is not None:
            if isinstance(order, Checkout):
                self._lend(order)
            elif isinstance(order, Errand):
                self._go(order)
            elif tasks := [task for task in order if task.future.set_running_or_notify_cancel()]:
                session = session or self._open_session()
                if len(tasks) == 1 or not self._run_together(tasks, session):
                    for task in tasks:
                        self._run(task, session)
                tasks.clear()
            order = None
        if session is not None:
            session.close()

    def _next(self) -> list[Task[Any]] | Errand | Checkout | None:
        """What to do next; all tasks that wait are done at once. None at the end."""
        tasks: list[Task[Any]] = []
        while True:
            try:
                found = self._put_back.pop() if self._put_back else self._tasks.get(block=not tasks)
            except queue.Empty:
                return tasks
            if not isinstance(found, Task):
                if not tasks:
                    return found
                self._put_back.append(found)
                return tasks
            tasks.append(found)
            if len(tasks) == MOST_TOGETHER:
                return tasks

    def _run_together(self, tasks: list[Task[Any]], session: Session) -> bool:
        """Several tasks as one transaction, with one fsync; False when anything speaks against it: nothing is changed.

        Who made it fail is not looked for: each task then has a transaction of its own.
        """
        try:
            root = session.begin()
            results = [plain(task.work(root)) for task in tasks]
            changed = session.commit()
        except BaseException as error:
            session.abort()
            if explain(error, self._where) is not None:
                session.forget()
            return False
        self._committed(changed)
        for task, result in zip(tasks, results, strict=True):
            task.future.set_result(result)
        self._keep_tidy()
        return True

    def _run(self, task: Task[T], session: Session) -> None:
        try:
            result, changed = self._perform(task, session)
        except BaseException as error:
            task.future.set_exception(error)
            return
        if changed is not None:
            self._committed(changed)
        task.future.set_result(result)
        self._keep_tidy()

    def _perform(self, task: Task[T], session: Session) -> tuple[T, tuple[int, ...] | None]:
        pause = ROOM_CHECK_SECONDS[0]
        attempt = 0
        while True:
            attempt += 1
            try:
                with nullcontext() if attempt == 1 else self._entry:
                    return self._attempt(task, session)
            except TransientError as error:
                full = explain(error, self._where)
                if attempt >= MAX_ATTEMPTS and not isinstance(full, StoreFullError):
                    raise StoreBusyError(
                        self._where, f"other processes changed the same objects {attempt} times; try again"
                    ) from error
                _pause(attempt)
            except StoreFullError:
                if not task.wait_for_room or self._is_over(task, pause):
                    raise
                pause = min(pause * 2, ROOM_CHECK_SECONDS[1])

    def _is_over(self, task: Task[Any], seconds: float) -> bool:
        """Wait; True as soon as nobody wants the task's result any more or the store closes."""
        deadline = time.monotonic() + seconds
        while not self._closing.is_set() and time.monotonic() < deadline:
            if task.given_up.wait(ROOM_CHECK_SECONDS[0]):
                return True
        return self._closing.is_set()

    def _attempt(self, task: Task[T], session: Session) -> tuple[T, tuple[int, ...] | None]:
        try:
            result = task.work(session.begin())
            changed = session.commit()
        except BaseException as error:
            self._undo(session, error)
            raise
        return plain(result), changed

    def _undo(self, session: Session, error: BaseException) -> None:
        session.abort()
        if isinstance(error, TransientError):
            return
        found = explain(error, self._where)
        if found is not None:
            session.forget()
            raise found from error

    def _go(self, errand: Errand) -> None:
        try:
            with self._entry:
                errand.work()
        except BaseException as error:
            errand.future.set_exception(explain(error, self._where) or error)
        else:
            errand.future.set_result(None)
        self._keep_tidy()

    def _lend(self, checkout: Checkout) -> None:
        with self._entry:
            session = self._open_session()
            try:
                self._follow(checkout, session)
            finally:
                session.close()
        self._keep_tidy()

    def _follow(self, checkout: Checkout, session: Session) -> None:
        try:
            root = session.begin()
        except BaseException as error:
            checkout.begun.set_exception(error)
            return
        checkout.begun.set_result(root)
        if not checkout.order():
            session.abort()
            checkout.ended.set_result(None)
            return
        try:
            changed = session.commit()
        except BaseException as error:
            session.abort()
            session.forget()
            checkout.ended.set_exception(explain(error, self._where) or error)
            return
        self._committed(changed)
        checkout.ended.set_result(None)

    def _keep_tidy(self) -> None:
        self._untidied += 1
        if self._untidied < TIDY_EVERY:
            return
        self._untidied = 0
        try:
            self._tidy()
        except Exception as error:
            if explain(error, self._where) is None:
                raise


def plain(value: T) -> T:
    """The value, unless it is a stored object, which must not leave its transaction."""
    if isinstance(value, Persistent) and value._p_jar is not None:
        raise TypeError(f"{type(value).__name__} belongs to its transaction: return plain data made from it")
    return value


def closed_error(where: str) -> StoreClosedError:
    """What every use of a closed store raises."""
    return StoreClosedError(where, "it was closed; open it again with open_store")


def _pause(attempt: int) -> None:
    time.sleep(random.uniform(0.2, 1.0) * min(FIRST_PAUSE_SECONDS * 2**attempt, 0.5) if attempt > 1 else 0.0)
