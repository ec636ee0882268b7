"""A model that can be saved: as a file, as its weights, as a description."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from graphgrad.layers._compile_config import compile_by, described_compile
from graphgrad.layers._config import serialize
from graphgrad.layers._json import as_json
from graphgrad.layers._profiling import Profiled

__all__ = ["Saved"]

Path = str | os.PathLike[str]


class Saved(Profiled):
    """A trainable model with the ways to keep it, which `_saving` goes."""

    def save(self, filepath: Path, overwrite: bool = True) -> None:
        """Write the model to one ``.safetensors`` file, with all that training needs.

        `graphgrad.load_model` makes it again. Other programs read the weights with
        `safetensors`, by name. The file takes the place of an old one when it is whole.

        >>> import tempfile
        >>> import graphgrad as gg
        >>> model = gg.Sequential([gg.Input((2,)), gg.Dense(1)])
        >>> path = tempfile.mkdtemp() + "/model.safetensors"
        >>> model.save(path)
        >>> gg.models.load_model(path).count_params()
        3
        """
        from graphgrad.layers._saving import save_model

        save_model(self, filepath, overwrite)

    def save_weights(self, filepath: Path, overwrite: bool = True) -> None:
        """Write the weights, by name, to one ``.safetensors`` file."""
        from graphgrad.layers._saving import save_weights

        save_weights(self, filepath, overwrite)

    def load_weights(self, filepath: Path, skip_mismatch: bool = False) -> None:
        """Take over the weights of a file, by name: all of them, or none.

        The file may be of `save_weights`, of `save`, or any other of the format. With
        ``skip_mismatch`` what does not fit is left as it is, and named in a warning.

        >>> import tempfile
        >>> import graphgrad as gg
        >>> model = gg.Sequential([gg.Input((1,)), gg.Dense(1)])
        >>> path = tempfile.mkdtemp() + "/weights.safetensors"
        >>> model.save_weights(path)
        >>> other = gg.Sequential([gg.Input((1,)), gg.Dense(1)])
        >>> other.load_weights(path)
        >>> bool(other.get_weights()[0] == model.get_weights()[0])
        True
        """
        from graphgrad.layers._saving import load_weights

        load_weights(self, filepath, skip_mismatch)

    def to_json(self, **kwargs: Any) -> str:
        """Return the architecture as JSON; ``kwargs`` are those of `json.dumps`.

        `graphgrad.models.model_from_json` makes the model again, with new weights.
        """
        return as_json(serialize(self), **kwargs)

    def get_compile_config(self) -> dict[str, Any]:
        """Return the arguments of `compile` by name, fit for JSON."""
        self._compiled("get_compile_config")
        return described_compile(self)

    def compile_from_config(self, config: Mapping[str, Any]) -> None:
        """Compile with the arguments that `get_compile_config` described.

        >>> import graphgrad as gg
        >>> model = gg.Sequential([gg.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> other = gg.Sequential([gg.Dense(1)])
        >>> other.compile_from_config(model.get_compile_config())
        >>> other.loss.name
        'mean_squared_error'
        """
        compile_by(self, config)
