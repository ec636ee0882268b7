"""law_of: a whole test of a part of one's own, in one line."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad._primitive import Primitive
from graphgrad._types import Array
from graphgrad.testing import _primitive_laws
from graphgrad.testing._asked import check_bound
from graphgrad.testing._check_primitive import check_primitive
from graphgrad.testing._laws import chosen, told
from graphgrad.testing._layer_case import LayerCase
from graphgrad.testing._layers import LAYER_LAWS, check_law, check_layer
from graphgrad.testing._losses import LOSS_LAWS, check_loss, check_loss_case, loss_case
from graphgrad.testing._metric_laws import MetricUnderTest
from graphgrad.testing._metrics import METRIC_LAWS, check_metric, check_metric_law
from graphgrad.testing._optimizer_laws import OptimizerUnderTest
from graphgrad.testing._optimizers import (
    OPTIMIZER_LAWS,
    check_optimizer,
    check_optimizer_law,
)

__all__ = ["law_of"]

Test = Callable[..., None]


def law_of(subject: Any, *inputs: Any, skip: Any = (), **options: Any) -> Test:
    """Return a test for pytest that checks every law of whatever ``subject`` is.

    It is parametrised: there is a test for each law, by the law's name.

    - ``law_of(MyPrimitive)``: a class. Examples come from its `example`, by Hypothesis,
      and the laws are values, code, manners, flags and derivatives.
    - ``law_of(MyLayer(3), (4,))``: what `check_layer` takes, and its options.
    - ``law_of(MyLoss(), y_true, y_pred)``: what `check_loss` takes, and its options.
    - ``law_of(MyMetric(), y_true, y_pred)``: what `check_metric` takes.
    - ``law_of(MyOptimizer(0.1))``: what `check_optimizer` takes.

    Names of laws in ``skip`` are left out.

    >>> import graphgrad as gg
    >>> from graphgrad.testing import law_of
    >>> test_dense = law_of(gg.Dense(2), (3,))
    >>> test_tanh = law_of(gg.OPS["tanh"], skip=["derivatives"])
    """
    if inspect.isclass(subject) and issubclass(subject, Primitive):
        if inputs or options:
            raise TypeError(
                f"law_of takes the class of a primitive alone, and skip: got {inputs} "
                f"and {options} besides; for inputs of your own there is "
                "check_primitive"
            )
        return _primitive_test(subject, chosen(PRIMITIVE_LAWS, skip))
    for kind, check in CHECKS.items():
        if isinstance(subject, kind):
            who = f"law_of({type(subject).__name__}(...), ...)"
            check_bound(who, check, (subject, *inputs), options)
    if isinstance(subject, gg.Layer):
        case = LayerCase(subject, *inputs, **options)
        return _test(chosen(LAYER_LAWS, skip), lambda law: check_law(case, law))
    if isinstance(subject, gg.losses.Loss):
        asked = loss_case(subject, *inputs, **options)
        return _test(chosen(LOSS_LAWS, skip), lambda law: check_loss_case(asked, law))
    if isinstance(subject, gg.metrics.Metric):
        counted = MetricUnderTest(subject, *inputs, **options)
        laws = chosen(METRIC_LAWS, skip)
        return _test(laws, lambda law: check_metric_law(counted, law))
    if isinstance(subject, gg.optimizers.Optimizer):
        stepping = OptimizerUnderTest(subject, *inputs, **options)
        laws = chosen(OPTIMIZER_LAWS, skip)
        return _test(laws, lambda law: check_optimizer_law(stepping, law))
    raise _refused(subject)


# Who knows what the laws of an object take.
CHECKS: Mapping[type, Callable[..., Any]] = {
    gg.Layer: check_layer,
    gg.losses.Loss: check_loss,
    gg.metrics.Metric: check_metric,
    gg.optimizers.Optimizer: check_optimizer,
}


def _refused(subject: Any) -> TypeError:
    got, way = repr(subject), "for a function there is check_grads"
    if isinstance(subject, Primitive):
        way = "for one with its parameters and inputs there is check_primitive"
    elif inspect.isclass(subject):
        got, way = f"the class {subject.__name__}", "make one, and give its inputs"
    return TypeError(
        "law_of takes the class of a primitive, or an object that is a layer, a loss, "
        f"a metric or an optimizer, such as gg.Dense(3), got {got}; {way}"
    )


def _test(laws: tuple[str, ...], check: Callable[[str], None]) -> Test:
    import pytest

    @pytest.mark.parametrize("law", laws)
    def test(law: str) -> None:
        check(law)

    return test


# ---- primitives ----------------------------------------------------------------------


def _derivatives(op: Primitive, inputs: tuple[Array, ...]) -> None:
    result = np.asarray(op.evaluate(*inputs))
    if result.dtype.kind == "f" and any(each.dtype.kind == "f" for each in inputs):
        # In one direction: examples are many.
        check_primitive(op, inputs, directions=1)


PRIMITIVE_LAWS: Mapping[str, Callable[[Primitive, tuple[Array, ...]], None]] = {
    "values": _primitive_laws.check_value,
    "code": _primitive_laws.check_code,
    "manners": _primitive_laws.check_manners,
    "flags": _primitive_laws.check_flags,
    "derivatives": _derivatives,
}


def _primitive_test(kind: type[Primitive], laws: tuple[str, ...]) -> Test:
    import pytest

    from graphgrad.testing._hypothesis import hypothesis
    from graphgrad.testing._strategies_primitives import examples

    @pytest.mark.parametrize("law", laws)
    @hypothesis.settings(deadline=None)
    @hypothesis.given(example=examples(kind))
    def test(law: str, example: tuple[Primitive, tuple[Array, ...]]) -> None:
        op, inputs = example

        def report(found: str) -> str:
            shapes = ", ".join(str(each.shape) for each in inputs)
            given = f"inputs of shape {shapes}" if inputs else "no inputs"
            return f"primitive {op!r} breaks the law {law!r} for {given}: {found}"

        told(report, PRIMITIVE_LAWS[law], op, inputs)

    made: Test = test
    return made
