"""Which mutants there are, and which of them change nothing."""

from __future__ import annotations

import ast
import difflib
import random
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[3]
BUILD = ROOT / ".mutation"
COPY = BUILD / "copy"
MAP = BUILD / "map.json"
KILLED = BUILD / "killed.txt"
FAILED = BUILD / "failed.txt"
EQUIVALENTS = ROOT / "tests" / "mutation" / "equivalents.txt"

# Where the folders of the checkout lie in what users get.
PACKAGES = {
    "graphgrad": "graphgrad",
    "graphgrad/layers": "layers",
    "graphgrad/viz": "viz",
}

# The modules of the installed package; what merely checks arguments is among them.
GROUPS = {
    "rules": (
        "graphgrad/_ops/_*.py",
        "graphgrad/_compose.py",
        "graphgrad/_einsum.py",
        "graphgrad/_reverse.py",
    ),
    "passes": (
        "graphgrad/_passes.py",
        "graphgrad/_blocks.py",
        "graphgrad/_home.py",
        "graphgrad/_inline.py",
        "graphgrad/_joint.py",
        "graphgrad/_live.py",
        "graphgrad/_pack.py",
        "graphgrad/_plan.py",
        "graphgrad/_pool.py",
        "graphgrad/_products.py",
        "graphgrad/_scalars.py",
        "graphgrad/_spreading.py",
    ),
    "losses": (
        "graphgrad/layers/_loss*.py",
        "graphgrad/layers/_crossentropies.py",
        "graphgrad/layers/_focal_crossentropies.py",
        "graphgrad/layers/_divergences.py",
        "graphgrad/layers/_hinges.py",
        "graphgrad/layers/_overlaps.py",
        "graphgrad/layers/_regressions.py",
    ),
    "optimizers": (
        "graphgrad/layers/_averages.py",
        "graphgrad/layers/_optimizer*.py",
        "graphgrad/layers/_schedule*.py",
    ),
}
TESTS = (
    "tests/graphgrad",
    "tests/layers",
    "tests/test_laws.py",
    "tests/test_speed.py",
)
# What is imported before the fork is not rewritten: Hypothesis, which has no tests.
QUIET = "ignore::pytest.PytestAssertRewriteWarning"
PYTEST = ("-q", "-p", "no:cacheprovider", "-W", QUIET)

QUICK = 3.0  # seconds for the most specific tests: most mutants get no further
BUDGET = 10.0  # seconds for the others
PATIENCE = 30  # seconds, and ten times what its tests take: then a round is a timeout
ROOM = 8 << 30  # bytes that a mutant may take
CONTROL = 100  # of so many rounds, one is repeated without any mutant: tests must pass

# An operator whose mutants differ only where two equal objects are not one: what the
# sources compare (nodes, primitives, dtypes, small numbers, names) are one.
SAME = ("_Eq_Is", "_NotEq_IsNot", "_Is_Eq", "_IsNot_NotEq")


class Mutant(NamedTuple):
    """One change of one module."""

    module: str
    line: int
    operator: str
    occurrence: int

    def source(self) -> str:
        """Return the source of the module with the change, or without any."""
        plugins = import_module("cosmic_ray.plugins")
        visitor = import_module("cosmic_ray.mutating").MutationVisitor
        operator = plugins.get_operator(self.operator)()
        text = (COPY / self.module).read_text()
        return str(visitor.mutate_code(text, operator, self.occurrence) or text)

    def change(self) -> tuple[str, str]:
        """Return the lines that the change takes away, and those that it puts there."""
        old = (COPY / self.module).read_text().splitlines()
        diff = list(difflib.unified_diff(old, self.source().splitlines(), n=0))[2:]
        before, after = (
            [word for line in diff if line[0] == sign for word in line[1:].split()]
            for sign in "-+"
        )
        return " ".join(before), " ".join(after)


# ---- which mutants there are ---


class Meaning(ast.NodeTransformer):
    """Leaves out what no test has to notice.

    That is annotations, the texts of messages, `__repr__`, guards against our own bugs,
    the estimates of what an operation costs, and what tests draw examples from.
    """

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST | None:
        """Leave out annotations, and functions that only describe."""
        described = {getattr(each, "id", "") for each in node.decorator_list}
        if node.name in ("__repr__", "example") or "overload" in described:
            return None
        node.returns = None
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        """Leave out the annotation."""
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """Leave out the annotation."""
        node.annotation = ast.Constant(value=None)
        return self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> ast.AST | None:
        """Leave out what an element costs: an estimate, and no law."""
        estimate = getattr(node.targets[0], "id", "") == "cost"
        return None if estimate else self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Leave out from where tests draw examples."""
        if getattr(node.func, "id", "") == "Domain":
            return node.func
        return self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        """Keep the class of what is raised, without its message."""
        if isinstance(node.exc, ast.Call):
            node.exc = node.exc.func
        return self.generic_visit(node)

    def visit_Assert(self, node: ast.Assert) -> None:
        """Leave out what guards against our own bugs."""

    def visit_If(self, node: ast.If) -> ast.AST | None:
        """Leave out imports that only checkers of types make."""
        typing = getattr(node.test, "id", "") == "TYPE_CHECKING"
        return None if typing else self.generic_visit(node)


def meaning(source: str) -> str | None:
    """Return what a source means, or None where it is no Python."""
    try:
        return ast.dump(Meaning().visit(ast.parse(source)))
    except (SyntaxError, ValueError):
        return None


def mutants_of(group: str) -> Iterator[Mutant]:
    """Yield all mutants of a group that cosmic-ray knows, in a fixed order."""
    plugins, tree = import_module("cosmic_ray.plugins"), import_module("cosmic_ray.ast")
    names = sorted(plugins.operator_names())
    operators = {name: plugins.get_operator(name) for name in names}
    paths = {path for each in GROUPS[group] for path in COPY.glob(each)}
    for path in sorted(paths):
        nodes = list(tree.ast_nodes(tree.get_ast(path.read_text())))
        for name, operator in operators.items():
            if operator.arguments() or name.endswith(SAME):
                continue
            places = [
                at for node in nodes for at in operator().mutation_positions(node)
            ]
            for occurrence, (start, _) in enumerate(places):
                yield Mutant(
                    path.relative_to(COPY).as_posix(), start[0], name, occurrence
                )


def sampled(group: str, size: int | None, seed: int) -> list[Mutant]:
    """Return that many mutants of a group, drawn by the seed, or all."""
    mutants = list(mutants_of(group))
    if size is not None:
        random.Random(seed).shuffle(mutants)  # noqa: S311 - nothing secret
    unchanged: dict[str, str | None] = {}
    chosen: list[Mutant] = []
    for mutant in mutants:
        if len(chosen) == size:
            break
        if mutant.module not in unchanged:
            unchanged[mutant.module] = meaning((COPY / mutant.module).read_text())
        if meaning(mutant.source()) not in (None, unchanged[mutant.module]):
            chosen.append(mutant)
    return chosen


def equivalents() -> dict[tuple[str, str, str], str]:
    """Return the listed changes that change nothing, each with the reason."""
    listed: dict[tuple[str, str, str], str] = {}
    for block in EQUIVALENTS.read_text().split("\n\n"):
        lines = [line for line in block.splitlines() if not line.startswith("#")]
        if lines:
            module, before, *rest = lines
            after = [line[2:] for line in rest if line.startswith("+ ")]
            reason = " ".join(line.strip() for line in rest[len(after) :])
            listed |= {(module, before[2:], each): reason for each in after}
    return listed
