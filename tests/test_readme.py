"""README and docs: code runs and prints what is shown; what is named exists."""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import runpy
import shutil
import subprocess
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path
from typing import NamedTuple

import pytest

import graphgrad as gg
from graphgrad._cli import parse
from graphgrad._primitive import LEGACY_PROMOTION

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [
    ROOT / "README.md",
    *sorted(DOCS.glob("*.md")),
    *sorted(DOCS.glob("learn/*.md")),
]

FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#]+)")
FILE = re.compile(
    r"`((?:tests|graphgrad|layers|viz|docs|examples)/[\w/.]*)(?:::(\w+))?`"
)

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


class Block(NamedTuple):
    """A fenced block: the words after its fence, its text, and where it stands."""

    info: str
    text: str
    line: int
    span: tuple[int, int]


def blocks(page: Path) -> list[Block]:
    """Return the fenced blocks of a page."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(m[1], m[2], text[: m.start(2)].count("\n"), m.span(2))
        for m in FENCE.finditer(text)
    ]


def runs(page: Path) -> Iterator[tuple[Block, Block | None]]:
    """Yield each Python block, with the block of its output where one follows."""
    text = page.read_text(encoding="utf-8")
    found = blocks(page)
    for i, block in enumerate(found):
        if block.info == "python":
            after = found[i + 1] if found[i + 1 :] else None
            between = text[block.span[1] : after.span[0]] if after else ""
            yield block, after if between.split() == ["```", "```text"] else None


def printed(block: Block, page: Path, names: dict[str, object]) -> str:
    """Run a block among the names of those before; return what it prints."""
    code = compile("\n" * block.line + block.text, page.name, "exec")
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(code, names)  # noqa: S102  # that is what the pages invite to
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


@pytest.fixture(autouse=True)
def _forget_primitives() -> Iterator[None]:
    """Take out of the table what a page defines: other tests go through it."""
    before = dict(gg.OPS)
    yield
    gg.OPS.clear()
    gg.OPS.update(before)


# ---- Python --------------------------------------------------------------------------


@each_page
def test_code_runs_and_prints_what_is_shown(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The blocks of a page run in order; ``UPDATE_DOCS=1`` writes their outputs."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": page.stem}
    results = []
    for block, shown in runs(page):
        text = printed(block, page, names)
        if shown is not None:
            results.append((shown, text))
    if os.environ.get("UPDATE_DOCS"):
        update(page, results)
        return
    check = doctest.OutputChecker().check_output
    for shown, text in results:
        same = check(shown.text, text, doctest.ELLIPSIS)
        same = same or (LEGACY_PROMOTION and rough(shown.text) == rough(text))
        assert same, f"{page.name}:{shown.line}"


def rough(text: str) -> str:
    """Return a text without the digits of rounding: those shown are a new NumPy's."""
    return re.sub(r"\d(\.\d+)?e-1\d", "~e-1~", text)


def update(page: Path, results: list[tuple[Block, str]]) -> None:
    """Write the outputs into the page, but for those that leave something open."""
    text = page.read_text(encoding="utf-8")
    for shown, output in reversed(results):
        if "..." not in shown.text.replace("[...]", ""):  # code has such an index
            text = text[: shown.span[0]] + output + text[shown.span[1] :]
    page.write_text(text, encoding="utf-8")


# ---- commands and links --------------------------------------------------------------


def commands(page: Path) -> Iterator[str]:
    """Yield every command of the shell blocks, also those in comments."""
    for block in blocks(page):
        if block.info == "sh":
            for line in block.text.splitlines():
                yield from re.split(r"\s*(?:#|&&)\s*", line)


@each_page
def test_commands_exist(page: Path) -> None:
    """Targets of make, extras, files and arguments of our command are there."""
    for command in filter(None, commands(page)):
        program, *arguments = re.sub(r"^\.venv/bin/", "", command).split()
        match program, arguments:
            case "make", [target, *_]:
                makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
                assert re.search(rf"^{target}:", makefile, re.MULTILINE)
            case "pip", ["install", "-e", what]:
                assert extras(what) <= known_extras()
            case "graphgrad", _:
                parse(arguments)  # leaves with SystemExit where one is wrong
            case "python", [script] if script.endswith(".py"):
                assert (ROOT / script).is_file()
            case (("pytest" | "python3"), _):
                pass
            case _:
                pytest.fail(f"{page.name} names an unknown command: {command}")


