"""Codes: sizes by hand, Huffman against its definition, gaps by decoding."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

from tinyml_course.models.coding import (
    bitmap_bytes,
    codebook_bytes,
    coded_bytes,
    deflate_bytes,
    entropy,
    gap_bytes,
    huffman_bytes,
    huffman_lengths,
)


def test_entropy():
    assert entropy(np.array([1, 1, 2, 2])) == 1.0
    assert entropy(np.array([1, 1, 2, 3])) == 1.5
    assert entropy(np.array([7, 7, 7])) == 0.0
    assert entropy(np.array([])) == 0.0


def test_huffman_by_hand():
    values = np.repeat([0, 3, -1, 5], [5, 2, 1, 1]).astype(np.int8)
    assert huffman_lengths(values) == {0: 1, 3: 2, -1: 3, 5: 3}
    # 5 + 4 + 3 + 3 = 15 bits; lengths of the values -1 to 5; two bytes for the range
    assert huffman_bytes(values) == 2 + 7 + 2
    assert huffman_lengths(np.array([4, 4])) == {4: 1}
    assert huffman_bytes(np.array([], np.int8)) == 0


@pytest.mark.parametrize("seed", range(10))
def test_huffman_is_a_whole_prefix_code_near_the_entropy(seed):
    rng = np.random.default_rng(seed)
    values = np.round(rng.normal(scale=rng.uniform(0.5, 40), size=1000)).clip(-127, 127).astype(np.int8)
    lengths = huffman_lengths(values)
    assert sum(2.0**-length for length in lengths.values()) == 1.0  # Kraft's sum: no code word is wasted
    mean = np.mean([lengths[v] for v in values.tolist()])
    assert entropy(values) <= mean < entropy(values) + 1


def test_sparse_codes_by_hand():
    values = np.zeros(64, np.int8)
    values[[0, 10, 50]] = [5, -3, 9]
    assert bitmap_bytes(values) == 8 + 3
    # gaps 0, 9 and 39: the last is bridged by two stored zeros (16 places each), so 5 bytes and 5 half bytes
    assert gap_bytes(values) == 5 + 3
    assert gap_bytes(np.zeros(9, np.int8)) == 0


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.99])
def test_gaps_can_be_decoded(share):
    """Write the code that :func:`gap_bytes` counts, read it back, and compare the number of entries."""
    rng = np.random.default_rng(0)
    values = rng.integers(1, 100, 500).astype(np.int8) * (rng.random(500) >= share)
    entries, last = [], -1
    for place in np.flatnonzero(values).tolist():
        gap = place - last - 1
        while gap > 15:
            entries.append((15, 0))
            gap -= 16
        entries.append((gap, int(values[place])))
        last = place
    decoded, place = np.zeros(500, np.int64), -1
    for gap, value in entries:
        place += gap + 1
        decoded[place] = value
    np.testing.assert_array_equal(decoded, values)
    assert gap_bytes(values) == len(entries) + (len(entries) + 1) // 2


def test_codebook_by_hand():
    values = np.tile(np.arange(16), 10).astype(np.int8)
    assert codebook_bytes(values) == 160 // 2 + 16
    assert codebook_bytes(values.astype(np.int16), 2) == 160 // 2 + 32
    assert codebook_bytes(np.full(9, 3, np.int8)) == 1
    assert codebook_bytes(np.arange(17, dtype=np.int8)) == (17 * 5 + 7) // 8 + 17


def test_deflate_can_be_inflated():
    values = np.arange(300, dtype=np.int16) % 7
    packed = zlib.compressobj(9, wbits=-15)
    data = packed.compress(values.tobytes()) + packed.flush()
    assert np.array_equal(np.frombuffer(zlib.decompress(data, wbits=-15), np.int16), values)
    assert deflate_bytes(values) == len(data)


def test_sparsity_saves_only_when_coded():
    rng = np.random.default_rng(0)
    dense = rng.integers(-127, 128, (40, 50)).astype(np.int8)
    sparse = dense * (rng.random(dense.shape) < 0.3)
    before, after = coded_bytes(dense), coded_bytes(sparse.astype(np.int8))
    assert before["plain"] == after["plain"] == 2000
    assert all(after[code] < 0.6 * before[code] for code in ("bitmap", "gaps", "huffman", "deflate"))
    assert before["bitmap"] > 2000  # a map of no zeros costs bytes and saves none
