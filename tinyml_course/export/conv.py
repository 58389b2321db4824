"""Small convolutions for the register kernels: what they compute, and where that is proven to be exact."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from tinyml_course.export.dense import CODE_OFFSET, requantization_of
from tinyml_course.export.network import Network
from tinyml_course.export.network_bounds import sum_bounds
from tinyml_course.export.requantize import Narrow, Requantization, narrow_requantization
from tinyml_course.graph import Array, Operator
from tinyml_course.intervals import Interval

#: Weights that become code, ten bytes each; larger layers keep their weights in tables.
MOST_WEIGHTS = 400
#: Channels whose places one displacement reaches.
MOST_CHANNELS = 64
#: Rows and columns of a window that can lie outside the image: half a byte tells which.
MOST_TESTED = 4
#: Values that a mean adds up in two bytes.
MOST_PLACES = 257


@dataclass(frozen=True)
class ConvStage:
    """A convolution, perhaps with a pooling behind it.

    Parameters
    ----------
    weights : ndarray of int64, shape (outputs, KH, KW, in_channels)
        Of a depthwise one, with one input channel.
    biases : ndarray of int64, shape (outputs,)
        What the sums of ``weight * (value - zero)`` start at; the whole part of the rounding is in them.
    narrow : Narrow
        The proven requantization.
    shape : tuple of int
        Height, width and channels of the image that it reads, the border included if there is one.
    per_channel : int
        0 where every output sees all channels, else the outputs of each channel (depthwise).
    strides, dilations : tuple of int
        Along rows and columns.
    start : tuple of int
        Rows and columns that the first window begins outside the image; 0 with a border.
    places_out : tuple of int
        Height and width of the result, after the pooling.
    pool, pool_strides : tuple of int
        (1, 1) without a pooling.
    zero : int
        The byte that stands for zero: the zero point plus 128.
    codes : bool
        Whether the image holds codes, not codes plus 128.
    base : int
        The byte that stands for zero in the results.
    """

    weights: Array
    biases: Array
    narrow: Narrow
    shape: tuple[int, int, int]
    per_channel: int
    strides: tuple[int, int]
    dilations: tuple[int, int]
    start: tuple[int, int]
    places_out: tuple[int, int]
    pool: tuple[int, int]
    pool_strides: tuple[int, int]
    zero: int
    codes: bool
    base: int

    @property
    def outputs(self) -> int:
        """Number of output channels."""
        return len(self.weights)

    @property
    def in_channels(self) -> int:
        """Channels that one output sees."""
        return int(self.weights.shape[3])

    @property
    def pitch(self) -> int:
        """Bytes from one row of the image to the next."""
        return self.shape[1] * self.shape[2]

    @property
    def code_biases(self) -> Array:
        """What the sums of ``weight * value`` start at."""
        total = self.weights.reshape(self.outputs, -1).sum(axis=1)
        return np.asarray(self.biases - self.zero * total)

    @property
    def position_steps(self) -> tuple[int, int]:
        """Bytes from one window to the next, down and to the right."""
        return self.strides[0] * self.pitch, self.strides[1] * self.shape[2]

    @property
    def bordered(self) -> tuple[int, int]:
        """Rows and columns that all windows together cover, from the first one's corner."""
        sizes = []
        for k in (0, 1):
            last = (self.places_out[k] - 1) * self.pool_strides[k] + self.pool[k] - 1
            sizes.append(last * self.strides[k] + (self.weights.shape[1 + k] - 1) * self.dilations[k] + 1)
        return sizes[0], sizes[1]

    def places(self) -> Iterator[tuple[int, int, int]]:
        """Yield row and column of each place in the window, and its distance from the first one in bytes."""
        _, height, width, _ = self.weights.shape
        for ky in range(height):
            for kx in range(width):
                yield ky, kx, ky * self.dilations[0] * self.pitch + kx * self.dilations[1] * self.shape[2]

    def blocks(self, most: int) -> list[range]:
        """Split the outputs into blocks of about equal size."""
        count = -(-self.outputs // most)
        ends = [self.outputs * k // count for k in range(count + 1)]
        return [range(a, b) for a, b in pairwise(ends)]

    def inside(self, axis: int) -> list[int]:
        """For each place of the result along an axis, a bit for each row or column of the window inside the image."""
        return [
            sum(
                1 << k
                for k in range(self.weights.shape[1 + axis])
                if 0 <= p * self.strides[axis] + k * self.dilations[axis] - self.start[axis] < self.shape[axis]
            )
            for p in range(self.places_out[axis])
        ]

    def _tested(self, axis: int) -> frozenset[int]:
        inside = self.inside(axis)
        return frozenset(k for k in range(self.weights.shape[1 + axis]) if any(not bits >> k & 1 for bits in inside))

    @property
    def tested_rows(self) -> frozenset[int]:
        """Rows of the window that lie outside the image for some result."""
        return self._tested(0) if self.pool == (1, 1) else frozenset()

    @property
    def tested_columns(self) -> frozenset[int]:
        """Columns of the window that lie outside the image for some result."""
        return self._tested(1) if self.pool == (1, 1) else frozenset()

    @property
    def tested(self) -> bool:
        """Whether anything has to be tested."""
        return bool(self.tested_rows or self.tested_columns)

    def with_border(self) -> ConvStage:
        """Return the stage reading a copy of the image with a border, of bytes."""
        rows, columns = self.bordered
        height, width = max(rows, self.start[0] + self.shape[0]), max(columns, self.start[1] + self.shape[1])
        return replace(self, shape=(height, width, self.shape[2]), start=(0, 0), codes=False)


def _pair(operator: Operator, name: str, missing: tuple[int, int] = (1, 1)) -> tuple[int, int]:
    values = operator.integers(name) if name in operator.attributes else missing
    return values[0], values[1]


def poolable(network: Network, operator: Operator) -> bool:
    """Whether a max_pool_2d can be taken on the sums before it: no padding, no limits of its own."""
    return (
        operator.integers("padding") == (0, 0, 0, 0)
        and operator.integer("activation_min") <= -128
        and operator.integer("activation_max") >= 127
        and network.tensor(operator.outputs[0]).dtype == np.int8
    )


def plan_stage(network: Network, operator: Operator, pool: Operator | None) -> ConvStage | None:
    """Return how the register kernels compute a convolution, results as codes; None where they cannot.

    Parameters
    ----------
    network : Network
        The network.
    operator : Operator
        Of kind conv_2d or depthwise_conv_2d.
    pool : Operator or None
        The max_pool_2d behind it.
    """
    source, target = network.tensor(operator.inputs[0]), network.tensor(operator.outputs[0])
    weights = network.graph.parameter(operator, "weights").astype(np.int64)
    depthwise = operator.kind == "depthwise_conv_2d"
    if depthwise:
        weights = np.moveaxis(weights, 2, 0)[:, :, :, None]
    if (
        source.dtype != np.int8
        or target.dtype != np.int8
        or len(source.shape) != 3
        or operator.attributes["rounding"] not in ("double", "single")
        or np.count_nonzero(weights) > MOST_WEIGHTS
        or max(*source.shape, *weights.shape) > MOST_CHANNELS
        or (depthwise and pool is not None)
    ):
        return None
    low, high = network.bounds[source.name]
    zero_point = network.zero_point(source.name)
    bias = network.graph.parameter(operator, "bias").astype(np.int64)
    reach = sum_bounds(weights.reshape(len(weights), -1), bias, (low - zero_point, high - zero_point))
    exact = requantization_of(network, operator, len(weights))
    narrow = narrow_requantization(exact, Interval(reach.low, reach.high))
    if narrow is None:
        return None
    top, _, left, _ = operator.integers("padding")
    out = (target if pool is None else network.tensor(pool.outputs[0])).shape
    height, width, channels = source.shape
    return ConvStage(
        weights=weights,
        biases=bias + narrow.offsets,
        narrow=narrow,
        shape=(height, width, channels),
        per_channel=operator.integer("depth_multiplier") if depthwise else 0,
        strides=_pair(operator, "strides"),
        dilations=_pair(operator, "dilations"),
        start=(top, left),
        places_out=(out[0], out[1]),
        pool=(1, 1) if pool is None else _pair(pool, "window"),
        pool_strides=(1, 1) if pool is None else _pair(pool, "strides"),
        zero=zero_point + CODE_OFFSET,
        codes=True,
        base=exact.zero_point,
    )


@dataclass(frozen=True)
class MeanStage:
    """The mean over all places behind a convolution.

    Parameters
    ----------
    narrow : Narrow
        The proven requantization of the sums, one channel for all.
    offset : int
        To be added to the sums of bytes: their zeros, and the whole part of the rounding.
    base : int
        The byte that stands for zero in the results.
    """

    narrow: Narrow
    offset: int
    base: int


def plan_mean(network: Network, operator: Operator) -> MeanStage | None:
    """Return how the sums of a mean over rows and columns are requantized, or None where that is not proven."""
    source, target = network.tensor(operator.inputs[0]), network.tensor(operator.outputs[0])
    if (
        len(source.shape) != 3
        or tuple(sorted(operator.integers("axes"))) != (0, 1)
        or source.shape[0] * source.shape[1] > MOST_PLACES
        or target.dtype != np.int8
        or operator.attributes["rounding"] not in ("double", "single")
    ):
        return None
    places, zero_point = source.shape[0] * source.shape[1], network.zero_point(source.name)
    low, high = network.bounds[source.name]
    exact: Requantization = requantization_of(network, operator, 1)
    reach = Interval(np.array([places * (low - zero_point)]), np.array([places * (high - zero_point)]))
    narrow = narrow_requantization(exact, reach)
    if narrow is None:
        return None
    offset = int(narrow.offsets[0]) - places * (zero_point + CODE_OFFSET)
    return MeanStage(narrow, offset, exact.zero_point)
