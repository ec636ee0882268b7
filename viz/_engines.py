"""The programs that draw DOT: Graphviz' own ``dot``, or graphviz-pure from a wheel."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from graphgrad import GraphgradError

__all__ = ["FORMATS", "LANES", "Engine", "RenderError", "engines", "run_engine"]

FORMATS = ("svg", "png", "pdf", "dot")

PURE = "graphviz-pure"

# No program: the SVG that graphgrad writes by itself.
LANES = "lanes"


class RenderError(GraphgradError, RuntimeError):
    """A picture that could not be drawn; the message says what is missing."""


@dataclass(frozen=True)
class Engine:
    """What draws DOT, and the formats it writes; ``program`` is empty for our own."""

    name: str
    program: str
    formats: tuple[str, ...]


def engines(name: str | None = None) -> list[Engine]:
    """Return the programs of this machine, the best first; or the engine ``name``."""
    known = ("dot", PURE, LANES)
    if name is not None and name not in known:
        raise ValueError(f"engine is one of {', '.join(known)}, got {name!r}")
    if name == LANES:
        return [Engine(LANES, "", ("svg",))]
    found = []
    dot = shutil.which("dot")
    if dot is not None:
        found.append(Engine("dot", dot, ("svg", "png", "pdf")))
    pure = _installed_pure() or shutil.which(PURE)
    if pure is not None:
        found.append(Engine(PURE, pure, ("svg", "png")))
    return [each for each in found if name in (None, each.name)]


# The wheel puts its program where scripts go, which need not be on the PATH.
def _installed_pure() -> str | None:
    try:
        files = metadata.files(PURE) or []
    except metadata.PackageNotFoundError:
        return None
    for file in files:
        if Path(file.name).stem == PURE and file.suffix in ("", ".exe"):
            path = Path(str(file.locate())).resolve()
            if path.is_file():
                return str(path)
    return None


def run_engine(
    engine: Engine, source: str, form: str, *, options: list[str], timeout: float
) -> bytes:
    """Draw ``source`` and return the file's bytes; RenderError says what went wrong."""
    command = [engine.program, f"-T{form}", *options]
    try:
        done = subprocess.run(  # noqa: S603  # a program found above, no shell
            command,
            input=source.encode("utf-8"),
            capture_output=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        text = f"{engine.name} did not finish within {timeout:g} s"
        raise RenderError(text) from None
    except OSError as error:
        text = f"{engine.program} could not be run: {error}"
        raise RenderError(text) from error
    if done.returncode or not done.stdout:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        said = next((x for x in lines if "arning" not in x), "no message")
        text = f"{engine.name} failed with code {done.returncode}: {said[:300]}"
        raise RenderError(text)
    return done.stdout
