"""Dense layers in the AVR's registers.

A block of up to eight outputs keeps its sums, three bytes each, in r2 to r25 while X runs over the values and Z over
the weights: one weight for each output of the block, then those of the next value::

    lpm r0, Z+       3 cycles    the weight plus 128
    mul r0, r28      2           times the value
    add, adc, adc    3           to the sum: 8 cycles for one multiply-accumulate

A value is loaded once for the block; the product of the first weight tells whether it is zero (a weight plus 128 is
not), and a value of zero skips its weights. The zero behind the last value ends the loop. What the 128 adds, 128
times the sum of all values, is taken off before the requantization. Where the sums are proven to fit two bytes, up to
ten outputs form a block, and a multiply-accumulate takes 7 cycles.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tinyml_course.export.narrow_avr import Line, narrow_lines

if TYPE_CHECKING:
    from tinyml_course.export.dense import DenseLayer

#: Values whose sum, at most 255 each, fits two bytes.
MOST_IN_TWO_BYTES = 257
#: Instructions that a conditional branch can jump back over.
BRANCH_REACH = 62


def instruction_count(lines: list[Line]) -> int:
    """Count instructions; each takes one word."""
    parts = [part.strip() for text, _ in lines for part in text.split(";")]
    return sum(1 for part in parts if part and not part.endswith(":"))


def end_test(values: str, count: int, label: str) -> str:
    """Instructions that jump to `label` if X stands behind the zero at the end of the values."""
    end = f"%[{values}]+{count + 1}"
    if count < 256:
        return f"cpi r26, lo8({end}); breq {label}"
    return f"cpi r26, lo8({end}); brne 8f; cpi r27, hi8({end}); breq {label}; 8:"


def _three_byte_sums(layer: DenseLayer, values: str) -> list[Line]:
    """Multiply-accumulate over all values; ends with Z behind the weights."""
    size, each = layer.block, range(2, 2 + 3 * layer.block, 3)
    test = [] if layer.first_weights_nonzero else [("tst r28", "a first weight can be zero")]
    rest = [(f"lpm r0, Z+; mul r0, r28; add r{r}, r0; adc r{r + 1}, r1; adc r{r + 2}, r29", "") for r in each[1:]]
    return [
        ("rjmp 3f; 1:", "r28: a value, r29: zero"),
        ("add r2, r0; adc r3, r1; adc r4, r29", ""),
        *rest,
        ("ld r28, X+; lpm r0, Z+; mul r0, r28", "the next value"),
        *test,
        ("brne 1b; sbiw r30, 1; 7:", "a zero"),
        (end_test(values, layer.count, "4f"), "the last one?"),
        (f"adiw r30, {size}; 3: ld r28, X+; tst r28; breq 7b", ""),
        ("lpm r0, Z+; mul r0, r28; rjmp 1b; 4:", ""),
    ]


def _two_byte_sums(layer: DenseLayer, values: str) -> list[Line]:
    each = range(2, 2 + 2 * layer.block, 2)
    macs = [(f"lpm r22, Z+; mulsu r22, r23; add r{r}, r0; adc r{r + 1}, r1", "") for r in each]
    return [
        ("rjmp 2f; 1:", "r23: a value"),
        *macs,
        ("2: ld r23, X+; tst r23; brne 1b", "the next value"),
        (end_test(values, layer.count, "4f"), "a zero: the last one?"),
        (f"adiw r30, {layer.block}; rjmp 2b; 4:", ""),
    ]


def _times_128(count: int) -> str:
    """Instructions that bring 128 times the sum of the values to r4:r3:r2."""
    if count <= MOST_IN_TWO_BYTES:
        return "clr r2; mov r3, r24; mov r4, r25; lsr r4; ror r3; ror r2"
    return "clr r2; mov r3, r24; mov r4, r25; lsr r23; ror r4; ror r3; ror r2"


def times(count: int) -> int | None:
    """How often a loop over the values is unrolled, so that one byte counts its turns; None if that cannot be."""
    return next((k for k in (4, 3, 2, 1, *range(5, 17)) if count % k == 0 and count // k <= 255), None)


def _add_up(count: int) -> tuple[str, str]:
    """Instructions that clear the sum of the values, and that add what `{}` holds."""
    if count <= MOST_IN_TWO_BYTES:
        return "clr r24; clr r25", "add r24, {}; adc r25, r19"
    return "clr r24; clr r25; clr r23", "add r24, {}; adc r25, r19; adc r23, r19"


def dense_lines(
    layer: DenseLayer, table: str, values: str, target: str | None, *, hidden: bool, add_up: bool
) -> list[Line]:
    """One dense layer.

    Parameters
    ----------
    layer : DenseLayer
        The layer.
    table, values : str
        Operands: the layer's table, and its values with a zero behind them.
    target : str or None
        Operand of the place of the results. None: Y points there.
    hidden : bool
        Whether the results are another layer's values: a zero goes behind them.
    add_up : bool
        Whether the sum of the results is needed.

    Returns
    -------
    list of Line
        Expects the sum of the values in r25:r24 (for three-byte sums); leaves that of the results there.
    """
    wide, several = layer.sum_bytes == 3, layer.blocks > 1
    registers = layer.block * layer.sum_bytes
    begin: list[Line] = [(f"ldi r30, lo8(%[{table}]); ldi r31, hi8(%[{table}])", "the table")]
    begin += [(_times_128(layer.count), "128 * (sum of the values)")] if wide else []
    begin += [(f"ldi r28, lo8(%[{target}]); ldi r29, hi8(%[{target}])", "Y: the results")] if target else []
    begin += [(f"ldi r25, {layer.outputs}; clr r26; clr r27; 90:", "outputs to do, their sum")] if several else []
    push = ["push r26; push r27"] if several and add_up else []
    push += ["push r28; push r29"] + (["push r2; push r3; push r4"] if wide else [])
    push += ["push r25"] if several else []
    pop = (["pop r1"] if several else []) + (["pop r27; pop r26; pop r0"] if wide else []) + ["pop r29; pop r28"]
    biases = "; ".join(f"lpm r{2 + i}, Z+" for i in range(registers))
    sums = _three_byte_sums(layer, values) if wide else _two_byte_sums(layer, values)
    save = "; ".join(f"push r{1 + registers - i}" for i in range(registers))
    return [
        *begin,
        ("; ".join(push), "what waits while the sums fill the registers"),
        (f"ldi r26, lo8(%[{values}]); ldi r27, hi8(%[{values}])" + ("; clr r29" if wide else ""), "X: the values"),
        (biases, "sums start at the biases"),
        *sums,
        ("; ".join(pop), ""),
        (save, "the sums"),
        *_requantize_block(layer, hidden, add_up),
    ]


def _requantize_block(layer: DenseLayer, hidden: bool, add_up: bool) -> list[Line]:
    """Take the sums of one block off the stack, one after the other."""
    wide, several, padding = layer.sum_bytes == 3, layer.blocks > 1, layer.blocks * layer.block - layer.outputs
    before = (["mov r2, r0; mov r3, r26; mov r4, r27"] if wide else []) + (["mov r25, r1"] if several else [])
    before += [f"ldi r24, {layer.block}"]
    before += ["cp r25, r24; brsh 5f; mov r24, r25; 5:"] if padding and several else []
    before += ["sub r25, r24"] if several else []
    before += ["clr r26; clr r27"] if add_up else []
    take = "pop r16; sub r16, r2; pop r17; sbc r17, r3; pop r18; sbc r18, r4" if wide else "pop r16; pop r17; tst r17"
    body = [
        (take, "a sum"),
        *narrow_lines(layer.narrow, layer.base),
        ("st Y+, r20" + ("; add r26, r20; adc r27, r19" if add_up else ""), "its code"),
    ]
    near = instruction_count(body) + 2 <= BRANCH_REACH
    loop = "dec r24; brne 91b" if near else "dec r24; breq 92f; rjmp 91b; 92:"
    after: list[Line] = []
    if several:
        if padding:
            drop = "; ".join(["pop r0"] * (padding * layer.sum_bytes))
            after.append((f"cpse r25, r19; rjmp 94f; {drop}; 94:", "sums of no output"))
        after += [("pop r1; pop r0; add r26, r0; adc r27, r1", "")] if add_up else []
        after.append(("tst r25; breq 93f; rjmp 90b; 93:", "the next block"))
    if hidden:
        after.append(("st Y+, r19", "the zero at the end"))
    if add_up:
        after.append(("movw r24, r26", ""))
    return [("; ".join([*before, "clr r19; 91:"]), ""), *body, (loop, ""), *after]


def lookup(table: str, shift: int, entries: int) -> str:
    """Instructions that take a raw value at X through a table to a byte at Y; r31 holds the table's upper address."""
    if entries <= 32:  # the table lies within 256 bytes
        return f"ld r30, X+; subi r30, lo8(-(%[{table}]-({shift}))); lpm r0, Z; st Y+, r0"
    address = f"subi r30, lo8(-(%[{table}])); sbci r31, hi8(-(%[{table}]))"
    return f"ld r30, X+; subi r30, {shift & 255}; clr r31; {address}; lpm r0, Z; st Y+, r0"


