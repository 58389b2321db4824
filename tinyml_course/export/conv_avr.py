"""Small convolutions in the AVR's registers, their weights as immediates.

A multiply-accumulate takes 6 cycles and 10 bytes of flash; the weight's sign chooses between adding and subtracting::

    ldi r31, 93      1 cycle     the weight's magnitude
    mul r31, r30     2           times the value
    add, adc, adc    3           to the sum, or sub, sbc, sbc from it

A value is loaded once for up to eight outputs, and a value of zero skips them. With a pooling behind the convolution
the largest sums of up to four outputs stay in registers: requantization is monotone, so the largest sum gives the
largest code, and only that one is requantized.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tinyml_course.export.dense_avr import BRANCH_REACH, instruction_count
from tinyml_course.export.narrow_avr import Line, narrow_lines

if TYPE_CHECKING:
    from tinyml_course.export.conv import ConvStage
    from tinyml_course.export.requantize import Narrow

#: Largest displacement of a load.
_FARTHEST = 63
#: Values of a row that are read without a loop.
_UNROLLED = 16


@dataclass
class _Pointer:
    """Y while it walks over a window: where it stands, in bytes behind the window's first value."""

    place: int = 0

    def cover(self, first: int, last: int) -> str:
        """Instructions after which loads reach the offsets from `first` to `last`, at most 64 of them."""
        return "" if first >= self.place and last <= self.place + _FARTHEST else self.to(first)

    def to(self, offset: int) -> str:
        """Instructions that move Y to `offset`."""
        step, self.place = offset - self.place, offset
        return move_pointer(step)


def move_pointer(step: int) -> str:
    """Instructions that add a constant to Y."""
    if 0 < step <= _FARTHEST:
        return f"adiw r28, {step}"
    if -_FARTHEST <= step < 0:
        return f"sbiw r28, {-step}"
    return f"subi r28, lo8({-step}); sbci r29, hi8({-step})" if step else ""


def _load_constants(first: int, values: list[int], spare: str) -> Line:
    """Load bytes into registers from `first` on; only those from r16 on take immediates."""
    steps = []
    for register, value in enumerate(values, first):
        if value & 255 == 0:
            steps.append(f"clr r{register}")
        elif register >= 16:
            steps.append(f"ldi r{register}, {value & 255}")
        else:
            steps.append(f"ldi {spare}, {value & 255}; mov r{register}, {spare}")
    return "; ".join(steps), "sums start at the biases"


def _clear(count: int) -> str:
    """Instructions that clear registers from r2 on, two in a cycle."""
    pairs = [f"movw r{r}, r2" for r in range(4, 2 + count - 1, 2)]
    return "; ".join(["clr r2", "clr r3", *pairs, *([f"clr r{1 + count}"] if count % 2 else [])])


def _bytes(values: list[int]) -> list[int]:
    return [value >> 8 * k & 255 for value in values for k in range(3)]


def _multiply_add(register: int, weight: int, value: str, spare: str, zero: str) -> str:
    low, high = ("add", "adc") if weight > 0 else ("sub", "sbc")
    return (
        f"ldi {spare}, {abs(weight)}; mul {spare}, {value}; {low} r{register}, r0; "
        f"{high} r{register + 1}, r1; {high} r{register + 2}, {zero}"
    )


def _windows(stage: ConvStage, outputs: range, pointer: _Pointer) -> list[Line]:
    """Multiply-accumulate over one window: outputs in r2 on, r30 a value, r27 zero, r26 which places count."""
    lines: list[Line] = []
    test = "subi r30, 128" if stage.codes else "tst r30"
    for ky, kx, offset in stage.places():
        lines.append((pointer.cover(offset, offset + stage.in_channels - 1), ""))
        body: list[Line] = []
        for i in range(stage.in_channels):
            used = [(k, w) for k, o in enumerate(outputs) if (w := int(stage.weights[o, ky, kx, i]))]
            if used:
                load = f"ldd r30, Y+{offset + i - pointer.place}; {test}; breq 5f"
                body.append((load, f"row {ky}, column {kx}, channel {i}"))
                body += [(_multiply_add(2 + 3 * k, w, "r30", "r31", "r27"), "") for k, w in used]
                body.append(("5:", ""))
        lines += _if_inside(stage, ky, kx, body, "r26")
    return lines


