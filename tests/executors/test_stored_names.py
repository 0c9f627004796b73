"""The stored names are a promise: databases hold them."""

from __future__ import annotations

import pickle
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass, fields
from importlib import import_module

import pytest
from persistent import Persistent

import statek_jupyter.executors
from statek_jupyter.executors.record import STORED_VALUES, stored
from statek_jupyter.executors.waits import MessageWait

PERSISTENT = """
agent:Agent
chat_log:ChatLog chat_log:ChatLogItem chat_log:LLM_LogItem chat_log:OutputPage chat_log:Payload chat_log:SubTaskLogItem
chat_log:SystemLogItem chat_log:UserLogItem chat_log:WarmupLogItem
external_refs:ExternalRefs
history:GivenLocals history:HistoryMark
future:FutureElement future:FutureResult
inbox:Inbox
journal:CallJournal journal:CallPage
job:Job job_def:JobDef job_def:JobDefError job_origin:JobOrigin job_tally:JobTally
log_page:LogPage
pyenv:LocalState pyenv:PyEnv
roll_up:RollUp
sub_task_handler:LargeOutcome sub_task_handler:SubTaskHandler
""".split()

VALUES = {
    "chat_log:Attempt": "number started_at ended_at outcome error_kind error_message",
    "chat_log:CodeError": "type_name message traceback line statement",
    "chat_log:Output": "kind text data statement part",
    "chat_log:ToolResult": "call_id name text error",
    "code_block:CallSpec": "id func_name args kwargs",
    "history:ForkPoint": "job turn usage below",
    "history:JobEnd": "exited exit_status exit_variable answer error stop_reason",
    "inbox:Message": "text data id sent_at",
    "inbox:ResumeRequest": "id sent_at",
    "inbox:StopRequest": "reason id sent_at subtree",
    "inbox:SubTaskEnded": "handler id sent_at",
    "journal:CallAnswer": "retry value answered_at failed",
    "journal:CallEntry": "id name policy fingerprint arguments state begun_at ended_at outcome note data outputs",
    "journal:CallNote": "id name arguments state begun_at outcome seconds note",
    "job_origin:Lease": "worker token",
    "limits:JobLimits": "max_turns budget_usd timeout_seconds max_subtasks max_depth max_output_mb",
    "locale:StatekLocale": "lang_code country_code",
    "model_choice:ModelName": "text model family provider",
    "sub_task_handler:TaskError": "err_message",
    "tool:Tool": "name retry function description parameters signature error_handler is_async takes_idempotency_key "
    "is_temporal",
    "usage:CallUsage": "model input_tokens cached_tokens output_tokens reasoning_tokens cost_usd cost_source pricing "
    "seconds bytes_sent bytes_received estimated context_limit",
    "usage:LLM_Usage": "context_bytes total_bytes_sent total_bytes_received total_input_tokens total_cached_tokens "
    "total_output_tokens total_reasoning_tokens total_reported_cost total_known_cost unknown_cost_calls num_calls "
    "model_seconds estimated by_model timed_output_tokens retries",
    "usage:ModelPricing": "input_price_per_M input_price_per_cached_M output_price_per_M",
    "waits:AnswerWait": "call",
    "waits:ConditionWait": "",
    "waits:EventWait": "name",
    "waits:JobWait": "number",
    "waits:MessageWait": "",
    "waits:TimeWait": "until",
}
"""Fields in stored order: add at the end, with a default; never remove or move one."""

OTHERS = {
    "chat_style:ChatStyle",
    "code_block:CodeBlock",
    "error_handler:ErrorHandler",
    "job_status:JobStatus",
    "model_choice:TaskDifficulty",
    "stored_callable:StoredCallable",
    "stored_callable:StoredValue",
    "stored_callable:_stored_value",
}
"""Enums, values that pickle by their constructor, and what they are made again by."""


def _short(name: str) -> str:
    return name.removeprefix("statek_jupyter.executors.")


def _modules() -> Iterator[str]:
    for module in pkgutil.iter_modules(statek_jupyter.executors.__path__):
        yield f"statek_jupyter.executors.{module.name}"


def test_names_of_persistent_classes_are_frozen() -> None:
    """Moving or renaming one makes stored jobs unreadable: it needs a migration first."""
    found = set()
    for name in _modules():
        for one in vars(import_module(name)).values():
            if isinstance(one, type) and issubclass(one, Persistent) and one.__module__ == name:
                found.add(_short(f"{name}:{one.__qualname__}"))
    assert found == set(PERSISTENT)


def test_names_and_fields_of_stored_values_are_frozen() -> None:
    """Their state is the list of their fields, so order counts."""
    for name in _modules():
        import_module(name)
    ours = {name: one for name, one in STORED_VALUES.items() if name.startswith("statek_jupyter.executors.")}
    assert {_short(name): " ".join(field.name for field in fields(one)) for name, one in ours.items()} == VALUES


@pytest.mark.parametrize("name", sorted(OTHERS))
def test_other_stored_names_are_frozen(name: str) -> None:
    """They are found where records look for them."""
    module, _, attribute = name.partition(":")
    found = getattr(import_module(f"statek_jupyter.executors.{module}"), attribute)
    assert (found.__module__, found.__qualname__) == (f"statek_jupyter.executors.{module}", attribute)


@stored
@dataclass(frozen=True, slots=True)
class Grown:
    first: int
    second: tuple[int, ...] = (2,)


def test_a_value_written_before_a_field_was_added_reads_its_default() -> None:
    """An old record holds fewer fields than the class has now."""
    old = Grown.__new__(Grown)
    old.__setstate__([1])  # type: ignore[attr-defined]
    assert old == Grown(1)
    assert pickle.loads(pickle.dumps(Grown(1, (3,)))) == Grown(1, (3,))


def test_a_value_without_fields_is_stored() -> None:
    """Its class says it all."""
    assert pickle.loads(pickle.dumps(MessageWait())) == MessageWait()


def test_a_value_written_by_a_newer_version_is_still_read() -> None:
    """Fields we do not know are left out."""
    newer = Grown.__new__(Grown)
    newer.__setstate__([1, (5,), "unknown"])  # type: ignore[attr-defined]
    assert newer == Grown(1, (5,))
