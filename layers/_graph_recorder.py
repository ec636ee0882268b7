"""GraphRecorder: what every node of the training step is like, over the epochs."""

from __future__ import annotations

import functools
import html
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

import graphgrad as gg
from graphgrad.layers._arguments import ArgumentError
from graphgrad.layers._callback import Callback, Logs
from graphgrad.layers._graph_samples import FIELDS, Samples, facts_of
from graphgrad.layers._learning_rules import Rules

__all__ = ["Finding", "GraphRecorder"]

Array = np.ndarray[Any, Any]


class Finding(NamedTuple):
    """What a rule says of an epoch: which rule, of which layer and nodes, in words.

    >>> import graphgrad as gg
    >>> start = gg.initializers.Constant(-9.0)
    >>> dead = gg.Dense(3, "relu", bias_initializer=start)
    >>> model = gg.Sequential([gg.Input((2,)), dead, gg.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> x, y = [[0.0, 1.0]], [1.0]
    >>> recorder = gg.callbacks.GraphRecorder(batch=(x, y))
    >>> _ = model.fit(x, y, verbose=0, callbacks=[recorder])
    >>> [(f.epoch, f.layer, f.nodes) for f in recorder.findings if f.wrong == "dead"]
    [(0, 'dense', ('relu',)), (1, 'dense', ('relu',))]
    """

    epoch: int
    layer: str
    wrong: str
    nodes: tuple[str, ...]
    message: str