def _if_inside(stage: ConvStage, ky: int, kx: int, body: list[Line], flags: str) -> list[Line]:
    """Put tests around what reads a place of the window that can lie outside the image."""
    bits = [bit for bit, tested in ((ky, ky in stage.tested_rows), (4 + kx, kx in stage.tested_columns)) if tested]
    if not body or not bits:
        return body
    tests = "; ".join(f"sbrs {flags}, {bit}; rjmp 7f" for bit in bits)
    return [(tests, ""), *body, ("7:", "")]


def conv_lines(stage: ConvStage, sums: str) -> list[Line]:
    """Sums of a convolution at the window that Y points at, all outputs, to the operand `sums`.

    r30 says on entry which rows (bits 0 to 3) and columns (bits 4 to 7) of the window lie inside the image.
    """
    lines: list[Line] = [(("mov r26, r30; " if stage.tested else "") + "clr r27", "r27: zero")]
    for outputs in stage.blocks(8):
        pointer = _Pointer()
        lines.append(_load_constants(2, _bytes([int(stage.code_biases[o]) for o in outputs]), "r31"))
        lines += _windows(stage, outputs, pointer)
        lines.append((pointer.to(0), ""))
        lines.append(_store(sums, outputs, 2, "Z", "r30", "r31"))
    return lines


def _store(sums: str, outputs: range, register: int, pointer: str, low: str, high: str) -> Line:
    place = f"%[{sums}]+{3 * outputs[0]}"
    stores = "; ".join(f"st {pointer}+, r{register + i}" for i in range(3 * len(outputs)))
    return f"ldi {low}, lo8({place}); ldi {high}, hi8({place}); {stores}", ""


def pooled_conv_lines(stage: ConvStage, sums: str) -> list[Line]:
    """Largest sums of a convolution over the windows of one pool, Y at the first of them, to the operand `sums`."""
    rows, columns = stage.pool
    row_step, column_step = stage.position_steps
    lines: list[Line] = [("clr r27", "r27: zero")]
    for outputs in stage.blocks(4):
        each, pointer = range(len(outputs)), _Pointer()
        lowest = "; ".join(f"clr r{14 + 3 * k}; clr r{15 + 3 * k}; ldi r{16 + 3 * k}, 128" for k in each)
        lines.append((lowest, "r14 on: the largest sums so far"))
        lines.append((f"ldi r31, {rows}; 50: push r31; ldi r26, {columns}; 51:", "rows and columns of the pool"))
        lines.append((_clear(3 * len(outputs)), "r2 on: the sums"))
        lines += _windows(stage, outputs, pointer)
        for k in each:
            a, m = 2 + 3 * k, 14 + 3 * k
            copy = (
                f"movw r{m}, r{a}; mov r{m + 2}, r{a + 2}" if k % 2 == 0 else f"mov r{m}, r{a}; movw r{m + 1}, r{a + 1}"
            )
            lines.append((f"cp r{m}, r{a}; cpc r{m + 1}, r{a + 1}; cpc r{m + 2}, r{a + 2}; brge 6f; {copy}; 6:", ""))
        pointer_back = pointer.to(0)
        next_column, next_row = move_pointer(column_step), move_pointer(row_step - (columns - 1) * column_step)
        back = move_pointer(-(rows - 1) * row_step - (columns - 1) * column_step)
        lines.append((pointer_back, ""))
        lines.append((f"dec r26; breq 52f; {next_column}; rjmp 51b; 52:", "the next window of the row"))
        lines.append((f"pop r31; dec r31; breq 53f; {next_row}; rjmp 50b; 53: {back}", "the next row"))
        biases = _bytes([int(stage.code_biases[o]) for o in outputs])
        adds = [f"ldi r30, {b}; {'adc' if i % 3 else 'add'} r{14 + i}, r30" for i, b in enumerate(biases)]
        lines.append(("; ".join(adds), "the biases"))
        lines.append(_store(sums, outputs, 14, "Z", "r30", "r31"))
    return lines


