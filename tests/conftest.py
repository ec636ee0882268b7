"""What every test needs: an installed graphgrad, and a profile for Hypothesis."""

from __future__ import annotations

import os
from importlib.util import find_spec

import pytest
from hypothesis import HealthCheck, Phase, settings

settings.register_profile("dev", deadline=None, max_examples=50)
settings.register_profile("ci", deadline=None, max_examples=50, derandomize=True)
# For tests/keras: a model takes a fifth of a second there, too long to shrink it.
settings.register_profile(
    "keras",
    deadline=None,
    max_examples=8,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
# For tests/mutation: the same few examples every time, and what fails is not shrunk.
settings.register_profile(
    "mutation",
    deadline=None,
    max_examples=10,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
settings.register_profile("nightly", deadline=None, max_examples=10_000)
settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev")
)

NOT_INSTALLED = (
    "graphgrad is not installed in this Python: run  pip install -e '.[dot,test]'  "
    "in the checkout, then  pytest"
)

# What compares graphgrad with Keras runs where Keras is: `make keras`.
WITH_KERAS = all(find_spec(name) is not None for name in ("keras", "jax"))
# What compares it with PyTorch, JAX and autograd runs where these are: `make peers`.
WITH_PEERS = all(find_spec(name) is not None for name in ("torch", "jax", "autograd"))
collect_ignore_glob = [
    *([] if WITH_KERAS else ["keras/*"]),
    *([] if WITH_PEERS else ["peers/*"]),
]


def pytest_report_header() -> list[str]:
    """Say whether the tests against other libraries are part of this run."""
    return [
        "keras: installed, tests/keras compares graphgrad with it"
        if WITH_KERAS
        else "keras: not installed, tests/keras is left out (make keras)",
        "torch, jax, autograd: installed, tests/peers compares graphgrad with them"
        if WITH_PEERS
        else "torch, jax, autograd: not all installed, tests/peers is left out (make "
        "peers)",
    ]


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
