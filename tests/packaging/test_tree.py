"""House rules about files that no linter knows."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest

import statek_jupyter
from tests.packaging.tree import ROOT, parsed, short, text_of, tracked

MOST_LINES = 400
PACKAGE = ROOT / "statek_jupyter"


def package_files() -> list[Path]:
    return tracked("statek_jupyter/*.py")


def lines_with(pattern: str) -> list[str]:
    """Every line of a tracked text file that matches, as ``file:line``."""
    expression = re.compile(pattern)
    found = []
    for path in tracked():
        lines = (text_of(path) or "").splitlines()
        found += [f"{short(path)}:{number}" for number, line in enumerate(lines, 1) if expression.search(line)]
    return found


def test_python_files_stay_readable() -> None:
    """No Python file of the package, its tests or scripts is longer than 400 lines."""
    long_files = [
        f"{short(path)}: {length} lines"
        for path in tracked("*.py")
        if (length := len(path.read_text(encoding="utf-8").splitlines())) > MOST_LINES
    ]
    assert long_files == []


def test_every_module_says_its_one_job() -> None:
    """A module with code in it opens with a docstring."""
    silent = [short(path) for path in package_files() if parsed(path).body and not ast.get_docstring(parsed(path))]
    assert silent == []


def test_every_public_function_and_class_has_a_docstring() -> None:
    """What a module offers to others is described. A command is described where the table of commands names it."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    undescribed = [
        f"{short(path)}:{node.lineno} {node.name}"
        for path in package_files()
        if path.parent.name != "cli" and path.stem != "command_actions"
        for node in parsed(path).body
        if isinstance(node, kinds) and not node.name.startswith("_") and not is_overload(node)
        if not ast.get_docstring(node)
    ]
    assert undescribed == []


def is_overload(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    return any(isinstance(each, ast.Name) and each.id == "overload" for each in node.decorator_list)


def test_every_name_of_the_package_root_is_documented() -> None:
    """``help(sj.NAME)`` says what it is, and so do the public methods of its classes."""
    silent = []
    for name in statek_jupyter.__all__:
        value = getattr(statek_jupyter, name)
        if name != "__version__" and not inspect.getdoc(value):
            silent.append(name)
        if isinstance(value, type) and value.__module__.startswith("statek_jupyter"):
            silent += [
                f"{name}.{method}" for method in public_methods(value) if not inspect.getdoc(getattr(value, method))
            ]
    assert silent == []


def public_methods(owner: type) -> list[str]:
    return [name for name, value in vars(owner).items() if inspect.isfunction(value) and not name.startswith("_")]


def test_no_module_is_named_after_nothing() -> None:
    """Names that say nothing about what is inside are not used."""
    names = {path.stem for path in package_files()} | {path.parent.name for path in package_files()}
    assert names & {"utils", "util", "helpers", "helper", "common", "manager", "misc"} == set()


def test_no_path_of_a_machine_is_committed() -> None:
    """Nothing in the tree works on one machine only."""
    places = {str(ROOT), str(ROOT.parent), "/" + "work", "/" + "root"} - {"/", "/tmp"}
    pattern = "|".join(rf"(?<![\w.-]){re.escape(place)}/" for place in sorted(places))
    assert lines_with(pattern) == []


def test_no_download_address_of_a_registry_is_committed() -> None:
    """Registries are named by their clients' configuration, never by our files."""
    endings = "|".join([r"/simple/?[\"'\s]", r"\." + "whl", r"/-/[^ \"]+\." + "tgz", r"\.tar\." + "gz"])
    assert lines_with(rf"https?://[^ \"]+({endings})") == []


def test_stored_files_have_no_conflict_markers() -> None:
    """A merge was finished before it was committed."""
    assert lines_with("^(" + "<" * 7 + "|" + ">" * 7 + ") ") == []


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", ".ci/run", "docs/getting-started.md"])
def test_named_make_targets_exist(name: str) -> None:
    """Every ``make TARGET`` a person or CI is told to run is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    text = (ROOT / name).read_text(encoding="utf-8")
    named = set(re.findall(r"(?:^|[`&;]\s*|\n\s*|--no-print-directory )make(?: --no-print-directory)? ([a-z-]+)", text))
    assert named, f"{name} names no make target"
    assert named <= targets


def test_relative_links_of_the_documents_lead_somewhere() -> None:
    """Every relative link in a Markdown file names an existing file."""
    broken = []
    for path in tracked("*.md"):
        links = re.compile(r"""\]\(([^)#\s]+)(?:#[^)]*)?\)|(?:src|srcset)="([^"]+)\"""")
        for target in map("".join, links.findall(path.read_text(encoding="utf-8"))):
            if "://" not in target and not (path.parent / target).exists():
                broken.append(f"{short(path)}: {target}")
    assert broken == []


@pytest.mark.parametrize("name", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_named_files_exist(name: str) -> None:
    """Every path in backticks is a file or folder of the package or of the repository."""
    text = (ROOT / name).read_text(encoding="utf-8")
    paths = set(re.findall(r"`([\w./-]+(?:\.py|\.toml|\.txt|\.json|/))`", text)) - {"server/", "distributed/"}
    assert len(paths) > 3
    assert [path for path in sorted(paths) if not any((base / path).exists() for base in (ROOT, PACKAGE))] == []


def test_every_document_is_reachable_from_the_readme() -> None:
    """No page of docs/ is an orphan."""
    seen: set[Path] = set()
    waiting = [ROOT / "README.md", ROOT / "ARCHITECTURE.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or not page.exists():
            continue
        seen.add(page)
        links = re.findall(r"\]\(([^)#\s]+\.md)", page.read_text(encoding="utf-8"))
        waiting += [(page.parent / link).resolve() for link in links if "://" not in link]
    assert [short(path) for path in tracked("docs/*.md") if path not in seen] == []


def test_the_changelog_begins_with_this_version() -> None:
    """The version has one home, and the changelog and the browser side agree with it."""
    version = statek_jupyter.__version__
    first = re.search(r"^## \[?([0-9.]+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert first is not None
    assert first[1] == version
    package = ROOT / "labextension" / "package.json"
    if package.exists():
        assert f'"version": "{version}"' in package.read_text(encoding="utf-8")


def test_ci_runs_what_make_test_runs() -> None:
    """CI has no checks of its own beside the Makefile's, and can be started."""
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert "make --no-print-directory test" in script.read_text(encoding="utf-8")
