"""What setup.cfg promises is what stands on the disk and what gets installed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from configparser import ConfigParser
from fnmatch import filter as matching
from importlib import metadata, resources
from pathlib import Path

import numpy as np
import pytest
from packaging.requirements import Requirement

import graphgrad
from graphgrad.viz._page_parts import FEATURES, PARTS, STYLES

ROOT = Path(__file__).parents[1]
FOLDERS = {
    "graphgrad": "graphgrad",
    "graphgrad.layers": "layers",
    "graphgrad.viz": "viz",
}

CHECKED = ["dot", "test", "lint", "types", "build", "docs"]


@pytest.fixture(scope="module")
def config() -> ConfigParser:
    """Return setup.cfg."""
    parser = ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def lines(text: str) -> list[str]:
    """Return the entries of a list in setup.cfg."""
    return text.strip().splitlines()


def packages_on_disk() -> dict[str, str]:
    """Return the folder of every package in the checkout."""
    found = {}
    for package, folder in FOLDERS.items():
        for init in (ROOT / folder).rglob("__init__.py"):
            below = init.parent.relative_to(ROOT / folder).parts
            found[".".join((package, *below))] = "/".join((folder, *below))
    return found


def test_packages_are_the_folders_on_disk(config: ConfigParser) -> None:
    """A folder of modules that setup.cfg forgets would be missing from the wheel."""
    mapping = (line.split(" = ") for line in lines(config["options"]["package_dir"]))
    assert packages_on_disk() == dict(mapping)
    assert sorted(packages_on_disk()) == lines(config["options"]["packages"])


def test_only_graphgrad_is_installed_at_the_top() -> None:
    """Layers and viz are names that other projects may want."""
    text = metadata.distribution("graphgrad").read_text("top_level.txt")
    assert lines(text or "") == ["graphgrad"]


def test_versions_agree(config: ConfigParser) -> None:
    """The module, setup.cfg, the metadata and the changelog name one version."""
    version = config["metadata"]["version"]
    assert graphgrad.__version__ == version
    assert metadata.version("graphgrad") == version
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_users_install_three_dependencies(config: ConfigParser) -> None:
    """NumPy computes, graphviz writes DOT and safetensors models; else are extras."""
    needed = lines(config["options"]["install_requires"])
    assert ["numpy", "graphviz", "safetensors"] == [
        each.split(">=")[0] for each in needed
    ]


def test_renderer_is_pinned(config: ConfigParser) -> None:
    """What draws the pictures is one exact version, so that they stay as they were."""
    (renderer,) = lines(config["options.extras_require"]["dot"])
    assert renderer.startswith("graphviz-pure==")


def pinned() -> dict[str, str]:
    """Return the release of each package that `.ci/run` installs."""
    text = (ROOT / ".ci" / "constraints.txt").read_text(encoding="utf-8")
    pins = [line.split("==") for line in lines(text) if not line.startswith("#")]
    return {name.lower(): version for name, version in pins}


@pytest.mark.skipif(not (ROOT / ".ci").exists(), reason="an sdist has no .ci")
@pytest.mark.parametrize("extra", ["", *CHECKED])
def test_what_is_checked_is_pinned(config: ConfigParser, extra: str) -> None:
    """Each requirement has its release, one that setup.cfg allows: else `make pins`."""
    extras, needed = config["options.extras_require"], config["options"]
    for line in lines(extras[extra] if extra else needed["install_requires"]):
        requirement = Requirement(line)
        assert pinned()[requirement.name.lower()] in requirement.specifier, line


def test_package_is_typed() -> None:
    """Type checkers of users read the annotations only where py.typed stands."""
    assert resources.files("graphgrad").joinpath("py.typed").is_file()


def test_data_files_are_shipped(config: ConfigParser) -> None:
    """Every file beside the modules matches a pattern of setup.cfg."""
    data = config["options.package_data"]
    for package, folder in packages_on_disk().items():
        patterns = ["*.py", *data.get(package, "").split(", ")]
        names = {each.name for each in (ROOT / folder).iterdir() if each.is_file()}
        shipped = {name for each in patterns for name in matching(names, each)}
        assert names == shipped, f"setup.cfg forgets files of {package}"


def test_parts_of_the_page_are_shipped(config: ConfigParser) -> None:
    """Scripts, styles and the template of `viz/page` match a pattern of setup.cfg."""
    patterns = config["options.package_data"]["graphgrad.viz"].split(", ")
    names = {f"page/{each.name}" for each in (ROOT / "viz" / "page").iterdir()}
    shipped = {name for each in patterns for name in matching(names, each)}
    assert names == shipped
    parts = {f"page/{name}.js" for name in (*PARTS, *FEATURES, "main")}
    parts |= {f"page/{name}.css" for name in STYLES}
    assert names == parts | {"page/page.html"}


def test_command_is_installed() -> None:
    """The command `graphgrad` leads to a function."""
    (command,) = metadata.entry_points(group="console_scripts", name="graphgrad")
    assert callable(command.load())


@pytest.mark.parametrize("name", ["Dense", "viz"])
def test_a_checkout_that_is_not_installed_says_so(name: str, tmp_path: Path) -> None:
    """Started in it, Python finds one of three folders, and the way out is told."""
    here = Path(graphgrad.__file__).parent
    shutil.copytree(here, tmp_path / "graphgrad")
    paths = [str(tmp_path), str(Path(np.__file__).parents[1])]
    code = f"import sys; sys.path[:0] = {paths}; from graphgrad import {name}"
    # Without what is installed but for NumPy: -S leaves out the ways of editable ones.
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"{tmp_path / 'graphgrad'}. In a checkout" in ran.stderr
    assert "pip install -e ." in ran.stderr
