"""Layers: functions of tensors with weights, and `Sequential`, which stacks them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphgrad.layers._absent import absent_names as _absent_names
from graphgrad.layers._config import serialize as serialize
from graphgrad.layers._dense import Dense as Dense
from graphgrad.layers._layer import Layer as Layer
from graphgrad.layers._random_state import set_random_seed as set_random_seed
from graphgrad.layers._sequential import Sequential as Sequential
from graphgrad.layers._simple import Activation as Activation
from graphgrad.layers._simple import ActivityRegularization as ActivityRegularization
from graphgrad.layers._simple import Identity as Identity
from graphgrad.layers._simple import Input as Input
from graphgrad.layers._simple import InputLayer as InputLayer

if TYPE_CHECKING:
    from graphgrad.layers._activation_layers import ELU as ELU
    from graphgrad.layers._activation_layers import LeakyReLU as LeakyReLU
    from graphgrad.layers._activation_layers import PReLU as PReLU
    from graphgrad.layers._activation_layers import ReLU as ReLU
    from graphgrad.layers._activation_layers import Softmax as Softmax
    from graphgrad.layers._batch_normalization import (
        BatchNormalization as BatchNormalization,
    )
    from graphgrad.layers._descriptions import deserialize_layer as deserialize
    from graphgrad.layers._dropout import Dropout as Dropout
    from graphgrad.layers._dropout import SpatialDropout1D as SpatialDropout1D
    from graphgrad.layers._embedding import Embedding as Embedding
    from graphgrad.layers._group_normalization import (
        GroupNormalization as GroupNormalization,
    )
    from graphgrad.layers._lambda import Lambda as Lambda
    from graphgrad.layers._layer_normalization import (
        LayerNormalization as LayerNormalization,
    )
    from graphgrad.layers._layer_normalization import (
        RMSNormalization as RMSNormalization,
    )
    from graphgrad.layers._layer_normalization import (
        UnitNormalization as UnitNormalization,
    )
    from graphgrad.layers._noise_layers import AlphaDropout as AlphaDropout
    from graphgrad.layers._noise_layers import GaussianDropout as GaussianDropout
    from graphgrad.layers._noise_layers import GaussianNoise as GaussianNoise
    from graphgrad.layers._pooling import (
        GlobalAveragePooling1D as GlobalAveragePooling1D,
    )
    from graphgrad.layers._pooling import GlobalAveragePooling1D as GlobalAvgPool1D
    from graphgrad.layers._pooling import (
        GlobalAveragePooling2D as GlobalAveragePooling2D,
    )
    from graphgrad.layers._pooling import GlobalAveragePooling2D as GlobalAvgPool2D
    from graphgrad.layers._pooling import GlobalMaxPooling1D as GlobalMaxPool1D
    from graphgrad.layers._pooling import GlobalMaxPooling1D as GlobalMaxPooling1D
    from graphgrad.layers._pooling import GlobalMaxPooling2D as GlobalMaxPool2D
    from graphgrad.layers._pooling import GlobalMaxPooling2D as GlobalMaxPooling2D
    from graphgrad.layers._rescaling import Normalization as Normalization
    from graphgrad.layers._rescaling import Rescaling as Rescaling
    from graphgrad.layers._reshaping import Flatten as Flatten
    from graphgrad.layers._reshaping import Permute as Permute
    from graphgrad.layers._reshaping import RepeatVector as RepeatVector
    from graphgrad.layers._reshaping import Reshape as Reshape
    from graphgrad.layers._saving import load_model as load_model

# Where the others are, which are imported when they are first asked for.
_LAZY = {
    "ELU": "_activation_layers.ELU",
    "LeakyReLU": "_activation_layers.LeakyReLU",
    "PReLU": "_activation_layers.PReLU",
    "ReLU": "_activation_layers.ReLU",
    "Softmax": "_activation_layers.Softmax",
    "BatchNormalization": "_batch_normalization.BatchNormalization",
    "deserialize": "_descriptions.deserialize_layer",
    "Dropout": "_dropout.Dropout",
    "SpatialDropout1D": "_dropout.SpatialDropout1D",
    "Embedding": "_embedding.Embedding",
    "GroupNormalization": "_group_normalization.GroupNormalization",
    "Lambda": "_lambda.Lambda",
    "LayerNormalization": "_layer_normalization.LayerNormalization",
    "RMSNormalization": "_layer_normalization.RMSNormalization",
    "UnitNormalization": "_layer_normalization.UnitNormalization",
    "AlphaDropout": "_noise_layers.AlphaDropout",
    "GaussianDropout": "_noise_layers.GaussianDropout",
    "GaussianNoise": "_noise_layers.GaussianNoise",
    "GlobalAveragePooling1D": "_pooling.GlobalAveragePooling1D",
    "GlobalAvgPool1D": "_pooling.GlobalAveragePooling1D",
    "GlobalAveragePooling2D": "_pooling.GlobalAveragePooling2D",
    "GlobalAvgPool2D": "_pooling.GlobalAveragePooling2D",
    "GlobalMaxPool1D": "_pooling.GlobalMaxPooling1D",
    "GlobalMaxPooling1D": "_pooling.GlobalMaxPooling1D",
    "GlobalMaxPool2D": "_pooling.GlobalMaxPooling2D",
    "GlobalMaxPooling2D": "_pooling.GlobalMaxPooling2D",
    "Normalization": "_rescaling.Normalization",
    "Rescaling": "_rescaling.Rescaling",
    "Flatten": "_reshaping.Flatten",
    "Permute": "_reshaping.Permute",
    "RepeatVector": "_reshaping.RepeatVector",
    "Reshape": "_reshaping.Reshape",
    "load_model": "_saving.load_model",
}

__all__ = [
    "ELU",
    "Activation",
    "ActivityRegularization",
    "AlphaDropout",
    "BatchNormalization",
    "Dense",
    "Dropout",
    "Embedding",
    "Flatten",
    "GaussianDropout",
    "GaussianNoise",
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
    "GlobalAvgPool1D",
    "GlobalAvgPool2D",
    "GlobalMaxPool1D",
    "GlobalMaxPool2D",
    "GlobalMaxPooling1D",
    "GlobalMaxPooling2D",
    "GroupNormalization",
    "Identity",
    "Input",
    "InputLayer",
    "Lambda",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "Normalization",
    "PReLU",
    "Permute",
    "RMSNormalization",
    "ReLU",
    "RepeatVector",
    "Rescaling",
    "Reshape",
    "Sequential",
    "Softmax",
    "SpatialDropout1D",
    "UnitNormalization",
    "deserialize",
    "load_model",
    "serialize",
    "set_random_seed",
]

globals()["__getattr__"] = _absent_names(__name__, __all__, _LAZY)


def __dir__() -> list[str]:
    """List the public names."""
    return list(__all__)
