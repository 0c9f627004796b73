"""Output of concurrent jobs and of the user lands where it belongs."""

from __future__ import annotations

import contextlib
import io
import logging
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from statek_jupyter.engine.job_room import SPENT_FLOOR, JobRoom
from statek_jupyter.engine.sink import DATA_LIMIT, STREAM_LIMIT, Sink, copied_into, current_sink
from statek_jupyter.engine.streams import SinkStream, install_output, uninstall_output
from statek_jupyter.engine.worker import Worker
from statek_jupyter.executors.agent import Agent
from statek_jupyter.executors.chat_log import ChatLogItem, Payload
from statek_jupyter.executors.job import JobDef
from statek_jupyter.executors.limits import JobLimits
from statek_jupyter.llm.registry import register_model
from statek_jupyter.llm.scripted import FunctionModel
from statek_jupyter.store import Store
from tests.waiting import eventually


@contextlib.contextmanager
def user_stream() -> Iterator[io.StringIO]:
    """What the user's own cells print to. Not a fixture: pytest puts its own streams back between set-up and test."""
    stream = io.StringIO()
    before = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = stream
    install_output()
    try:
        yield stream
    finally:
        uninstall_output()
        sys.stdout, sys.stderr = before


def in_job(sink: Sink, *lines: str) -> None:
    """Print lines as a job would, on the calling thread."""
    token = sink.activate()
    for line in lines:
        print(line)
    sink.deactivate(token)


def test_twenty_jobs_and_the_user_print_at_once_and_no_line_strays() -> None:
    """Each sink holds its own job's lines in order; the user's stream holds the user's."""
    with user_stream() as stream:
        sinks = [Sink() for _ in range(20)]
        start = threading.Barrier(21)

        def job(number: int) -> None:
            start.wait()
            for line in range(50):
                in_job(sinks[number], f"job {number} line {line}")

        with ThreadPoolExecutor(20) as pool:
            futures = [pool.submit(job, number) for number in range(20)]
            start.wait()
            for line in range(50):
                print(f"user line {line}")
            for future in futures:
                future.result()
        for number, sink in enumerate(sinks):
            (output,) = sink.take()
            assert output.text == "".join(f"job {number} line {line}\n" for line in range(50))
        assert stream.getvalue() == "".join(f"user line {line}\n" for line in range(50))


def test_streams_displays_and_errors_keep_their_order() -> None:
    """Outputs come back in the order they were made."""
    with user_stream():
        sink = Sink()
        token = sink.activate()
        print("one")
        print("two", file=sys.stderr)
        sink.display({"text/plain": "three", "text/html": "<b>three</b>"})
        print("four")
        sink.deactivate(token)
        assert [(o.kind, o.text) for o in sink.take(7)] == [
            ("stdout", "one\n"),
            ("stderr", "two\n"),
            ("display", "three"),
            ("stdout", "four\n"),
        ]


def test_a_thread_started_by_a_job_writes_to_the_job() -> None:
    """Threads and pools of job code inherit its sink; threads of the user do not get one."""
    with user_stream() as stream:
        sink = Sink()
        token = sink.activate()
        thread = threading.Thread(target=lambda: print("from a thread"))
        thread.start()
        thread.join()
        with ThreadPoolExecutor(1) as pool:
            pool.submit(print, "from a pool").result()
        sink.deactivate(token)
        free = threading.Thread(target=lambda: print("user", current_sink()))
        free.start()
        free.join()
        assert sink.take()[0].text == "from a thread\nfrom a pool\n"
        assert stream.getvalue() == "user None\n"


def test_log_lines_of_a_job_are_its_output() -> None:
    """Also through a log handler that was made before the first job ran."""
    with user_stream() as stream:
        uninstall_output()
        handler = logging.StreamHandler()
        logging.getLogger().addHandler(handler)
        install_output()
        sink = Sink()
        token = sink.activate()
        try:
            logging.getLogger("x").error("logged")
        finally:
            sink.deactivate(token)
            logging.getLogger().removeHandler(handler)
        text = sink.take()[0].text
        assert text == "logged\n" and stream.getvalue() == ""


