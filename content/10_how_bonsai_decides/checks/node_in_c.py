"""Check 10.6: one node in C, on the virtual Uno."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tinyml_course.graph import Array
from tinyml_course.grading.checks import Case, Check, Misconception, Part
from tinyml_course.grading.sheet import BoardTask

from .trees import integers

_NODE_LENGTH, _NODE_ONE, _NODE_SHIFT = 16, 34, 4


def _nodes_in_flash(rng: np.random.Generator) -> Sequence[Case]:
    """Rows of W and V in 4 bits, z in 7: products of 16 bits and more, gates on both sides of both limits."""
    while True:
        z, w, v = integers(rng, 60, 24, 16), rng.integers(-8, 8, (24, 16)), rng.integers(-8, 8, (24, 16))
        v[::2] //= 4
        gates = (v * z).sum(axis=1)
        inside = np.abs(gates) < _NODE_ONE
        if inside.sum() >= 4 and (gates > _NODE_ONE).sum() >= 4 and (gates < -_NODE_ONE).sum() >= 4:
            return [(z, w, v)]


def _node_task(z: Array, w: Array, v: Array) -> BoardTask:
    tables = "\n".join(_c_table(*table) for table in (("z", z, ""), ("w", w, " PROGMEM"), ("v", v, " PROGMEM")))
    head = f"#define N {_NODE_LENGTH}\n#define ONE {_NODE_ONE}\n#define SHIFT {_NODE_SHIFT}\n"
    prototype = "int16_t node_score(const int8_t *z, const int8_t *w, const int8_t *v);"
    # It keeps the tables in the program, so that they count for nobody.
    stub = f"{prototype[:-1]}\n{{\n    return z[0] + pgm_read_byte(w) + pgm_read_byte(v);\n}}"
    return BoardTask(f"{head}{tables}\n{prototype}", "node_score(case_z[k], case_w[k], case_v[k])", stub, len(z))


def _c_table(name: str, rows: Array, place: str) -> str:
    lines = ",\n".join("    {" + ", ".join(str(int(value)) for value in row) + "}" for row in rows)
    return f"static const int8_t case_{name}[{len(rows)}][{_NODE_LENGTH}]{place} = {{\n{lines}\n}};"


def _rows(a: Array, b: Array) -> Array:
    return (a.astype(int) * b).sum(axis=1)


def _int16(values: Array) -> Array:
    return (values + 2**15) % 2**16 - 2**15


def _int8(values: Array) -> Array:
    return (values + 2**7) % 2**8 - 2**7


def _node_outputs(
    z: Array,
    w: Array,
    v: Array,
    *,
    held: Callable[[Array], Array] | None = None,
    product: Callable[..., Array] = _int16,
) -> tuple[int, ...]:
    """What node_score returns for each row; by default as somebody computes it whose product has 16 bits."""
    hold = held or (lambda gate: np.clip(gate, -_NODE_ONE, _NODE_ONE))
    scores = product(_rows(w, z) * hold(_rows(v, z))) >> _NODE_SHIFT
    return tuple(int(score) for score in _int16(scores))


def _whole(values: Array) -> Array:
    return values


NODE_IN_C = Check(
    objective="10.6",
    task="One node in C",
    function="node_in_c",
    parts=(
        Part("the same integers as in Python", 2, _nodes_in_flash, "outputs"),
        Part("at most 1,000 cycles", 1, _nodes_in_flash, "cycles <= 1000"),
        Part("at most 220 bytes of flash", 1, _nodes_in_flash, "flash_bytes <= 220"),
    ),
    can_now="write a node in C that gives the same integers as Python, small and quick",
    arguments=(),
    expected=lambda z, w, v: _node_outputs(z, w, v, product=_whole),
    board=_node_task,
    misconceptions=(
        Misconception(
            "product of 16 bits",
            "The product needs more than 16 bits, and an `int` of the Uno has no more: make one factor an int32_t.",
            _node_outputs,
        ),
        Misconception(
            "weights without sign",
            "`pgm_read_byte` gives 0 to 255: make it an int8_t, or -1 becomes 255.",
            lambda z, w, v: _node_outputs(z, w % 256, v % 256, product=_whole),
        ),
        Misconception(
            "weights without sign",
            "`pgm_read_byte` gives 0 to 255: make it an int8_t, or -1 becomes 255.",
            lambda z, w, v: tuple(
                int(score)
                for score in _int16(
                    _int16(_rows(w % 256, z)) * np.clip(_int16(_rows(v % 256, z)), -_NODE_ONE, _NODE_ONE) >> _NODE_SHIFT
                )
            ),
        ),
        Misconception(
            "hard tanh forgotten",
            "The hard tanh is missing: V z is used as it is, however large.",
            lambda z, w, v: _node_outputs(z, w, v, held=_whole, product=_whole),
        ),
        Misconception(
            "one limit only",
            "You hold large positive values back, but not large negative ones.",
            lambda z, w, v: _node_outputs(z, w, v, held=lambda gate: np.minimum(gate, _NODE_ONE), product=_whole),
        ),
        Misconception(
            "sums of 8 bits",
            "Your sums are too large for an int8_t: give them 16 bits.",
            lambda z, w, v: tuple(
                int(score)
                for score in _int16(
                    _int8(_rows(w, z)) * np.clip(_int8(_rows(v, z)), -_NODE_ONE, _NODE_ONE) >> _NODE_SHIFT
                )
            ),
        ),
        Misconception(
            "rounded towards zero",
            "A division cuts towards zero; the shift of 10.3 rounds down.",
            lambda z, w, v: tuple(
                int(score)
                for score in _int16(
                    np.trunc(_rows(w, z) * np.clip(_rows(v, z), -_NODE_ONE, _NODE_ONE) / 2**_NODE_SHIFT).astype(int)
                )
            ),
        ),
        Misconception(
            "not shifted",
            "The shift is missing.",
            lambda z, w, v: tuple(
                int(score) for score in _int16(_rows(w, z) * np.clip(_rows(v, z), -_NODE_ONE, _NODE_ONE))
            ),
        ),
    ),
)