class GraphRecorder(Callback):
    """Samples facts of every node of the training step, to see them over the epochs.

    After ``every`` so many epochs, one step is run on a batch with a look at each value
    as it is computed, and everything is put back: training goes on as if it had not
    been, bit for bit. Kept of each node are ``min``, ``mean``, ``max`` and ``norm`` of
    the finite elements, ``zeros`` (their share), ``nan`` and ``inf`` (their number);
    of relu, ``dead``, the share of units that were 0 for every sample of the batch; of
    sigmoid and tanh, ``saturated``, the share of outputs close to their limits.

    ``batch`` is (x, y) or (x, y, sample_weight), which is also looked at before the
    first epoch; without it, it is the last whole batch that was trained on. Of more
    than ``keep`` samples, every second is forgotten, so that memory is bounded.

    ``findings`` says where a layer does not learn as it should, by the rules of
    `LearningMonitor`, whose limits these are: ``vanishing``, ``exploding``,
    ``large_step``, ``dead`` and ``saturated``. `print` shows them;
    ``gg.viz.to_html(recorder, "epochs.html")`` shows all on the graph, with a slider
    over the epochs.

    >>> import graphgrad as gg
    >>> model = gg.Sequential([gg.Input((2,)), gg.Dense(3, "relu"), gg.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> x, y = [[0.0, 1.0], [1.0, 0.0]], [0.0, 1.0]
    >>> recorder = gg.callbacks.GraphRecorder(batch=(x, y))
    >>> history = model.fit(x, y, epochs=3, verbose=0, callbacks=[recorder])
    >>> recorder.epochs, recorder.series("relu", "zeros").shape
    ((0, 1, 2, 3), (4,))
    """

    def __init__(
        self,
        every: int = 1,
        batch: Any = None,
        *,
        keep: int = 60,
        vanishing: float | None = 1e-4,
        exploding: float | None = 1e3,
        large_step: float | None = 0.1,
        dead: float | None = 0.5,
        saturated: float | None = 0.5,
    ) -> None:
        """Check the arguments; the batch is checked when training begins."""
        self.every = _count("every", every, 1)
        self.keep = _count("keep", keep, 2)
        if batch is not None and (
            not isinstance(batch, tuple | list) or len(batch) not in (2, 3)
        ):
            raise ArgumentError(
                "GraphRecorder's batch is (x, y) or (x, y, sample_weight), or None for "
                f"the last batch of an epoch, got {type(batch).__name__}"
            )
        self.batch = batch
        self.rules = Rules(
            "GraphRecorder", vanishing, exploding, large_step, dead, saturated
        )
        self.title = ""
        self.titles: dict[str, str] = {}
        self.naming = gg.equations.Naming()
        self._samples = Samples(self.keep)
        self._graph: gg.Graph | None = None
        self._resumed = False
        self._observer: gg.recording.Observer | None = None

    # ---- training --------------------------------------------------------------------

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Begin anew; with a batch of one's own, look at the step before any epoch."""
        if not self._resumed:
            self._samples, self._graph = Samples(self.keep), None
        self._resumed = False

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Before the first one, look at the step on a batch of one's own."""
        if self.batch is not None and not self.epochs:
            self._sample(epoch)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Look at the step, if it is due."""
        if (epoch + 1) % self.every == 0:
            self._sample(epoch + 1)

    def get_state(self) -> dict[str, Any]:
        """Return the samples."""
        return self._samples.state()

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go on with these samples."""
        self._samples.restore(state)
        self._resumed = True

    def _sample(self, epoch: int) -> None:
        if not self._samples.due():
            self._samples.skip()
        elif self.batch is None:
            self._look(epoch, self.model.program("fit"))
        else:
            batch = (*self.batch, None)[:3]
            look = functools.partial(self._look, epoch)
            self.model._on_batch("fit", "fit", batch, look)

    # At the step of a program with the batch in its inputs.
    def _look(self, epoch: int, program: gg.Program, _: int = 0) -> None:
        facts: dict[str, Array] = {}
        layers = self.model.flattened()
        trained = _trained(self.model, layers)
        weights = [_values(trained)]
        if self._observer is None or self._observer.program is not program:
            self._observer = gg.recording.Observer(program)
            self.naming = gg.equations.naming_of(self.model, "fit", program.graph)

        def see(node: Any, array: Array) -> None:
            facts[node.name] = facts_of(node, array)

        def done() -> None:
            weights.append(_values(trained))

        self._observer.run(see, done)
        self._graph = program.graph
        self.title = f"{self.model.name} · fit"
        self.titles = {layer.path: layer.title() for layer in layers}
        rows = np.array(list(facts.values()))
        self._samples.add(epoch, list(facts), rows, _ratios(*weights))

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the step, which is run by this process alone."""
        return vars(self) | {"_observer": None}

    # ---- what was found --------------------------------------------------------------

    @property
    def graph(self) -> gg.Graph:
        """The graph of the step that was looked at last."""
        if self._graph is None:
            raise gg.TraceError(
                "this GraphRecorder has seen no step yet: give it to fit, as in "
                "model.fit(x, y, callbacks=[recorder])"
            )
        return self._graph

    @property
    def epochs(self) -> tuple[int, ...]:
        """After how many epochs the samples were taken."""
        return tuple(self._samples.epochs)

    def series(self, node: str, field: str = "mean") -> Array:
        """Return a fact of a node, by its name or tag, over the epochs.

        NaN stands where there is none: ``dead`` is of relu alone, and ``mean`` of what
        has finite elements.

        >>> import graphgrad as gg
        >>> model = gg.Sequential([gg.Input((1,)), gg.Dense(1, use_bias=False)])
        >>> model.set_weights([[[2.0]]])
        >>> model.compile(gg.optimizers.SGD(0.25), "mse")
        >>> recorder = gg.callbacks.GraphRecorder(batch=([[1.0]], [0.0]))
        >>> _ = model.fit([[1.0]], [0.0], epochs=2, verbose=0, callbacks=[recorder])
        >>> recorder.series("dense/kernel")
        array([2. , 1. , 0.5])
        """
        if field not in FIELDS:
            raise ValueError(f"fields are {', '.join(FIELDS)}; got {field!r}")
        named = {tag: name for name, tag in self.graph.tags().items()}
        name = named.get(node, node)
        if name not in self._samples.names:
            raise KeyError(f"the graph has no node {node!r}: see recorder.graph")
        return self._samples.series(name, field)

    @property
    def nodes(self) -> tuple[str, ...]:
        """The names of the nodes, in the order in which they ran."""
        return tuple(self._samples.names)

    def facts(self, field: str) -> Array:
        """Return a fact of all `nodes`: a row for each epoch, a column for each node.

        >>> import graphgrad as gg
        >>> model = gg.Sequential([gg.Input((1,)), gg.Dense(1, use_bias=False)])
        >>> model.compile("sgd", "mse")
        >>> recorder = gg.callbacks.GraphRecorder()
        >>> _ = model.fit([[1.0]], [0.0], epochs=2, verbose=0, callbacks=[recorder])
        >>> recorder.facts("max").shape == (2, len(recorder.nodes))
        True
        """
        if field not in FIELDS:
            raise ValueError(f"fields are {', '.join(FIELDS)}; got {field!r}")
        return self._samples.table(field)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the rules say of each layer in each epoch, in order."""
        found: list[Finding] = []
        for at, epoch in enumerate(self.epochs):
            found += self._of_gradients(at, epoch)
            found += self._of_updates(at, epoch)
            found += self._of_activations(at, epoch)
        return tuple(found)

    def _of_gradients(self, at: int, epoch: int) -> list[Finding]:
        ends = _gradients(self.graph)
        norms = {layer: self._length(at, names) for layer, names in ends.items()}
        return [
            Finding(epoch, layer, wrong, tuple(ends[layer]), message)
            for layer, norm in norms.items()
            for wrong, message in self.rules.of_gradient(norm, norms.values())
        ]

    def _of_updates(self, at: int, epoch: int) -> list[Finding]:
        ends = _gradients(self.graph)
        return [
            Finding(epoch, layer, wrong, tuple(ends.get(layer, ())), message)
            for layer, ratio in self._samples.updates[at].items()
            if np.isfinite(ratio)  # else the gradient says it
            for wrong, message in self.rules.of_update(ratio)
        ]

    def _of_activations(self, at: int, epoch: int) -> list[Finding]:
        forward = [n for n in self.graph.operations if n.phase == "forward"]
        last = forward[-1].scope if forward else ""
        found = []
        for node in forward:
            dead = self._fact(at, node.name, "dead")
            close = self._fact(at, node.name, "saturated")
            told = [] if np.isnan(dead) else self.rules.of_dead_units(dead)
            if node.scope != last and not np.isnan(close):
                told = [*told, *self.rules.of_saturation(close)]
            found += [
                Finding(epoch, node.scope, wrong, (node.name,), message)
                for wrong, message in told
            ]
        return found

    def _fact(self, at: int, name: str, field: str) -> float:
        row = self._samples.names.index(name)
        return float(self._samples.facts[at][row, FIELDS.index(field)])

    # The length of several nodes as one vector; infinite, if one has no end.
    def _length(self, at: int, names: Sequence[str]) -> float:
        bad = sum(self._fact(at, n, f) for n in names for f in ("nan", "inf"))
        squares = [self._fact(at, name, "norm") ** 2 for name in names]
        return float("inf") if bad else float(np.sqrt(sum(squares)))

    def __str__(self) -> str:
        """List what was found, each once: the first and the last epoch of it."""
        if self._graph is None:
            return "GraphRecorder: no epoch yet"
        count = len(self._samples.names)
        lines = [f"{self.title}: {count:,} nodes over epochs {_range(self.epochs)}"]
        known: dict[tuple[str, str], list[Finding]] = {}
        for each in self.findings:
            known.setdefault((each.layer, each.wrong), []).append(each)
        for (layer, wrong), all_ in known.items():
            when = _range([each.epoch for each in all_])
            lines.append(f"  {wrong}, epochs {when}: {layer} {all_[-1].message}")
        return "\n".join(lines if known else [*lines, "  nothing found"])

    def __repr__(self) -> str:
        """Say how much was sampled."""
        if self._graph is None:
            return "<GraphRecorder: no epoch yet>"
        return f"<GraphRecorder: {len(self.epochs)} epochs of {self.title}>"

    def _repr_html_(self) -> str:
        """Show the findings in a notebook."""
        return f"<pre>{html.escape(str(self))}</pre>"


