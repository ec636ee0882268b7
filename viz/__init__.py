"""Pictures of graphs: what `compile` builds and `fit` executes, node by node."""

from __future__ import annotations

from graphgrad.viz._to_dot import to_dot as to_dot
