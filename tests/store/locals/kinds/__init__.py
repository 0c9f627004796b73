"""The kinds of values whose fidelity is promised: one table for the tests and the documentation."""

from __future__ import annotations

from tests.store.locals.kinds import basics, classes, code, data, hostile, libraries, outside, pictures, standard
from tests.store.locals.kinds.kind import Kind

SECTIONS: dict[str, list[Kind]] = {
    "Plain values": basics.PLAIN,
    "Containers": basics.CONTAINERS,
    "What shares what": basics.SHARING,
    "Functions": code.FUNCTIONS,
    "Classes and instances": classes.CLASSES,
    "Data classes, enums, type hints": classes.DATA_CLASSES,
    "Instances that refuse": hostile.HOSTILE,
    "Numbers and time": standard.TIME_AND_NUMBERS,
    "Texts, paths and formats": standard.TEXT_AND_FILES,
    "Iterators": standard.ITERATORS,
    "Exceptions": standard.ERRORS,
    "Modules and names": outside.MODULES,
    "Files and databases": outside.FILES,
    "Locks, threads, processes, connections": outside.PROCESS,
    "numpy": data.NUMPY,
    "pandas": data.PANDAS,
    "Pictures": pictures.PICTURES,
    "Other libraries": pictures.MORE,
    "Libraries tried where they are installed": libraries.LIBRARIES,
}
"""Heading to kinds, as the documentation has them. Names are unique."""

KINDS: dict[str, Kind] = {kind.name: kind for kinds in SECTIONS.values() for kind in kinds}
"""All of them, by name."""
