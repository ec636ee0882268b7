"""The shape of the source: imports point one way, sizes stay inside budgets."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = {
    "graphgrad": "graphgrad",
    "graphgrad.layers": "layers",
    "graphgrad.viz": "viz",
}

# The modules through which `import graphgrad` reaches layers and viz, when asked to.
DOORS = {"graphgrad", "graphgrad.__main__", "graphgrad._display"} | {
    f"graphgrad.{name}"
    for name in (
        "_cli",
        "_demo",
        "activations",
        "backend",
        "callbacks",
        "config",
        "constraints",
        "contracts",
        "initializers",
        "losses",
        "metrics",
        "models",
        "ops",
        "optimizers",
        "optimizers.schedules",
        "regularizers",
        "saving",
        "utils",
    )
}
MAX_FILE = 400
MAX_BODY = 45

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef


def named(package: str, folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the name and the file of every module of a package."""
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        yield ".".join((package, *parts)).removesuffix(".__init__"), path


MODULES = {
    name: path
    for package, folder in FOLDERS.items()
    for name, path in named(package, ROOT / folder)
}
# Sizes and docstrings are asked of the benchmarks too, which are not installed.
FILES = MODULES | dict(named("benchmarks", ROOT / "benchmarks"))


def below(name: str, *packages: str) -> bool:
    """Return whether a module is one of the packages or inside of one."""
    return any(f"{name}.".startswith(f"{package}.") for package in packages)


def is_private(name: str) -> bool:
    """Return whether a part of the name starts with an underscore."""
    return any(part.startswith("_") for part in name.split("."))


ABOVE = [name for name in MODULES if below(name, "graphgrad.layers", "graphgrad.viz")]
# What tests others may use all of it.
KIT = [name for name in MODULES if below(name, "graphgrad.testing")]
CORE = [name for name in MODULES if name not in {*DOORS, *ABOVE, *KIT}]
ENGINE = [name for name in CORE if is_private(name)]

each_file = pytest.mark.parametrize("name", FILES)


# ---- reading the source ---


@cache
def source(name: str) -> ast.Module:
    """Return the syntax tree of a module."""
    return ast.parse(FILES[name].read_text(encoding="utf-8"))


def imported(node: ast.AST) -> Iterator[str]:
    """Yield what a statement imports, by full name."""
    match node:
        case ast.Import(names=names):
            yield from (alias.name for alias in names)
        case ast.ImportFrom(module=str(module), names=names):
            inner = [f"{module}.{alias.name}" for alias in names]
            yield from (each for each in inner if each in MODULES)
            if any(each not in MODULES for each in inner):
                yield module
        case ast.Call(args=[ast.Constant(value=str(module)), *_]):
            if ast.unparse(node.func).endswith(("import_module", "__import__")):
                yield module


def imports(name: str) -> set[str]:
    """Return all that a module imports, also late and for type checkers."""
    return {each for node in ast.walk(source(name)) for each in imported(node)}


