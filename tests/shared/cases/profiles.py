"""Programs that are profiled."""

from __future__ import annotations

from collections.abc import Callable

import graphgrad as gg


class Clock:
    """A clock that stands still but for its looks, of 10 ns, and what is added."""

    def __init__(self) -> None:
        """Start at 0."""
        self.time = 0

    def __call__(self) -> int:
        """Look."""
        self.time += 10
        return self.time


class Timed(gg.Program):
    """A program whose nodes take known times on a clock, in ns, and are noted twice."""

    def __init__(self, graph: gg.Graph, clock: Clock, costs: dict[str, int]) -> None:
        """Keep what each node takes; others take no time."""
        super().__init__(graph)
        self.clock, self.costs = clock, costs

    def noted(
        self, note: Callable[..., None], *, values: bool = False
    ) -> Callable[[], None]:
        """Let the clock go on for what a node takes, half of it at each note."""

        def tell(name: str) -> None:
            for _ in range(2):
                self.clock.time += self.costs.get(name, 0) // 2
                note(name)

        return super().noted(tell, values=values)


def step(x: gg.Tensor) -> gg.Tensor:
    """Compute in two scopes and two phases."""
    with gg.scope("first"):
        y = gg.exp(x)
    with gg.scope("second"), gg.phase("loss"):
        return gg.sum(y * y)
