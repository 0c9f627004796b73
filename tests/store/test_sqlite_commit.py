"""What a commit to a folder store consists of: which pages it writes, and how changes are found."""

from __future__ import annotations

from pathlib import Path

from statek_jupyter.store import Store, open_store
from statek_jupyter.store.sqlite_storage import connect
from tests.store.jobs import definition


def indexes(store: Store) -> set[str]:
    connection = connect(Path(store.where))
    found = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND sql > ''")}
    connection.close()
    return found


def test_only_indexes_that_a_commit_needs_are_kept(tmp_path: Path) -> None:
    """Packing makes the two it uses, and removes them again."""
    with open_store(tmp_path / "store") as store:
        kept = indexes(store)
        store.submit(definition()).delete()
        store.pack(keep_days=0)
        assert indexes(store) == kept
    assert "object_state_tid" in kept
    assert not kept & {"object_state_prev_tid", "current_object_tid"}
