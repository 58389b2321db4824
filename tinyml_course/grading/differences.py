"""Where two answers differ first, for answers too long to be shown whole."""

from __future__ import annotations

from tinyml_course.grading.values import Numbers, Value, describe, same


def first_difference(expected: Value, got: Value, relative_tolerance: float = 0.0) -> str:
    """Say where two arrays of the same shape differ first, if a shortened description may not show it.

    Parameters
    ----------
    expected, got : Value
        Plain values.
    relative_tolerance : float, default 0.0
        As in :func:`tinyml_course.grading.values.same`.

    Returns
    -------
    str
        Such as ``"at [1, 3] you gave 5, expected 6"``; empty where both are shown whole, or have other shapes.
    """
    if not any(describe(value).endswith("…") for value in (expected, got)):
        return ""
    place: list[int] = []
    while True:
        right, mine = (value.items if isinstance(value, Numbers) else value for value in (expected, got))
        if not (isinstance(right, tuple) and isinstance(mine, tuple)):
            break
        pairs = enumerate(zip(right, mine, strict=False))
        other = next((k for k, (one, two) in pairs if not same(one, two, relative_tolerance)), None)
        if len(right) != len(mine) or other is None:
            return ""
        place.append(other)
        expected, got = right[other], mine[other]
    return f"at {place} you gave {describe(got)}, expected {describe(expected)}" if place else ""
