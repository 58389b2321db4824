"""Damaged files: an error of ours, or a graph that still equals the interpreter's answer. Nothing else."""

from __future__ import annotations

import multiprocessing
import tracemalloc
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest
from interpreters import RUNNERS, missing
from layers import compare
from random_tflite import RandomModel

from tinyml_course.convert.tflite import load_tflite
from tinyml_course.errors import ConversionError

PARTS = 6
EACH = 400
#: 32-bit words that break things: borders of types, and far too much.
WORDS = [0, 1, 2, 3, 127, 128, 255, 2**16, 2**31 - 1, 2**31, 2**32 - 2, 2**32 - 1]


def models():
    return [RandomModel(s, "INT16" if s % 5 == 4 else "INT8", 1 + s % 4).file.to_bytes() for s in range(30)]


def damage(content, rng):
    """Cut off, flip bits, overwrite bytes or words, nudge words, lose or repeat a stretch."""
    data, kind = bytearray(content), int(rng.integers(6))
    if kind == 0:
        return bytes(data[: int(rng.integers(len(data)))])
    if kind in (1, 2):
        for _ in range(int(rng.integers(1, 4))):
            place = int(rng.integers(len(data)))
            data[place] = data[place] ^ (1 << int(rng.integers(8))) if kind == 1 else int(rng.integers(256))
    elif kind in (3, 4):
        place = int(rng.integers(len(data) - 4)) & ~3
        word = int.from_bytes(data[place : place + 4], "little") + int(rng.choice([-8, -4, -1, 1, 4, 256]))
        word = int(rng.choice([*WORDS, len(data), int(rng.integers(2**32))])) if kind == 3 else word
        data[place : place + 4] = (word % 2**32).to_bytes(4, "little")
    else:
        first, last = sorted(int(p) for p in rng.integers(0, len(data), 2))
        data = data[:first] + data[last:] if rng.random() < 0.5 else data[:last] + data[first:]
    return bytes(data)


def damaged_files(part):
    """(content, rounding) of damaged files that differ from their originals."""
    rng = np.random.default_rng(part)
    whole = models()
    for number in range(EACH):
        original = whole[int(rng.integers(len(whole)))]
        content = damage(original, rng)
        if content != original:
            yield content, ("tflm", "litert")[number % 2]


def loads(content, rounding):
    """Whether a file loads and runs; a ConversionError is the only error it may raise."""
    try:
        graph = load_tflite(content, rounding)
    except ConversionError as error:
        assert str(error).endswith("."), error
        return False
    assert graph.predict(np.zeros((1, graph.contract.size), graph.contract.dtype)).shape == (1, len(graph.labels))
    return True


def mismatches(content, rounding):
    """Integers that differ from the interpreter's; None where it refuses the file."""
    try:
        return sum(layer.mismatches for layer in compare(content, rounding, count=4))
    except ConversionError:
        raise
    except (RuntimeError, ValueError):
        return None


@pytest.fixture(scope="module")
def apart():
    """A process of its own for the interpreters, which check less than we do."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool


@pytest.mark.parametrize("part", range(PARTS))
def test_damaged_files(part, apart):
    files = list(damaged_files(part))
    assert len(files) > 0.9 * EACH
    accepted = [file for file in files if loads(*file)]
    assert len(accepted) < len(files) / 2
    checked = [file for file in accepted if not missing(file[1])]
    if not checked:
        pytest.skip(f"needs the interpreters: {', '.join(missing(name) for name in RUNNERS)}")
    answers = list(apart.map(mismatches, *zip(*checked, strict=True)))
    assert answers == [0] * len(checked)


def test_every_cut():
    content = RandomModel(2).file.to_bytes()
    for length in range(0, len(content), 7):
        try:
            load_tflite(content[:length])
        except ConversionError:
            continue
        assert content[length:].strip(b"\0") == b"" or length > len(content) - 64  # only padding or a name is lost


def test_a_weight_that_flips_is_another_model(apart):
    """Damage that cannot be seen: the weights have changed, and so have the interpreters' answers."""
    if missing("litert"):
        pytest.skip(f"needs the interpreter litert: {missing('litert')}")
    rng = np.random.default_rng(3)
    changed, files = 0, []
    for seed in range(0, 40, 2):
        model = RandomModel(seed)
        x = model.inputs(4)
        content = model.file.to_bytes()
        for buffer in model.file.buffers[1:]:
            raw = buffer[0].values.tobytes()
            place = content.find(raw) + int(rng.integers(len(raw)))
            other = content[:place] + bytes([content[place] ^ 64]) + content[place + 1 :]
            if len(raw) > 16 and loads(other, "litert"):
                files.append((other, "litert"))
                changed += not np.array_equal(load_tflite(content).predict(x), load_tflite(other).predict(x))
    assert changed > 5
    assert list(apart.map(mismatches, *zip(*files, strict=True))) == [0] * len(files)


def test_damage_takes_no_memory():
    tracemalloc.start()
    try:
        for content, rounding in damaged_files(PARTS):
            loads(content, rounding)
        assert tracemalloc.get_traced_memory()[1] < 48 << 20
    finally:
        tracemalloc.stop()