def test_an_endless_print_keeps_both_ends_and_little_memory() -> None:
    """The middle is left out and counted."""
    with user_stream():
        sink = Sink()
        for number in range(40_000):
            sink.write("stdout", f"{number:>99}\n")
        text = sink.take()[0].text
        assert len(text) < STREAM_LIMIT * 1.1
        assert text.startswith(f"{0:>99}\n") and text.endswith(f"{39_999:>99}\n") and "characters left out" in text


def test_one_huge_line_is_cut_too() -> None:
    """A single write of many megabytes does not fill the store."""
    with user_stream():
        sink = Sink()
        sink.write("stdout", "a" * (3 * STREAM_LIMIT) + "z")
        text = sink.take()[0].text
        assert len(text) < STREAM_LIMIT * 2 and text.endswith("z") and "characters left out" in text


def test_large_display_data_becomes_an_object_of_its_own() -> None:
    """A picture does not lie in the record that is written again with each output."""
    with user_stream():
        sink = Sink()
        sink.display({"text/plain": "<Figure>", "image/png": b"x" * 100_000})
        (output,) = sink.take()
        assert output.data is not None and isinstance(output.data["image/png"], Payload)


def test_a_closed_sink_takes_nothing_more() -> None:
    """Code that was left behind cannot write into its job any more."""
    with user_stream() as stream:
        sink = Sink()
        sink.close()
        in_job(sink, "late")
        assert sink.take() == () and stream.getvalue() == ""


def test_installing_twice_wraps_once() -> None:
    """The proxy never wraps itself."""
    with user_stream() as stream:
        install_output()
        assert isinstance(sys.stdout, SinkStream) and sys.stdout.beneath is stream


def test_a_job_cannot_reach_the_users_terminal_through_its_stream() -> None:
    """No file descriptor, no tty, and closing it closes nothing."""
    with user_stream() as stream:
        sink = Sink()
        token = sink.activate()
        assert not sys.stdout.isatty()
        with pytest.raises(io.UnsupportedOperation):
            sys.stdout.fileno()
        sys.stdout.close()
        sink.deactivate(token)
        print("still here")
        assert stream.getvalue() == "still here\n"


def test_output_that_changes_streams_is_limited_too() -> None:
    """The limit is for all a statement prints, not for each run of one stream; both ends are kept."""
    sink = Sink()
    for number in range(30_000):
        sink.write("stdout", f"out {number}\n" * 20)
        sink.write("stderr", f"err {number}\n" * 20)
    outputs = sink.take()
    assert sum(len(output.text) for output in outputs) < STREAM_LIMIT * 1.1 and len(outputs) < 2_100
    assert outputs[0].text.startswith("out 0\n") and outputs[-1].text.endswith("err 29999\n")
    assert any(output.kind == "note" and "left out" in output.text for output in outputs)


def test_pictures_are_limited_too() -> None:
    """A loop that draws for ever fills neither memory nor the store."""
    sink = Sink()
    for _ in range(200):
        sink.display({"text/plain": "<Figure>", "image/png": b"x" * 1_000_000})
    assert 10 <= len([output for output in sink.take() if output.data]) <= 12


def test_statements_of_a_block_share_their_room() -> None:
    """What many of them print together is limited; each may print what a model can be shown."""
    sink = Sink()
    sink.begin()
    kept = 0
    for number in range(20):
        sink.write("stdout", "x" * 1_000_000)
        kept += sum(len(output.text) for output in sink.take(number))
    assert STREAM_LIMIT < kept < STREAM_LIMIT * 2
    sink.begin()
    sink.write("stdout", "y" * 500_000)
    assert len(sink.take()[0].text) == 500_000