def loop_back(counter: str, words: int) -> str:
    """Instructions that count down and go back to label 1 over so many instructions."""
    return f"dec {counter}; brne 1b" if words <= BRANCH_REACH - 2 else f"dec {counter}; breq 2f; rjmp 1b; 2:"


def encode_lines(table: str, values: str, count: int, shift: int, entries: int) -> list[Line]:
    """Raw values at X, through a table, to bytes at `values` with a zero behind them, and their sum to r25:r24.

    A sum of three bytes has its highest one in r23.

    Parameters
    ----------
    table, values : str
        Operands.
    count : int
        How many values.
    shift : int
        The raw value of the table's first entry.
    entries : int
        Of the table. A table of at most 32 lies within 256 bytes of one another, so one byte of the address is enough.
    """
    unrolled = times(count) or 1
    clear, add = _add_up(count)
    one = lookup(table, shift, entries) + "; " + add.format("r0")
    return [
        (f"ldi r28, lo8(%[{values}]); ldi r29, hi8(%[{values}]); ldi r31, hi8(%[{table}])", "Y: the codes"),
        (f"{clear}; clr r19; ldi r18, {count // unrolled}; 1:", "their sum"),
        *[(one, "")] * unrolled,
        (loop_back("r18", unrolled * (one.count(";") + 1)) + "; st Y+, r19", "a zero behind the last one"),
    ]


def copy_lines(values: str, count: int) -> list[Line]:
    """Codes at X, plus 128, to bytes at `values`, otherwise as :func:`encode_lines`."""
    unrolled = times(count) or 1
    clear, add = _add_up(count)
    one = "ld r20, X+; subi r20, 128; st Y+, r20; " + add.format("r20")
    return [
        (f"ldi r28, lo8(%[{values}]); ldi r29, hi8(%[{values}])", "Y: the codes plus 128"),
        (f"{clear}; clr r19; ldi r18, {count // unrolled}; 1:", "their sum"),
        *[(one, "")] * unrolled,
        (loop_back("r18", unrolled * (one.count(";") + 1)) + "; st Y+, r19", "a zero behind the last one"),
    ]
