"""What every test needs: an installed graphgrad, and a profile for Hypothesis."""

from __future__ import annotations

import os
from importlib.util import find_spec

import pytest
from hypothesis import settings

settings.register_profile("dev", deadline=None, max_examples=50)
settings.register_profile("ci", deadline=None, max_examples=50, derandomize=True)
settings.register_profile("nightly", deadline=None, max_examples=2_000)
settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev")
)

NOT_INSTALLED = (
    "graphgrad is not installed in this Python: run  pip install -e '.[dot,test]'  "
    "in the checkout, then  pytest"
)


def pytest_configure() -> None:
    """Stop with one sentence where every test would fail to import graphgrad."""
    try:
        found = find_spec("graphgrad.layers")
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("graphgrad."):
            raise  # a bug of ours
        found = None
    if found is None:
        raise pytest.UsageError(NOT_INSTALLED)
