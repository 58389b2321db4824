"""The narrow requantization in the AVR's registers.

Registers: r16 to r18 the accumulator, least significant byte first; r7 to r11 the multiplier; r19 zero; r20 the
result and r21, r22 the bytes above it; r12 to r15 and r5 the bytes below it. Z reads the constants of one channel.
"""

from __future__ import annotations

from collections.abc import Mapping

from tinyml_course.export.requantize import Form, Narrow

#: Instructions, separated by semicolons, and what they do.
Line = tuple[str, str]
_BELOW = ("r12", "r13", "r14", "r15", "r5")


def asm_text(lines: list[Line], indent: str = "        ") -> str:
    """Return lines as the C strings of one ``asm`` statement."""
    rows = []
    for instructions, meaning in lines:
        parts = [part.strip() for part in instructions.split(";") if part.strip()]
        comment = f" /* {meaning} */" if meaning else ""
        while parts:  # wrapped where a line gets long
            row = [parts.pop(0)]
            while parts and len(" ".join(row)) + len(parts[0]) + 6 * len(row) < 74:
                row.append(parts.pop(0))
            text = " \\n\\t ".join(row)
            rows.append(f'{indent}"{text} \\n\\t"{comment}')
            comment = ""
    return "\n".join(rows)


def asm_statement(lines: list[Line], outputs: str, operands: Mapping[str, str], *, free: tuple[int, ...] = ()) -> str:
    """Return an ``asm`` statement that may use every register.

    Parameters
    ----------
    lines : list of Line
        The instructions. Y is saved around them, and r1 is zero behind them.
    outputs : str
        Operands that are read and written, as C text.
    operands : mapping of str to str
        Constant addresses: an operand's name and its C expression.
    free : tuple of int
        Registers above r25 that no operand is in.
    """
    body = asm_text([("push r28; push r29", ""), *lines, ("pop r29; pop r28; clr r1", "")])
    inputs = ", ".join(f'[{key}] "i"({value})' for key, value in operands.items() if f"%[{key}]" in body)
    clobbers = ", ".join(f'"r{r}"' for r in [0, *range(2, 26), *free])
    return f'__asm__ volatile(\n{body}\n        : {outputs}\n        : {inputs}\n        : {clobbers}, "memory");'


def _position_registers(form: Form, top: int) -> dict[int, str]:
    """Register of each byte of the sum."""
    below = range(form.lowest, form.result)
    names = dict(zip(below, _BELOW, strict=False))
    return names | {byte: f"r{20 + byte - form.result}" for byte in range(form.result, top + 1)}


def _byte_bounds(narrow: Narrow) -> tuple[list[int], list[int], int, int]:
    """Largest values of the accumulator's and the multiplier's bytes, of the rounding, and of the whole sum."""
    largest = int((narrow.reach.high + narrow.offsets).max())
    if narrow.form.signed:
        largest = max(largest, int(-narrow.reach.low.min()))
    if narrow.form.sum_bytes == 2:
        largest = min(largest, 65535)
    a = [min(largest >> 8 * i, 255) for i in range(narrow.form.sum_bytes)]
    m = [int((narrow.multipliers >> 8 * j & 255).max()) for j in range(narrow.form.multiplier_bytes)]
    rounding = int(narrow.roundings.max())
    total = (narrow.largest + 1 << 8 * narrow.form.result) - 1
    return a, m, rounding, total


def _last_byte(value: int) -> int:
    return max(value.bit_length() - 1, 0) // 8


