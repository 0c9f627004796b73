"""The part of a job that is about other jobs: its own subtasks, and being one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from statek_jupyter.executors.chat_log import ChatLog, SubTaskLogItem, UserLogItem
from statek_jupyter.executors.inbox import Inbox, Message, SubTaskEnded
from statek_jupyter.executors.job_status import JobStatus
from statek_jupyter.executors.sub_task_handler import SubTaskHandler, find_handler

if TYPE_CHECKING:
    from statek_jupyter.executors.roll_up import RollUp


class HasSubTasks:
    """Mixed into `Job`."""

    chat_log: ChatLog
    inbox: Inbox
    job_status: JobStatus
    sub_task: SubTaskHandler | None = None
    """What the job's parent knows of it; None for a job that is no subtask."""
    sub_tasks: Any = None
    """Number of each subtask to its handler, also of deleted ones; None while there are none."""
    below: RollUp | None = None
    """What the jobs below it used; None while there are none."""
    pending_notifications: tuple[SubTaskHandler, ...] = ()
    """Handlers given to `push_notification` that the chat log does not show yet, oldest first."""

    def reactivate(self) -> bool:
        """See `Job.reactivate`."""
        raise NotImplementedError

    def push_user_message(self, message: str) -> bool:
        """Add a message to the conversation; True when that brought a DONE job back.

        While code of the job runs or waits, the message keeps its place behind what the code will give.
        """
        if self._has_open_item():
            self.inbox.post(Message(message))
        else:
            self.chat_log.append(UserLogItem(message))
        return self.reactivate()

    def find_sub_task_handler(self, id: Any = None) -> SubTaskHandler | None:
        """The newest completed subtask, or the newest with this id; None when there is none.

        Raises:
            RuntimeError: No completed subtask has the id.
        """
        return find_handler(self._completed_sub_tasks(), id)

    def _completed_sub_tasks(self) -> Iterator[SubTaskHandler]:
        yield from reversed(self.pending_notifications)
        yield from (entry.handler for entry in reversed(self.inbox.pending()) if isinstance(entry, SubTaskEnded))
        yield from (entry.handler for entry in reversed(self.chat_log) if isinstance(entry, SubTaskLogItem))

    def push_notification(self, handler: SubTaskHandler) -> None:
        """Take note of a completed subtask; brings a DONE job back, else it waits for `flush_notifications`.

        Raises:
            RuntimeError: The subtask has not completed.
        """
        if not handler.is_completed:
            raise RuntimeError(f"sub-task id={handler.id} has not completed: only completed ones notify their parent")
        self.pending_notifications = (*self.pending_notifications, handler)
        if self.job_status is JobStatus.DONE:
            self.flush_notifications()
            self.reactivate()

    def flush_notifications(self) -> int:
        """Move pending notifications into the chat log; how many there were."""
        waiting = self.pending_notifications
        if waiting:
            self.pending_notifications = ()
        for handler in waiting:
            self.chat_log.append(SubTaskLogItem(handler))
        return len(waiting)

    def _has_open_item(self) -> bool:
        """Whether the last entry's code or answer is still to come: nothing may be put behind it now."""
        last = self.chat_log[-1] if len(self.chat_log) else None
        return last is not None and not isinstance(last, str) and not last.executed
