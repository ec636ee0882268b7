"""The errors of loading data: a file that is missing, damaged or not to be had."""

from __future__ import annotations

from graphgrad._errors import GraphgradError

__all__ = ["DatasetError", "DownloadError", "MissingFileError"]


class DatasetError(GraphgradError, ValueError):
    """A data set that cannot be loaded: the message names the file and the way out."""


class MissingFileError(DatasetError, FileNotFoundError):
    """A file or folder of a data set that is not there."""


class DownloadError(DatasetError, OSError):
    """A file that no server gave, or that could not be stored."""