def depthwise_lines(stage: ConvStage, sums: str) -> list[Line]:
    """Sums of a depthwise convolution at the window that Y points at, to the operand `sums`.

    r30 says which rows and columns lie inside, as for :func:`conv_lines`; r26 is a value, r27 a weight, r31 zero.
    """
    lines: list[Line] = [("clr r31", "r31: zero")]
    for outputs in stage.blocks(8):
        pointer = _Pointer()
        lines.append(_load_constants(2, _bytes([int(stage.code_biases[o]) for o in outputs]), "r27"))
        channels = [o // stage.per_channel for o in outputs]
        for ky, kx, offset in stage.places():
            lines.append((pointer.cover(offset + channels[0], offset + channels[-1]), ""))
            body: list[Line] = []
            loaded = -1
            for k, (o, channel) in enumerate(zip(outputs, channels, strict=True)):
                weight = int(stage.weights[o, ky, kx, 0])
                if not weight:
                    continue
                if channel != loaded:
                    load = f"ldd r26, Y+{offset + channel - pointer.place}" + ("; subi r26, 128" if stage.codes else "")
                    body.append((load, f"row {ky}, column {kx}, channel {channel}"))
                    loaded = channel
                body.append((_multiply_add(2 + 3 * k, weight, "r26", "r27", "r31"), ""))
            lines += _if_inside(stage, ky, kx, body, "r30")
        lines.append((pointer.to(0), ""))
        lines.append(_store(sums, outputs, 2, "X", "r26", "r27"))
    return lines


def requantize_lines(
    narrow: Narrow, base: int, count: int, constants: str, *, add_to_sums: bool = False, mean_offset: int | None = None
) -> list[Line]:
    """Requantize `count` sums at X, results to Y.

    Parameters
    ----------
    narrow : Narrow
        The proven step.
    base : int
        The byte that stands for zero in the results.
    count : int
        How many.
    constants : str
        Operand of the table of constants.
    add_to_sums : bool
        Whether the results are added to two-byte sums at Y, not stored.
    mean_offset : int, optional
        The sums have two bytes, this is added to them, and all share the constants of one channel.
    """
    load = "ld r16, X+; ld r17, X+; ld r18, X+; tst r18"
    if mean_offset is not None:
        low, middle, high = (-mean_offset >> 8 * k & 255 for k in range(3))
        load = f"ld r16, X+; ld r17, X+; clr r18; subi r16, {low}; sbci r17, {middle}; sbci r18, {high}"
    body: list[Line] = [(load, "a sum")]
    if add_to_sums:
        nothing = {"below_zero": "adiw r28, 2; rjmp 9f"} if base == 0 else {}  # nothing to add
        add = "ldd r0, Y+0; ldd r1, Y+1; add r0, r20; adc r1, r19; st Y+, r0; st Y+, r1; 9:"
        body += [*narrow_lines(narrow, base, **nothing), (add, "added up for the mean")]
    else:
        body += [*narrow_lines(narrow, base), ("st Y+, r20", "its code")]
    if mean_offset is not None:
        body.append((f"sbiw r30, {narrow.form.parameter_bytes}", ""))
    near = instruction_count(body) + 2 <= BRANCH_REACH
    return [
        (f"ldi r30, lo8(%[{constants}]); ldi r31, hi8(%[{constants}])", "the constants"),
        (f"clr r19; ldi r24, {count}; 91:", ""),
        *body,
        ("dec r24; brne 91b" if near else "dec r24; breq 92f; rjmp 91b; 92:", ""),
    ]


def fill_lines(buffer: str, count: int, value: int) -> list[Line]:
    """Write one byte all over a buffer."""
    times = next(k for k in range(8, 0, -1) if count % k == 0 and count // k < 256)
    stores = "; ".join(["st X+, r18"] * times)
    start = f"ldi r26, lo8(%[{buffer}]); ldi r27, hi8(%[{buffer}])"
    return [(f"{start}; ldi r18, {value}; ldi r19, {count // times}; 1: {stores}; dec r19; brne 1b", "the border")]


def rows_lines(buffer: str, first: int, rows: int, length: int, gap: int, one: str) -> list[Line]:
    """Read rows of values at X with the instructions `one`, which store at Y; a gap lies between the rows."""
    most = length if length <= _UNROLLED else (BRANCH_REACH - 2) // (one.count(";") + 1)
    times = next(k for k in range(most, 0, -1) if length % k == 0)
    inner = "; ".join([one] * times)
    if length > times:
        inner = f"ldi r19, {length // times}; 2: {inner}; dec r19; brne 2b"
    step = move_pointer(gap)
    place = f"%[{buffer}]+{first}"
    return [
        (f"ldi r28, lo8({place}); ldi r29, hi8({place}); ldi r18, {rows}; 1:", "Y: inside the border"),
        (inner, ""),
        (f"{step + '; ' if step else ''}dec r18; breq 3f; rjmp 1b; 3:", "the next row"),
    ]
