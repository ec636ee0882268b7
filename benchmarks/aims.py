"""What is aimed at: the peer's time over ours, by workload and contestant."""

from __future__ import annotations

__all__ = ["AIMS", "COMPILE_AIM", "IMPORT_AIM", "MEMORY_AIM"]

AIMS: dict[str, dict[str, float]] = {
    "tiny": {"keras": 80, "torch": 14, "jax": 2.5, "jax-scan": 0.8, "numpy": 2.5},
    "xor": {"keras": 500},
    "digits-adam": {
        "keras": 10,
        "torch": 5.5,
        "jax": 1.35,
        "jax-scan": 1.15,
        "numpy": 1.7,
        "sklearn": 3.5,
        "autograd": 10,
        "mygrad": 4,
    },
    "mlp": {"keras": 1.8, "torch": 1.4, "jax": 1.05, "jax-scan": 0.95, "numpy": 1.4},
    "predict-1": {"keras": 1000, "torch": 3, "jax": 2},
    "eager-small": {"torch": 1, "autograd": 2, "mygrad": 2},
    "eager-64": {"torch": 1, "autograd": 2, "mygrad": 2},
}

# Of NumPy's own time.
IMPORT_AIM = 1.3
# Seconds for the lesson's model.
COMPILE_AIM = 0.030
# Bytes beside the data: this share of them, and so many more.
MEMORY_AIM = (0.3, 30e6)
