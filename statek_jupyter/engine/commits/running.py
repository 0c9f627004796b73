"""What is written while code runs: its progress, the end of a block, the beginning of the next one."""

from __future__ import annotations

import re
from dataclasses import replace

from statek_jupyter.engine.block import BlockEnd, Progress
from statek_jupyter.engine.commits.calls import settle_calls
from statek_jupyter.engine.commits.effects import apply_effects
from statek_jupyter.engine.commits.ending import Handlers, end_item, exit_job, finish
from statek_jupyter.engine.commits.held import Held, held_item, held_job
from statek_jupyter.engine.system_names import JobExit
from statek_jupyter.engine.turn import Part, item_parts
from statek_jupyter.executors.chat_log import ChatLogItem, CodeError, Output, ToolResult, WarmupLogItem
from statek_jupyter.executors.job import Job, JobDefError, JobStatus
from statek_jupyter.store.locals import LocalsChange, apply_change, class_changes
from statek_jupyter.store.root import Root


def keep_progress(root: Root, held: Held, item_id: int, progress: Progress) -> Handlers:
    """Keep what a block has done so far: variables, outputs, where to go on; and how it ended, when it has.

    Returns the handlers to call, when that was the end of the job by an error.
    """
    job = held_job(root, held)
    item = held_item(job, item_id)
    part = item_parts(item)[item.parts_done]
    _keep_change(job, item, progress.change)
    job.output_bytes += sum(output.size_bytes for output in progress.outputs)
    shown, told = _divided(progress.outputs) if part.is_tool_call else (progress.outputs, "")
    if shown:
        item.add_outputs(replace(output, part=item.parts_done) for output in shown)
    settle_calls(root, job, item, progress.calls)
    apply_effects(root, job, progress.effects)
    item.code_seconds += progress.seconds
    job.code_seconds += progress.seconds
    if progress.next_instr_num is not None:
        job.next_instr_num = progress.next_instr_num
    if progress.end is not None:
        _end_block(root, job, item, part, progress.end, told)
    job.touch()
    return job.take_error_handlers() if job.error is not None else ()


def _divided(outputs: tuple[Output, ...]) -> tuple[tuple[Output, ...], str]:
    """The outputs of a tool call: pictures and tables for the chat log, text for the tool's result."""
    rich = tuple(output for output in outputs if output.kind == "display")
    return rich, "".join(output.text for output in outputs if output.kind != "display")


def _keep_change(job: Job, item: ChatLogItem, change: LocalsChange | None) -> None:
    if change is None or change.is_empty:
        return
    changed = apply_change(job.py_env.local_state, change)
    item.locals_changes = {**(item.locals_changes or {}), **changed}
    classes = class_changes(job.py_env.local_state, change)
    if classes:
        item.class_changes = {**(item.class_changes or {}), **classes}
    if change.lost:
        item.add_outputs(
            Output("note", f"{lost.name} ({lost.type_name}) will not survive a restart: {lost.reason}")
            for lost in change.lost
        )


def _end_block(root: Root, job: Job, item: ChatLogItem, part: Part, end: BlockEnd, told: str) -> None:
    if end.outcome == "suspended":
        _suspend(root, job, end)
        return
    if part.call is not None:
        _add_tool_result(item, ToolResult(part.call.id, part.call.func_name, told, end.error))
    if end.outcome == "exited":
        end_item(job, item)
        exit_job(root, job, end.exit or JobExit())
    elif end.outcome == "failed" and (part.call is None or isinstance(item, WarmupLogItem)):
        _fail_code(root, job, item, end)
    else:
        _end_part(job, item)


def _suspend(root: Root, job: Job, end: BlockEnd) -> None:
    assert end.suspension is not None
    job.awaited_result = end.suspension.future
    job.awaiting_text = end.suspension.text
    if job.journal is not None and job.journal.answers._p_jar is not None:
        root._p_jar.readCurrent(job.journal.answers)  # an answer that comes now must not be missed
    root.suspend(job, end.suspension.waits)


def _add_tool_result(item: ChatLogItem, result: ToolResult) -> None:
    item.tool_results = (*item.tool_results, result)


def _end_part(job: Job, item: ChatLogItem) -> None:
    item.parts_done += 1
    job.next_instr_num = None
    if item.parts_done == len(item_parts(item)):
        end_item(job, item)
        _next_block(job, item)


def _fail_code(root: Root, job: Job, item: ChatLogItem, end: BlockEnd) -> None:
    """Code outside of tool calls failed: the calls that came with it are answered, not run."""
    item.error = end.error
    not_run = CodeError("NotRun", "not called, because the code before it failed")
    for part in item_parts(item)[item.parts_done + 1 :]:
        if part.call is not None:
            _add_tool_result(item, ToolResult(part.call.id, part.call.func_name, "", not_run))
    end_item(job, item)
    if isinstance(item, WarmupLogItem):
        _fail_warmup(root, job, end)


def _fail_warmup(root: Root, job: Job, end: BlockEnd) -> None:
    """Told in both places of the reference: at the definition, whose code it is, and at the job, which ends."""
    error = end.error or CodeError("RuntimeError", "the warmup code failed")
    job.job_def.set_error(_as_job_error(error))
    finish(root, job, _as_job_error(error))


def _as_job_error(error: CodeError) -> JobDefError:
    frames = re.findall(r"^  File .*\n(?:    .*\n?)*", error.traceback, re.MULTILINE)
    return JobDefError.told(error.type_name, error.message, frames or None)


def _next_block(job: Job, item: ChatLogItem) -> None:
    if isinstance(item, WarmupLogItem):
        begin_warmup(job, item.warmup_block_num + 1)


def begin_warmup(job: Job, number: int) -> None:
    """Make warmup block `number` the one that runs; after the last one the job is started."""
    if number < len(job.warmup_blocks):
        job.warmup_block_num = number
        job.chat_log.append(WarmupLogItem(number, job.warmup_blocks[number]))
    else:
        job.warmup_block_num = None
        job.set_status(JobStatus.STARTED)
