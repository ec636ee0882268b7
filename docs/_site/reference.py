"""The API reference: a page for each public module, from the docstrings."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from _site.links import write

# The order of the reference, which documents a thing where it first appears. Public
# modules that are not named come last.
FIRST = (
    "layers", "losses", "metrics", "optimizers", "optimizers.schedules", "callbacks",
    "activations", "initializers", "regularizers", "constraints", "datasets",
    "datasets.digits", "datasets.mnist", "models", "saving", "utils", "config",
    "viz", "equations", "profiling", "nodes", "passes", "contracts", "backend", "ops",
)  # fmt: skip

# The names of `graphgrad` itself, by the modules that define them.
GROUPS = {
    "Tensors": ("_tensor", "_variable", "_context", "_types"),
    "Derivatives": ("_functional",),
    "Graphs and programs": (
        "_graph", "_node", "_primitive", "_program", "_trace", "_jit", "_inline",
        "_listing", "_explain",
    ),
    "Errors": ("_errors",),
    "Functions": ("_compose", "_einsum", "_ops"),
}  # fmt: skip

# What parts of the package call on each other; users do not.
INNER = (
    "children", "compile_from_config", "compiled", "constraints",
    "declares_shape", "default_name", "ensure_built", "flattened", "forget",
    "get_compile_config", "infer_shapes", "is_model", "keeps", "labels_seen",
    "looks", "named_variables", "path", "recorded", "refuse_shape", "rename",
    "resume_at", "seen", "stages", "unmarked", "was_named",
)  # fmt: skip

# Models inherit from layers, and are documented whole.
WHOLE = {"Sequential"}

CODE = re.compile(r"(``.+?``|`[^`]+`)")
SPECIAL = re.compile(r"([*|\\]|(?<=\w)_(?=\W|$))")


def first_sentence(thing: Any) -> str:
    """Return the first sentence of a docstring, as reStructuredText."""
    paragraph = (inspect.getdoc(thing) or "").partition("\n\n")[0].replace("\n", " ")
    sentence = re.split(r"(?<=\.) (?=[A-Z`])", paragraph)[0]
    return escaped(sentence)


def escaped(line: str) -> str:
    """Return a line of a docstring in which only backquotes mean something."""
    parts = CODE.split(line)
    for i in range(0, len(parts), 2):
        parts[i] = SPECIAL.sub(r"\\\1", parts[i])
    return "".join(parts)


def process(*told: Any) -> None:
    """Escape the lines of a docstring that are no examples."""
    lines: list[str] = told[-1]
    example = False
    for i, line in enumerate(lines):
        example = line.lstrip().startswith(">>>") or (example and bool(line.strip()))
        if not example and not line.startswith("    "):
            lines[i] = escaped(line)


def signature(*told: Any) -> tuple[str, str] | None:
    """Return how a class is called: bases that take anything hide it."""
    _, what, _, thing = told[:4]
    if what != "class":
        return None
    try:
        found = inspect.signature(thing)
    except (TypeError, ValueError):
        return None
    empty = inspect.Parameter.empty
    bare = [each.replace(annotation=empty) for each in found.parameters.values()]
    plain = found.replace(parameters=bare, return_annotation=inspect.Signature.empty)
    return str(plain), ""


def entries(door: ModuleType) -> Iterator[tuple[str, Any]]:
    """Yield the documented names of a public module."""
    for name in sorted(door.__all__, key=str.lower):
        thing = getattr(door, name)
        numpys = (getattr(thing, "__module__", "") or "").startswith("numpy")
        if callable(thing) and not inspect.ismodule(thing) and not numpys:
            yield name, thing


# What these have is not documented with those who inherit it.
PLAIN = ("tuple", "dict", "list", "int", "Mapping")


def directive(path: str, thing: Any) -> list[str]:
    """Write the directive that documents a thing."""
    if not inspect.isclass(thing):
        return [f".. autofunction:: {path}", ""]
    kind = "autoexception" if issubclass(thing, BaseException) else "autoclass"
    lines = [f".. {kind}:: {path}"]
    of_family = any(id(base) in SHOWN for base in thing.__mro__[1:])
    if kind == "autoclass" and (thing.__name__ in WHOLE or not of_family):
        lines += ["   :members:", f"   :inherited-members: {', '.join(PLAIN)}"]
        lines += [f"   :exclude-members: {', '.join(INNER)}"]
    return [*lines, ""]


# Where each thing is documented, by identity.
SHOWN: dict[int, str] = {}


def page(title: str, doc: str, path: str, names: list[tuple[str, Any]]) -> str:
    """Write a page: the table of its names, then each of them."""
    rows, details = [], []
    for name, thing in names:
        full = SHOWN[id(thing)]
        role = "class" if inspect.isclass(thing) else "func"
        if role == "class" and issubclass(thing, BaseException):
            role = "exc"
        rows.append(f"   * - :py:{role}:`{name} <{full}>`")
        rows.append(f"     - {first_sentence(thing)}")
        if full == f"{path}.{name}":
            details += directive(full, thing)
    table = [".. list-table::", "   :class: names", "   :widths: auto", "", *rows]
    parts = [title, "=" * len(title), "", doc, "", *(table if rows else []), ""]
    return "\n".join([*parts, *details])


def document(door: ModuleType) -> str:
    """Return the docstring of a module, as reStructuredText."""
    lines = (inspect.getdoc(door) or "").splitlines()
    process(lines)
    return "\n".join(lines)


def group_of(thing: Any) -> str:
    """Return the heading under which a name of `graphgrad` stands."""
    module = thing.__module__.removeprefix("graphgrad.").partition(".")[0]
    found = [title for title, modules in GROUPS.items() if module in modules]
    return found[0] if found else "Models"


def place(door: ModuleType, wanted: Callable[[Any], bool]) -> None:
    """Note where the names of a module are documented; aliases have no place."""
    for name, thing in sorted(entries(door), key=lambda e: e[0] != e[1].__name__):
        if wanted(thing):
            SHOWN.setdefault(id(thing), f"{door.__name__}.{name}")


def pages() -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each page of the reference."""
    SHOWN.clear()
    root = importlib.import_module("graphgrad")
    others = sorted(
        each for each in root.__all__ if inspect.ismodule(getattr(root, each))
    )
    paths = list(dict.fromkeys([*FIRST, *others]))
    doors = [importlib.import_module(f"graphgrad.{path}") for path in paths]
    place(root, lambda thing: group_of(thing) != "Models")
    for door in doors:
        place(door, lambda _: True)
    names = ["models-in-short"]
    models = [each for each in entries(root) if group_of(each[1]) == "Models"]
    yield names[0], page("graphgrad: models", document(root), "graphgrad", models)
    for title in GROUPS:
        mine = [each for each in entries(root) if group_of(each[1]) == title]
        names.append(title.lower().replace(" ", "-"))
        heading = f"graphgrad: {title[0].lower()}{title[1:]}"
        yield names[-1], page(heading, "", "graphgrad", mine)
    for name, door in zip(paths, doors, strict=True):
        names.append(name)
        text = page(f"graphgrad.{name}", document(door), door.__name__,
                    list(entries(door)))  # fmt: skip
        yield name, text
    yield "index", INDEX + "".join(f"   {name}\n" for name in names)


INDEX = """API reference
=============

Every public name, from its docstring; ``import graphgrad as gg``. The tests run the
examples. Keras' names, and what differs, are in :doc:`../keras`.

.. toctree::
   :maxdepth: 1

"""


def generate(app: Any) -> None:
    """Write the pages, where they say something new, before pages are looked for."""
    folder = Path(app.srcdir, "api")
    folder.mkdir(exist_ok=True)
    written = set()
    for name, text in pages():
        write(folder / f"{name}.rst", text)
        written.add(f"{name}.rst")
    for path in folder.glob("*.rst"):
        if path.name not in written:
            path.unlink()


def setup(app: Any) -> None:
    """Generate first; then read docstrings and signatures in our own way."""
    app.connect("builder-inited", generate)
    app.connect("autodoc-process-docstring", process)
    app.connect("autodoc-process-signature", signature)
