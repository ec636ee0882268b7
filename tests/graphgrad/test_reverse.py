"""The reverse driver: accumulation, freeing, hooks, depth, threads, no cycles."""

from __future__ import annotations

import gc
import pickle
import threading

import numpy as np
import pytest

import graphgrad as gg
from graphgrad._primitive import LEGACY_PROMOTION


def gradient(x: gg.Tensor) -> gg.Tensor:
    """Return the gradient, which must be there."""
    assert x.grad is not None
    return x.grad


def test_backward_accumulates_into_the_leaves() -> None:
    """Two backward passes add up, until the gradient is set to None."""
    x = gg.tensor([1.0, 2.0], requires_grad=True)
    gg.sum(x * x).backward()
    gg.sum(x * 3.0).backward()
    assert gradient(x).tolist() == [5.0, 7.0]
    x.grad = None
    gg.sum(x).backward()
    assert gradient(x).tolist() == [1.0, 1.0]


def test_second_backward_says_that_the_graph_was_freed() -> None:
    """Saved values are freed, and the message names the way out."""
    x = gg.tensor(2.0, requires_grad=True)
    y = gg.exp(x)
    y.backward()
    with pytest.raises(gg.GradientError, match="retain_graph=True"):
        y.backward()


def test_retain_graph_allows_a_second_backward() -> None:
    """With retain_graph the same gradient comes again."""
    x = gg.tensor(2.0, requires_grad=True)
    y = x * x
    y.backward(retain_graph=True)
    y.backward()
    assert gradient(x).item() == 8.0


def test_a_recorded_gradient_lives_on_where_the_graph_was_freed() -> None:
    """Of x³ it is 12 at 2, its own is again 12, and x³ has no second one."""
    x = gg.tensor(2.0, requires_grad=True)
    y = x**3
    y.backward(create_graph=True, retain_graph=False)
    first, x.grad = x.grad, None
    assert first is not None
    with pytest.raises(gg.GradientError, match="retain_graph=True"):
        y.backward()
    first.backward()
    assert [12.0, 12.0] == [first.item(), gradient(x).item()]


def test_create_graph_records_the_gradient() -> None:
    """The gradient of the gradient of x³ is 6x."""
    x = gg.tensor(2.0, requires_grad=True)
    (x * x * x).backward(create_graph=True)
    first = x.grad
    assert first is not None
    x.grad = None
    first.backward()
    assert first.item() == 12.0
    assert gradient(x).item() == 12.0


def test_backward_needs_a_scalar_or_a_gradient_of_the_shape() -> None:
    """A vector has no single gradient."""
    x = gg.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(gg.GradientError, match="scalar"):
        (x * 2.0).backward()
    with pytest.raises(gg.ShapeError, match=r"\(2,\)"):
        (x * 2.0).backward(gg.tensor([1.0, 2.0, 3.0]))
    (x * 2.0).backward([1.0, 10.0])
    assert gradient(x).tolist() == [2.0, 20.0]


def test_backward_without_a_graph_says_how_to_get_one() -> None:
    """Constants have no gradient."""
    with pytest.raises(gg.GradientError, match="requires_grad=True"):
        gg.tensor(1.0).backward()


def test_hooks_see_the_whole_gradient_once_and_may_replace_it() -> None:
    """A tensor that is used twice has one gradient, and one call of its hook."""
    seen = []

    def hook(g: gg.Tensor) -> gg.Tensor:
        seen.append(g.item())
        return g * 10.0

    x = gg.tensor(3.0, requires_grad=True)
    y = x * 1.0
    remove = y.register_hook(hook)
    (y * 2.0 + y * 3.0).backward()
    assert seen == [5.0]
    assert gradient(x).item() == 50.0
    remove()
    x.grad = None
    (x * 1.0).backward()
    assert gradient(x).item() == 1.0


def test_a_hook_that_changes_the_shape_is_refused() -> None:
    """The replacement has the shape of the tensor."""
    x = gg.tensor([1.0, 2.0], requires_grad=True)
    x.register_hook(gg.sum)
    with pytest.raises(gg.ShapeError, match="hook"):
        gg.sum(x).backward()


def test_many_uses_are_one_sum() -> None:
    """The cotangents of a tensor used n times are added in one operation."""
    graph = gg.trace(
        gg.grad(lambda x: x * x + x * 2.0 + gg.sin(x)), gg.Spec((), gg.float64)
    )
    sums = [node for node in graph.operations if node.op.name == "add_n"]
    assert len(sums) == 1
    assert len(sums[0].inputs) == 4


def test_sum_is_differentiated_by_a_view() -> None:
    """The cotangent of a sum is broadcast, not filled."""
    x = gg.tensor(np.zeros((100, 100)), requires_grad=True)
    gg.sum(x).backward()
    assert gradient(x).numpy().strides == (0, 0)