def test_a_progress_bar_shows_its_last_state() -> None:
    """A carriage return goes back to the line's start; Windows line ends stay ends."""
    sink = Sink()
    for percent in range(101):
        sink.write("stderr", f"\r{percent:3}% |{'#' * (percent // 10)}")
    sink.write("stderr", "\nlonger\rab\r\nend\r")
    assert sink.take()[0].text == "100% |##########\nabnger\nend"


def test_a_tool_that_prints_without_end_keeps_a_part_with_its_call() -> None:
    """The journal's copy has a limit as well."""
    sink, copies = Sink(), list[Any]()
    with copied_into(copies):
        for _ in range(50):
            sink.write("stdout", "x" * 100_000)
    assert sum(len(copy.text) for copy in copies) < STREAM_LIMIT * 1.1 and copies[-1].kind == "note"


def test_the_calls_of_a_block_share_what_is_kept_with_them() -> None:
    """A loop over a tool that prints does not fill the journal either."""
    sink, calls = Sink(), [list[Any]() for _ in range(20)]
    token = sink.activate()
    for copies in calls:
        with copied_into(copies):
            print("x" * 200_000)
    sink.deactivate(token)
    assert sum(len(copy.text) for copies in calls for copy in copies) < STREAM_LIMIT * 1.1


def test_one_huge_page_is_named_in_place_of_kept() -> None:
    """One form of one display can be larger than a store should hold; its other forms stay."""
    sink = Sink()
    sink.display({"text/plain": "a page", "text/html": "x" * (DATA_LIMIT + 1)})
    shown, note = sink.take()
    assert shown.data == {"text/plain": "a page"}
    assert (note.kind, note.text) == ("note", "… text/html of 10,000,001 bytes left out …")


def test_a_job_that_has_printed_its_share_may_print_little_more() -> None:
    """Of each statement a few characters stay, and a note that says why; also what other processes kept counts."""
    sink = Sink(job_room=JobRoom(0.1, used_bytes=60_000))
    sink.begin()
    sink.write("stdout", "x" * 39_000)
    assert [output.kind for output in sink.take()] == ["stdout"]
    sink.write("stdout", "x" * 50_000)
    first, note = sink.take()
    assert len(first.text) < 1_600 and "characters left out" in first.text
    assert note.text.startswith("this job has printed 0.1 MB, which is its limit (max_output_mb): of each statement")
    for statement in range(100):
        sink.begin()
        sink.write("stdout", "y" * 100_000)
        sink.display({"text/plain": "<Figure>", "image/png": b"x" * 100_000})
        kept = sink.take(statement)
        assert sum(output.size_bytes for output in kept) < SPENT_FLOOR * 3
        assert [output.kind for output in kept] == ["stdout", "display", "note"]
    sink.write("stdout", "brief")
    assert [output.text for output in sink.take()] == ["brief"]


@pytest.mark.parametrize("store", ["memory:"], indirect=True)
def test_the_store_holds_no_more_than_the_limit_of_a_job(store: Store) -> None:
    """Each turn prints a megabyte; the model is told why it sees little, also by a worker that begins in the middle."""
    seen: list[str] = []

    def answer(messages: list[dict[str, Any]], **request: Any) -> str:
        seen.append(str(messages[-1]["content"]))
        return "```python\nprint('x' * 1_000_000)\n```" if len(seen) < 8 else "Done."

    register_model("talker", FunctionModel(answer))
    agent = Agent("talker", metadata={"MODEL": "function/talker"})
    handle = store.submit(JobDef(agent, limits=JobLimits(max_output_mb=3)), message="go")
    with Worker(store):
        eventually(lambda: handle.turns >= 4)
    with Worker(store):
        handle.wait(timeout=30)
    items = [item for item in handle.chat_log if isinstance(item, ChatLogItem)]
    sizes = [sum(output.size_bytes for output in item.outputs) for item in items]
    assert 3_000_000 < sum(sizes) < 3_010_000 and handle.read(lambda job: job.output_bytes) == sum(sizes)
    assert max(sizes[-4:]) < 1_000
    assert "max_output_mb" not in seen[2] and "has printed 3 MB" in seen[-1]