def extras(what: str) -> set[str]:
    """Return the extras of a requirement like ``'.[dot,test]'``."""
    return set(re.findall(r"\w+", what))


def known_extras() -> set[str]:
    """Return the extras of setup.cfg."""
    config = ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    return set(config["options.extras_require"])


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
@pytest.mark.parametrize("target", ["demo", "test"])
def test_plain_commands_are_those_of_make(target: str, tmp_path: Path) -> None:
    """What stands beside a target of make is what make would run on a fresh machine."""
    dry = ["make", "--dry-run", target, f"VENV={tmp_path}/.venv"]
    makes = subprocess.check_output(dry, cwd=ROOT, text=True)
    lines = blocks(ROOT / "README.md")[0].text.splitlines()
    (line,) = (each for each in lines if each.startswith(f"make {target}"))
    for command in line.partition("#")[2].split(" && "):
        if command.strip() != "make demo":
            last = command.split()[-1]
            assert last in makes, f"make {target} does not run {command}"


@each_page
def test_links_lead_somewhere(page: Path) -> None:
    """Files that a page links to, pictures too, exist."""
    links = LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8")))
    local = [each for each in links if "://" not in each]
    assert [] == [each for each in local if not (page.parent / each).exists()]


@each_page
def test_named_files_and_tests_exist(page: Path) -> None:
    """What stands in backquotes as a file, or as a test in one, is there."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    for name, test in FILE.findall(text):
        assert (ROOT / name).exists(), name
        if test:
            source = (ROOT / name).read_text(encoding="utf-8")
            assert f"def {test}(" in source, f"{name} has no {test}"


def drawn(path: Path) -> set[str]:
    """Return the titles of nodes and edges of an SVG."""
    text = path.read_text(encoding="utf-8")
    return set(re.findall(r'class="(?:node|edge)\W[^>]*>\s*<title>([^<]*)', text))


def test_pictures_of_docs_are_up_to_date(tmp_path: Path) -> None:
    """``python docs/images/draw.py`` would draw the same nodes and edges again."""
    folder = ROOT / "docs" / "images"
    script = runpy.run_path(str(folder / "draw.py"))
    script["main"](tmp_path)
    pictures = {each.name: drawn(each) for each in tmp_path.glob("*.svg")}
    assert pictures == {each.name: drawn(each) for each in folder.glob("*.svg")}
    assert all(pictures.values())


# ---- differences from Keras ----------------------------------------------------------


def fitted(*, loss: str = "mse", activation: str | None = None) -> gg.Sequential:
    """Return a small model that has been trained, on nested lists."""
    model = gg.Sequential([gg.Dense(1, activation)])
    model.compile(optimizer="adam", loss=loss)
    model.fit([[0, 1], [1, 1]], [[0], [1]], verbose=0)
    return model


def test_differences_from_keras_are_as_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Each row of the table in README, in its order; `fitted` has tried the lists."""
    model = fitted()
    with pytest.raises(ValueError, match="did you mean 'binary_crossentropy'"):
        model.compile(loss="binary_crossentropi")
    with pytest.raises(gg.ShapeError, match="nothing is broadcast"):
        model.fit([[0, 1], [1, 1]], [[0, 1], [1, 0]], verbose=0)
    with pytest.raises(ValueError, match=r"x\[1, 0\] is nan"):
        model.fit([[0, 1], [float("nan"), 1]], [0, 1], verbose=0)
    with pytest.raises(gg.GraphgradError, match=r"expects probabilities"):
        fitted(loss="binary_crossentropy")
    model.summary()
    assert "Total params: 3 (12.00 B)" in capsys.readouterr().out
    model.add(gg.Dense(1))
    with pytest.raises(gg.GraphgradError, match=r"call model\.compile"):
        model.fit([[0, 1], [1, 1]], [0, 1], verbose=0)