def test_a_node_saves_only_what_its_rule_reads() -> None:
    """A sum of tensors saves no value, a product its factors, a root itself."""
    x = gg.tensor([1.0], requires_grad=True)
    for y, inputs, result in (
        (x + x, [False, False], False),
        (x * x, [True, True], False),
        (x * 2.0, [False, True], False),
        (gg.sqrt(x), [False], True),
        (gg.power(x, 3.0), [True, True], False),
        (gg.sum(x), [False], False),
    ):
        node = y.node
        assert node is not None
        assert [isinstance(each, np.ndarray) for each in node.saved] == inputs
        assert (node.result is not None) == result


@pytest.mark.skipif(LEGACY_PROMOTION, reason="rules get tensors there")
def test_what_a_node_saved_is_let_go_when_its_rule_has_run() -> None:
    """Before the next rule runs, unless it is retained."""
    x = gg.tensor(0.5, requires_grad=True)
    for retain in (True, False):
        y = gg.exp(x)
        z = gg.exp(y)
        node = z.node
        assert node is not None
        held: list[bool] = []

        def look(_: gg.Tensor, node: gg.Node = node, held: list[bool] = held) -> None:
            held.append(node.result is not None)

        y.register_hook(look)
        z.backward(retain_graph=retain)
        assert held == [retain]


@pytest.mark.skipif(LEGACY_PROMOTION, reason="rules get tensors there")
def test_a_backward_that_fails_has_used_up_what_it_passed() -> None:
    """No gradient arrives; the next one says what to do, or works where retained."""

    def refuse(_: gg.Tensor) -> None:
        raise ValueError("no")

    x = gg.tensor(0.5, requires_grad=True)
    for retain in (True, False):
        y = gg.exp(x)
        z = gg.exp(y)
        remove = y.register_hook(refuse)
        with pytest.raises(ValueError, match="no"):
            z.backward(retain_graph=retain)
        remove()
        assert x.grad is None
        if retain:
            z.backward()
            assert gradient(x).item() == (z * y).item()
            x.grad = None
        else:
            with pytest.raises(gg.GradientError, match="retain_graph=True"):
                z.backward()


def test_a_tape_keeps_no_constant_but_its_shape_and_a_single_number() -> None:
    """What is added needs no value to be differentiated; a picture shows numbers."""
    x = gg.tensor([1.0, 2.0], requires_grad=True)
    graph = gg.graph_of(x + np.array([3.0, 4.0]) + 5.0)
    constants = [each.op for each in graph.nodes if each.op.name == "constant"]
    assert [getattr(op, "value", 0) for op in constants] == [None, 5.0]
    assert [each.shape for each in graph.nodes if each.op.name == "constant"] == [
        (2,),
        (),
    ]


def test_a_sum_of_many_cotangents_changes_none_of_them() -> None:
    """Cotangents that are shared are not added up in place."""
    x = gg.tensor([1.0, 2.0], requires_grad=True)
    seed = np.array([1.0, 10.0])
    y = x + 0.0
    (y + y + y + y * 1.0).backward(seed)
    assert gradient(x).tolist() == [4.0, 40.0]
    assert seed.tolist() == [1.0, 10.0]


def test_equal_leaves_are_never_merged() -> None:
    """Two leaves with one value keep their own gradients, compiled too."""
    both = gg.jit(gg.grad(lambda x, y: x * 3.0 + y * 5.0, argnums=(0, 1)))
    assert [g.item() for g in both(1.0, 1.0)] == [3.0, 5.0]


def test_detach_and_no_grad_stop_gradients_eager_and_traced() -> None:
    """What is detached counts as a constant."""

    def f(x: gg.Tensor) -> gg.Tensor:
        with gg.no_grad():
            y = x * 2.0
        return x * y + x * x.detach()

    assert gg.grad(f)(3.0).item() == 9.0
    assert gg.jit(gg.grad(f))(3.0).item() == 9.0


def test_float32_stays_float32_through_forward_and_backward() -> None:
    """No Python number and no constant of a rule widens the gradient."""
    x = gg.tensor([0.5, 2.0], dtype="float32", requires_grad=True)
    y = gg.mean(gg.log(x * 2 + 1.5) / gg.sqrt(x) - gg.sigmoid(x) ** 3)
    y.backward()
    assert y.dtype == np.float32
    assert gradient(x).dtype == np.float32


def test_a_chain_of_a_million_nodes_is_built_differentiated_and_freed() -> None:
    """I5: nothing recurses over a graph."""
    x = gg.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(1_000_000):
        y = y + 1.0
    y.backward()
    assert gradient(x).item() == 1.0
    assert y.item() == 1_000_001.0
    del y


