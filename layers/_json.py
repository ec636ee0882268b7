"""JSON text, written and read: strict, with errors of our own."""

from __future__ import annotations

from typing import Any, NoReturn

from graphgrad.layers._registry import ConfigError

__all__ = ["as_json", "from_json"]


def as_json(description: Any, **options: Any) -> str:
    """Return what `serialize` has made as JSON text, which every reader takes.

    >>> as_json({"rate": 0.5})
    '{"rate": 0.5}'
    """
    import json

    try:
        return json.dumps(description, allow_nan=False, **options)
    except (RecursionError, ValueError) as error:
        raise ConfigError(f"this cannot be written as JSON: {error}") from error


def from_json(text: Any, what: str) -> Any:
    """Return what JSON text says; ``what`` names the text in errors.

    >>> from_json("[1, 2]", "a list")
    [1, 2]
    """
    if not isinstance(text, str | bytes):
        raise ConfigError(f"{what} must be JSON text, got {type(text).__name__}")
    import json

    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise ConfigError(f"{what} is nested without end") from None
    except ValueError as error:
        if isinstance(error, ConfigError):
            raise
        raise ConfigError(f"{what} is no JSON text: {error}") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ConfigError(f"JSON has no number {name}")