# The gradients of each layer's weights: what the update reads of the backward pass.
def _gradients(graph: gg.Graph) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    read = {i for n in graph.operations if n.phase == "update" for i in n.inputs}
    for node in graph.operations:
        if node.phase == "backward" and node in read:
            found.setdefault(node.scope, []).append(node.name)
    return found


# The weights of each layer that are trained.
def _trained(model: Any, layers: Iterable[Any]) -> dict[str, list[gg.Variable]]:
    trained = set(model.trainable_weights)
    found = {
        layer.path: [each for each in layer.weights if each in trained]
        for layer in layers
        if not getattr(layer, "children", ())
    }
    return {path: own for path, own in found.items() if own}


# As they are now, those of a layer as one vector.
def _values(trained: Mapping[str, Sequence[gg.Variable]]) -> dict[str, Array]:
    return {
        path: np.concatenate([each.numpy().ravel().astype(np.float64) for each in own])
        for path, own in trained.items()
    }


# The length of a step by that of the weights; weights that are all 0 have none.
def _ratios(
    before: Mapping[str, Array], after: Mapping[str, Array]
) -> dict[str, float]:
    found = {}
    for layer, weights in before.items():
        size = float(np.linalg.norm(weights))
        if size:
            found[layer] = float(np.linalg.norm(after[layer] - weights)) / size
    return found


def _range(epochs: Sequence[int]) -> str:
    first, last = epochs[0], epochs[-1]
    return str(first) if first == last else f"{first} to {last}"


def _count(name: str, value: Any, least: int) -> int:
    is_count = isinstance(value, int) and not isinstance(value, bool)
    if not is_count or value < least:
        raise ArgumentError(
            f"GraphRecorder's {name} is a whole number of at least {least}, "
            f"got {value!r}"
        )
    return int(value)