def test_a_deep_graph_is_pickled() -> None:
    """I5: a graph is stored as flat lists."""
    x = gg.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(100_000):
        y = -y
    graph = pickle.loads(pickle.dumps(gg.graph_of(y)))
    assert len(graph.operations) == 100_000


def test_recording_leaves_no_reference_cycles() -> None:
    """Everything is freed when the last name goes, without the garbage collector."""
    gc.collect()
    gc.disable()
    try:
        x = gg.tensor([1.0, 2.0], requires_grad=True)
        gg.sum(gg.tanh(x * x) @ gg.tensor([1.0, 2.0])).backward()
        gg.grad(gg.grad(lambda a: a**3))(2.0)
        del x
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_recording_is_per_thread() -> None:
    """`no_grad` in one thread does not switch off recording in another."""
    inside, leave = threading.Event(), threading.Event()

    def quiet() -> None:
        with gg.no_grad():
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=quiet)
    thread.start()
    inside.wait(10)
    x = gg.tensor(2.0, requires_grad=True)
    assert (x * x).requires_grad
    leave.set()
    thread.join()


def test_threads_give_the_gradients_of_a_serial_run() -> None:
    """Eight threads that differentiate at once do not disturb one another."""
    rng = np.random.default_rng(0)
    inputs = [rng.normal(size=(5, 5)) for _ in range(64)]
    derivative = gg.grad(lambda a: gg.sum(gg.tanh(a @ a)))
    expected = [derivative(a).tolist() for a in inputs]
    found: dict[int, object] = {}

    def work(part: int) -> None:
        for i in range(part, len(inputs), 8):
            found[i] = derivative(inputs[i]).tolist()

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[i] for i in range(len(inputs))] == expected


def test_what_was_computed_from_an_old_value_keeps_it() -> None:
    """Assigning a variable changes no tensor and no derivative made before."""
    w = gg.Variable([1.0, 2.0], name="w")
    y, view, same = gg.sum(w * w), w[:1], w.detach()
    w.assign([5.0, 6.0])
    y.backward()
    assert gradient(w).tolist() == [2.0, 4.0]
    assert view.tolist() == [1.0]
    assert same.tolist() == [1.0, 2.0]
    gg.sum(w * w).backward()
    assert gradient(w).tolist() == [12.0, 16.0]


def test_programs_do_not_write_into_tensors() -> None:
    """A step changes the variable, not what was read from it before."""
    w = gg.Variable([1.0], name="w")
    before = w * 1.0 + w.detach()
    gg.jit(lambda: gg.assign(w, w * 3.0))()
    assert before.tolist() == [2.0]
    assert w.tolist() == [3.0]


def test_derivatives_below_where_are_right_in_every_mode() -> None:
    """Masking leaves the rule linear in g: jvp and second order hold."""

    def f(x: gg.Tensor) -> gg.Tensor:
        return gg.where(x > -1.0, gg.sin(x) ** 2, gg.sqrt(x))

    assert gg.jvp(f, (0.5,), (1.0,))[1].item() == pytest.approx(np.sin(1.0))
    assert gg.grad(gg.grad(f))(0.0).item() == pytest.approx(2.0)
    assert gg.hessian(f)(0.0).item() == pytest.approx(2.0)


def test_gradients_of_a_leaf_add_up_where_it_is_read_first() -> None:
    """A sum of cotangents is drawn with the layer that owns the parameter."""
    w = gg.Variable([1.0, 2.0])

    def slope() -> gg.Tensor:
        with gg.scope("layer"):
            y = gg.tanh(w)
        with gg.scope("other"), gg.phase("loss"):
            loss = gg.sum(y * gg.square(w))
        return gg.gradients(loss, [w])[0]

    graph = gg.trace(slope)
    (total,) = (node for node in graph.operations if node.op.name == "add_n")
    assert ("layer", "backward") == (total.scope, total.phase)


def test_each_gradient_is_an_array_of_its_own() -> None:
    """Sums and views pass a cotangent on as it is; to write to it changes no other."""
    given = gg.tensor([1.0, 2.0])
    a, b = (gg.tensor([3.0, 4.0], requires_grad=True) for _ in range(2))
    (a + b).backward(gradient=given)
    gradient(a).numpy()[...] *= 0.5
    assert gradient(a).tolist() == [0.5, 1.0]
    assert gradient(b).tolist() == given.tolist() == [1.0, 2.0]
    c, d = (gg.tensor([3.0, 4.0], requires_grad=True) for _ in range(2))
    total = gg.reshape(c, (2, 1)) + gg.reshape(d, (2, 1))
    gg.sum(total * total).backward()
    gradient(c).numpy()[...] = 0.0
    assert gradient(d).tolist() == [12.0, 16.0]