def product_lines(narrow: Narrow) -> tuple[list[Line], int]:
    """Load the constants and add up the products that are kept.

    A carry goes as far up as the sum so far can reach, and no further.

    Returns
    -------
    lines : list of Line
    top : int
        The highest byte of the sum that can differ from zero.
    """
    form = narrow.form
    a, m, rounding, total = _byte_bounds(narrow)
    top = max(_last_byte(total), form.result)
    register = _position_registers(form, top)
    first, count = form.rounding
    lines: list[Line] = [
        ("; ".join(f"lpm r{7 + j}, Z+" for j in range(form.multiplier_bytes)), "the multiplier"),
        ("; ".join(f"lpm {register[first + j]}, Z+" for j in range(count)), "the rounding"),
    ]
    live = {first + j for j in range(count)}
    bound = rounding
    for i, j in form.products:
        low, high = i + j, i + j + 1
        if a[i] * m[j] == 0 or low > top:  # what lies above the top is zero in every channel
            continue
        steps = [f"mul r{16 + i}, r{7 + j}"]
        fresh = low not in live and high not in live
        bound = min(bound + (a[i] * m[j] << 8 * low), total)
        last = _last_byte(bound)
        touched = range(low, min(max(last, high), top) + 1)
        steps += [f"clr {register[p]}" for p in touched if p not in live and not (fresh and p <= high)]
        if fresh and register.get(high) == f"r{int(register[low][1:]) + 1}" and int(register[low][1:]) % 2 == 0:
            steps.append(f"movw {register[low]}, r0")
        elif fresh:
            steps += [f"mov {register[low]}, r0"] + ([f"mov {register[high]}, r1"] if high <= top else [])
        else:
            adders = {low: "r0", high: "r1"}
            steps += [f"{'add' if p == low else 'adc'} {register[p]}, {adders.get(p, 'r19')}" for p in touched]
        live |= set(touched) | ({high} if high <= top else set())
        lines.append(("; ".join(steps), ""))
    missing = [register[p] for p in range(form.result, top + 1) if p not in live]
    if missing:
        lines.append(("; ".join(f"clr {r}" for r in missing), ""))
    return lines, top


def narrow_lines(narrow: Narrow, base: int, below_zero: str = "clr r20; rjmp 7f") -> list[Line]:
    """From an accumulator in r16 to r18 (the sign in the N flag) to ``result + base`` in r20.

    Parameters
    ----------
    narrow : Narrow
        The proven step.
    base : int
        The byte that stands for the zero point where the result goes.
    below_zero : str
        In an unsigned form, the instructions for a sum below zero.
    """
    form = narrow.form
    products, top = product_lines(narrow)
    add_base = [(f"subi r20, {-base & 255}", "")] if base & 255 else []
    saturate: list[Line] = []
    if top == form.result + 1:
        saturate = [("tst r21; breq 3f; ldi r20, 255; 3:", "more than a byte")]
    elif top > form.result + 1:
        saturate = [("or r21, r22; breq 3f; ldi r20, 255; 3:", "more than a byte")]

    def limit(value: int, label: int) -> list[Line]:
        if value >= min(narrow.largest, 255):
            return []
        return [(f"cpi r20, {value + 1}; brlo {label}f; ldi r20, {value}; {label}:", "the activation's limit")]

    if not form.signed:
        skip: list[Line] = [
            ("brpl 2f", ""),
            (f"adiw r30, {form.parameter_bytes}; {below_zero}", "below zero: the smallest code"),
        ]
        if narrow.saturates:
            skip.append((f"1: adiw r30, {form.parameter_bytes}; ldi r20, {narrow.above}; rjmp 7f", "more than 16 bits"))
            skip.append(("2: tst r18; brne 1b", ""))
        else:
            skip.append(("2:", ""))
        return [*skip, *products, *saturate, *limit(narrow.above, 6), ("7:", ""), *add_base]
    negate = "com r17; neg r16; sbci r17, 255"
    if form.sum_bytes == 3:
        negate = "com r17; com r18; neg r16; sbci r17, 255; sbci r18, 255"
    return [
        ("clt; brpl 2f; set", "T: below zero"),
        (negate + "; 2:", "the magnitude"),
        *products,
        *saturate,
        ("brtc 4f", ""),
        *limit(narrow.below, 8),
        ("neg r20; rjmp 6f; 4:", ""),
        *limit(narrow.above, 5),
        ("6:", ""),
        *add_base,
    ]
