"""How many bytes integers take once they are coded: sparse, with a codebook, by Huffman's code, or deflated.

Every function takes the integers of one array and returns all bytes that a decoder needs, tables included.
"""

from __future__ import annotations

import heapq
import math
import zlib
from collections.abc import Mapping

import numpy as np

from tinyml_course.graph import Array

#: Bits of a gap between two stored weights in :func:`gap_bytes`.
GAP_BITS = 4


def entropy(values: Array) -> float:
    """Bits per value that no code can go below, if it codes values one by one by their frequency (Shannon, 1948)."""
    shares = np.unique(values, return_counts=True)[1] / max(1, values.size)
    return float(-(shares * np.log2(shares)).sum()) if values.size else 0.0


def huffman_lengths(values: Array) -> dict[int, int]:
    """Length in bits of each value's code word (Huffman, 1952); one bit if there is only one value."""
    symbols, counts = (part.tolist() for part in np.unique(values, return_counts=True))
    lengths = dict.fromkeys(symbols, 0)
    # (count, order, symbols below): the order breaks ties, so the code does not depend on chance
    heap = [(count, order, [symbol]) for order, (symbol, count) in enumerate(zip(symbols, counts, strict=True))]
    heapq.heapify(heap)
    order = len(heap)
    while len(heap) > 1:
        (a, _, left), (b, _, right) = heapq.heappop(heap), heapq.heappop(heap)
        for symbol in (*left, *right):
            lengths[symbol] += 1
        heapq.heappush(heap, (a + b, order, left + right))
        order += 1
    return {symbol: max(1, length) for symbol, length in lengths.items()}


def huffman_bytes(values: Array) -> int:
    """Bytes of a canonical Huffman code: code words, and one byte of length for each value of the range.

    The decoder's table covers the values from the smallest to the largest, and two bytes say which they are.
    """
    if not values.size:
        return 0
    symbols, counts = (part.tolist() for part in np.unique(values, return_counts=True))
    lengths = huffman_lengths(values)
    bits: int = sum(lengths[symbol] * count for symbol, count in zip(symbols, counts, strict=True))
    table = int(symbols[-1] - symbols[0]) + 1
    return math.ceil(bits / 8) + table + 2


def bitmap_bytes(values: Array, value_bytes: int = 1) -> int:
    """Bytes of a sparse array as one bit for each place and the values that are not zero."""
    return math.ceil(values.size / 8) + int(np.count_nonzero(values)) * value_bytes


def gap_bytes(values: Array, value_bytes: int = 1) -> int:
    """Bytes of a sparse array as values and 4-bit gaps between them, row by row.

    A gap too long for its bits is bridged by stored zeros, as in Deep Compression (Han et al., 2016).
    """
    places = np.flatnonzero(values)
    gaps = np.diff(places, prepend=-1) - 1  # zeros before each value
    bridges = int((gaps >> GAP_BITS).sum())
    stored = len(places) + bridges
    return math.ceil(stored * GAP_BITS / 8) + stored * value_bytes


def codebook_bytes(values: Array, value_bytes: int = 1) -> int:
    """Bytes of a table of the different values, and an index of as few bits as it needs for each value."""
    different = len(np.unique(values))
    bits = max(1, math.ceil(math.log2(different))) if different > 1 else 0
    return math.ceil(values.size * bits / 8) + different * value_bytes


def deflate_bytes(values: Array) -> int:
    """Bytes of the raw integers after DEFLATE (RFC 1951), the code of gzip and zip, without their headers."""
    deflate = zlib.compressobj(9, wbits=-15)
    return len(deflate.compress(np.ascontiguousarray(values).tobytes()) + deflate.flush())


def coded_bytes(values: Array) -> Mapping[str, int]:
    """Bytes of an integer array in every code of this module.

    Parameters
    ----------
    values : ndarray of int8 (or another integer type)
        Stored weights.

    Returns
    -------
    dict of str to int
        ``"plain"`` as they are, ``"bitmap"``, ``"gaps"``, ``"codebook"``, ``"huffman"``, ``"deflate"``.
    """
    flat, width = np.asarray(values).ravel(), values.dtype.itemsize
    return {
        "plain": flat.nbytes,
        "bitmap": bitmap_bytes(flat, width),
        "gaps": gap_bytes(flat, width),
        "codebook": codebook_bytes(flat, width),
        "huffman": huffman_bytes(flat),
        "deflate": deflate_bytes(flat),
    }
