"""Passes over graphs: each takes a graph and returns one with the same meaning."""

from graphgrad._home import pack_variables as pack_variables
from graphgrad._pack import pack as pack
from graphgrad._passes import dead_code as dead_code
from graphgrad._passes import fold_constants as fold_constants
from graphgrad._passes import joint_forms as joint_forms
from graphgrad._passes import merge_common as merge_common
from graphgrad._passes import neutral_elements as neutral_elements
from graphgrad._passes import optimize as optimize

__all__ = [
    "dead_code",
    "fold_constants",
    "joint_forms",
    "merge_common",
    "neutral_elements",
    "optimize",
    "pack",
    "pack_variables",
]
