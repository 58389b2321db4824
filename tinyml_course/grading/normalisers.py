"""What brings equally right answers into one form before they are compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tinyml_course.grading.values import Value


def _unchanged(value: Value) -> Value:
    return value


def _request_line(value: Value) -> Value:
    """Upper case, spaces behind the command and the end of the line make no difference to a board."""
    if not isinstance(value, str):
        return value
    return value[:1] + " " + value[1:].lstrip(" ").rstrip("\r\n").lower()


NORMALISERS: Mapping[str, Callable[[Value], Value]] = {"": _unchanged, "request line": _request_line}
"""By the names that checks use."""
