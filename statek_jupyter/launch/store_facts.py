"""What a person wants to know about a store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statek_jupyter.views.wording import size

if TYPE_CHECKING:
    from statek_jupyter.store import Store


def store_facts(store: Store) -> dict[str, Any]:
    """The facts as JSON."""
    info = store.info()
    return {
        "where": info.where,
        "kind": info.kind,
        "size_bytes": info.size_bytes,
        "jobs": info.jobs,
        "by_status": {status.name.lower(): count for status, count in info.counts.items()},
        "agents": list(info.agents),
        "format": info.format,
        "library": info.library,
    }


def info_lines(store: Store) -> str:
    """The facts as a few lines."""
    facts = store_facts(store)
    counts = [f"{count} {name.replace('_', ' ')}" for name, count in facts["by_status"].items() if count]
    lines = [
        f"store   {facts['where']}",
        f"kind    {facts['kind']}, {facts['library']}, format {facts['format']}",
        f"size    {size(facts['size_bytes'])}",
        f"jobs    {facts['jobs']}" + (f": {', '.join(counts)}" if counts else ""),
        f"agents  {', '.join(facts['agents']) or 'none'}",
    ]
    return "\n".join(lines)