def on_loading(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes that run when a module is imported."""
    for child in ast.iter_child_nodes(node):
        test = ast.unparse(child.test) if isinstance(child, ast.If) else ""
        if not isinstance(child, Function | ast.Lambda) and "TYPE_CHECKING" not in test:
            yield child
            yield from on_loading(child)


def functions(name: str) -> Iterator[Function]:
    """Yield every function of a module, inner ones too."""
    for node in ast.walk(source(name)):
        if isinstance(node, Function):
            yield node


def public(node: ast.Module | ast.ClassDef) -> Iterator[Definition]:
    """Yield the public classes and functions, and their public methods."""
    for child in node.body:
        if isinstance(child, Definition) and not child.name.startswith("_"):
            yield child
            if isinstance(child, ast.ClassDef):
                yield from public(child)


def is_variant(node: Definition) -> bool:
    """Return whether another definition of the same name carries the docstring."""
    marks = [ast.unparse(each).split(".")[-1] for each in node.decorator_list]
    return not {"overload", "setter", "deleter"}.isdisjoint(marks)


def body_lines(node: Function) -> int:
    """Return the number of lines of a function, less its signature and docstring."""
    documented = ast.get_docstring(node) is not None
    last = node.body[0].end_lineno if documented else node.body[0].lineno - 1
    return (node.end_lineno or 0) - (last or 0)


# ---- imports point one way ---


@pytest.mark.parametrize("name", CORE)
def test_core_knows_neither_layers_nor_viz(name: str) -> None:
    """The engine serves layers and viz; only the doors lead to them."""
    above = {each for each in imports(name) if below(each, *list(FOLDERS)[1:])}
    assert set() == above


@pytest.mark.parametrize("name", ENGINE)
def test_engine_needs_numpy_alone(name: str) -> None:
    """The engine imports the standard library, NumPy and itself, and no door."""
    allowed = {*sys.stdlib_module_names, "numpy", "graphgrad"}
    allowed.add("typing_extensions")  # for type checkers alone: it is not installed
    assert {each.split(".")[0] for each in imports(name)} <= allowed
    assert DOORS.isdisjoint(imports(name))


@pytest.mark.parametrize("name", ABOVE)
def test_layers_and_viz_keep_their_privacy(name: str) -> None:
    """Layers and viz use of each other only what is public."""
    (own,) = (package for package in list(FOLDERS)[1:] if below(name, package))
    other = {each for each in imports(name) if each in ABOVE and not below(each, own)}
    assert [] == [each for each in other if is_private(each)]


def test_imports_have_no_cycle() -> None:
    """Whoever reads from the first module on meets nothing that is still to come."""
    graph = {
        name: {
            each
            for node in on_loading(source(name))
            for each in imported(node)
            if each in MODULES
        }
        for name in MODULES
    }
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the cycle


def loaded(statement: str, folder: Path) -> set[str]:
    """Return the modules that a new process has after a statement."""
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    run = [sys.executable, "-c", code]
    return set(subprocess.check_output(run, cwd=folder, text=True).split())


def test_import_is_light(tmp_path: Path) -> None:
    """`import graphgrad` loads tensors and primitives; all else when it is used."""
    more = loaded("import graphgrad", tmp_path) - loaded("import numpy", tmp_path)
    ours = {each for each in more if below(each, "graphgrad")}
    assert more - ours <= {"__future__"}
    assert len(ours) <= 37
    assert not any(below(each, "graphgrad.layers", "graphgrad.viz") for each in ours)


LESSON = """
import graphgrad as gg
model = gg.Sequential([gg.Dense(2, 'sigmoid'), gg.Dense(1, 'sigmoid')])
model.compile('adam', loss='binary_crossentropy', metrics=['accuracy'])
model.fit([[0.0], [1.0]], [0, 1], verbose=0)
"""


def test_a_first_fit_is_light(tmp_path: Path) -> None:
    """Training loads of the standard library what it needs, and of us no more."""
    others = loaded("import numpy.random, threadpoolctl", tmp_path)
    more = loaded(LESSON, tmp_path) - others
    ours = {each for each in more if below(each, "graphgrad")}
    assert more - ours <= {"__future__", "copy", "dataclasses", "gc", "signal"}
    unused = ("_saving", "_history_svg", "_embedding", "_descriptions")
    assert ours.isdisjoint(f"graphgrad.layers.{name}" for name in unused)


# ---- budgets ---


@each_file
def test_file_is_short(name: str) -> None:
    """A file that outgrows the budget holds two subjects."""
    length = len(FILES[name].read_text(encoding="utf-8").splitlines())
    assert length <= MAX_FILE


@each_file
def test_functions_are_short(name: str) -> None:
    """A function that outgrows the budget does two things."""
    sizes = {f"{each.name}:{each.lineno}": body_lines(each) for each in functions(name)}
    assert {} == {key: size for key, size in sizes.items() if size > MAX_BODY}


@each_file
def test_public_names_have_docstrings(name: str) -> None:
    """Every module, public class, function and method says what it is for."""
    tree = source(name)
    told = [each for each in public(tree) if not is_variant(each)]
    silent = [each for each in told if not ast.get_docstring(each)]
    assert [] == [f"{each.name}:{each.lineno}" for each in silent]
    assert ast.get_docstring(tree), "the module has no docstring"
