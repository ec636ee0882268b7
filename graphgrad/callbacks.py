"""Callbacks: objects that are told what happens during training."""

from __future__ import annotations

from graphgrad.layers._absent import absent_names as _absent_names
from graphgrad.layers._averages import SwapEMAWeights as SwapEMAWeights
from graphgrad.layers._backup import BackupAndRestore as BackupAndRestore
from graphgrad.layers._callback import Callback as Callback
from graphgrad.layers._callbacks import CallbackList as CallbackList
from graphgrad.layers._callbacks import LossError as LossError
from graphgrad.layers._checkpoint import ModelCheckpoint as ModelCheckpoint
from graphgrad.layers._early_stopping import EarlyStopping as EarlyStopping
from graphgrad.layers._graph_recorder import Finding as Finding
from graphgrad.layers._graph_recorder import GraphRecorder as GraphRecorder
from graphgrad.layers._history import History as History
from graphgrad.layers._history_plot import HistoryPlot as HistoryPlot
from graphgrad.layers._input_ranges import InputRanges as InputRanges
from graphgrad.layers._learning_monitor import LearningMonitor as LearningMonitor
from graphgrad.layers._learning_monitor import LearningWarning as LearningWarning
from graphgrad.layers._logging_callbacks import CSVLogger as CSVLogger
from graphgrad.layers._logging_callbacks import LambdaCallback as LambdaCallback
from graphgrad.layers._logging_callbacks import TerminateOnNaN as TerminateOnNaN
from graphgrad.layers._monitor import Monitor as Monitor
from graphgrad.layers._monitor import MonitorError as MonitorError
from graphgrad.layers._probe import LayerView as LayerView
from graphgrad.layers._probe import Probe as Probe
from graphgrad.layers._probe import StepView as StepView
from graphgrad.layers._rate_callbacks import (
    LearningRateScheduler as LearningRateScheduler,
)
from graphgrad.layers._rate_callbacks import ReduceLROnPlateau as ReduceLROnPlateau
from graphgrad.layers._tensorboard import TensorBoard as TensorBoard

__all__ = [
    "BackupAndRestore",
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "Finding",
    "GraphRecorder",
    "History",
    "HistoryPlot",
    "InputRanges",
    "LambdaCallback",
    "LayerView",
    "LearningMonitor",
    "LearningRateScheduler",
    "LearningWarning",
    "LossError",
    "ModelCheckpoint",
    "Monitor",
    "MonitorError",
    "Probe",
    "ReduceLROnPlateau",
    "StepView",
    "SwapEMAWeights",
    "TensorBoard",
    "TerminateOnNaN",
]

globals()["__getattr__"] = _absent_names(__name__, __all__)
