"""Weights as code: the instructions, carried out one by one, must add up to the products."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinyml_course.export.multiples import multiply_add

SUMS = [(2 + 2 * i, 3 + 2 * i) for i in range(10)]


def execute(lines: list[str], registers: list[int]) -> None:
    """Carry out the few instructions that occur, on bytes."""
    carry = 0
    for line in lines:
        name, operands = line.split(" ", 1)
        target, source = (int(operand.strip()[1:]) for operand in (operands.split(",") + operands.split(","))[:2])
        a, b = registers[target], registers[source]
        if name == "mov":
            registers[target] = b
        elif name == "movw":
            assert target % 2 == source % 2 == 0
            registers[target], registers[target + 1] = b, registers[source + 1]
        else:
            value = {
                "add": a + b,
                "adc": a + b + carry,
                "lsl": 2 * a,
                "sub": a - b,
                "sbc": a - b - carry,
            }[name]
            registers[target], carry = value & 255, int(not 0 <= value <= 255)


@settings(max_examples=400, deadline=None)
@given(
    weights=st.lists(st.integers(-7, 7), min_size=1, max_size=10),
    limit=st.integers(1, 255),
    signed=st.booleans(),
    fraction=st.floats(-1, 1),
)
def test_the_sums_are_the_products(weights, limit, signed, fraction):
    limit = min(limit, 127) if signed else limit
    value = int(fraction * limit) if signed else int(abs(fraction) * limit)
    registers = [0xA5] * 32
    registers[1], registers[22] = 0, value & 255
    places = SUMS[: len(weights)]
    before = [registers[low] + 256 * registers[high] for low, high in places]
    execute(multiply_add(weights, places, limit, signed=signed), registers)
    after = [registers[low] + 256 * registers[high] for low, high in places]
    assert after == [(b + w * value) & 0xFFFF for b, w in zip(before, weights, strict=True)]
    assert registers[26:30] == [0xA5] * 4, "X and Y are somebody else's"


@pytest.mark.parametrize(("weights", "cost"), [([0] * 10, 0), ([1], 2), ([1] * 10, 20), ([2] * 10, 22), ([3] * 10, 24)])
def test_a_multiple_is_made_once(weights, cost):
    assert len(multiply_add(weights, SUMS[: len(weights)], 16, signed=False)) == cost
