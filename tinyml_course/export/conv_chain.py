"""Which convolutions follow each other so that one step can compute them place by place."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tinyml_course.export.conv import MOST_TESTED, ConvStage, MeanStage, plan_mean, plan_stage, poolable
from tinyml_course.export.dense import CODE_OFFSET, raw_encode
from tinyml_course.export.network import Network
from tinyml_course.graph import Operator

_CONVOLUTIONS = ("conv_2d", "depthwise_conv_2d")


@dataclass(frozen=True)
class ConvChain:
    """Operators that one step computes.

    Parameters
    ----------
    encode : Operator or None
        What gives the codes of the image; None where they lie in memory.
    entries : int
        Of the table of the encoding.
    stages : tuple of ConvStage
        A convolution, then 1x1 convolutions.
    mean : MeanStage or None
        The mean behind them.
    image : tuple of int
        Height, width and channels of the image, without a border.
    border : tuple of int or None
        Rows above and columns to the left in the copy of the image that has a border; None where there is no copy.
    count : int
        Operators.
    source, target : str
        Tensors that it reads and writes.
    """

    encode: Operator | None
    entries: int
    stages: tuple[ConvStage, ...]
    mean: MeanStage | None
    image: tuple[int, int, int]
    border: tuple[int, int] | None
    count: int
    source: str
    target: str

    @property
    def buffer_bytes(self) -> int:
        """Bytes of the copy of the image."""
        height, width, channels = self.stages[0].shape
        return 0 if self.border is None else height * width * channels

    @property
    def most_outputs(self) -> int:
        """The most outputs of a stage."""
        return max(stage.outputs for stage in self.stages)

    def places(self, scratch: str) -> dict[str, str]:
        """C expressions of the step's own bytes: image, sums of a place, results of a place, sums of the mean."""
        sums = self.buffer_bytes
        results = sums + 3 * self.most_outputs
        totals = results + self._results_bytes
        return {
            "image": scratch,
            "sums": f"{scratch} + {sums}",
            "even": f"{scratch} + {results}",
            "odd": f"{scratch} + {results + self.most_outputs}",
            "totals": f"{scratch} + {totals}",
        }

    @property
    def _results_bytes(self) -> int:
        return self.most_outputs * min(2, len(self.stages) - 1 + (self.mean is not None))

    @property
    def scratch_bytes(self) -> int:
        """Bytes that the step needs."""
        totals = 2 * self.stages[-1].outputs if self.mean else 0
        return self.buffer_bytes + 3 * self.most_outputs + self._results_bytes + totals


def _is_pointwise(operator: Operator, network: Network) -> bool:
    shape = network.graph.parameter(operator, "weights").shape
    return (
        shape[1:3] == (1, 1) and operator.integers("strides") == (1, 1) and operator.integers("padding") == (0, 0, 0, 0)
    )


@dataclass
class _Reader:
    """Reads one operator after the other, as long as each reads only what the one before wrote."""

    network: Network
    position: int

    def next(self, *kinds: str) -> Operator | None:
        """The operator behind the last one taken, if it follows it and is of one of these kinds."""
        operators, last = self.network.graph.operators, self.position - 1
        found = any(self.network.follows(last, operators[last].kind, kind) for kind in kinds)
        return operators[self.position] if found else None

    def take(self, *kinds: str) -> Operator | None:
        """The same, and step over it."""
        operator = self.next(*kinds)
        self.position += operator is not None
        return operator


def find_conv_chain(network: Network, index: int) -> ConvChain | None:
    """Return the longest chain from an operator on that the register kernels can compute, or None."""
    first_operator = network.graph.operators[index]
    reader, encode, operator = _Reader(network, index + 1), None, None
    if first_operator.kind == "encode_input":
        encode = raw_encode(network, first_operator)
        while reader.take("reshape"):
            pass
        operator = reader.take(*_CONVOLUTIONS) if encode is not None else None
    elif first_operator.kind in _CONVOLUTIONS:
        operator = first_operator
    stages = None if operator is None else _stages(network, operator, reader)
    if stages is None:
        return None
    mean_operator = reader.next("mean")
    mean = None if mean_operator is None else plan_mean(network, mean_operator)
    reader.position += mean is not None
    hidden = len(stages) - (mean is None)  # their results become bytes, not codes
    stages[:hidden] = [replace(stage, base=stage.base + CODE_OFFSET) for stage in stages[:hidden]]
    first, image, border = stages[0], stages[0].shape, None
    if encode is not None or (not _inside(first) and (first.pool != (1, 1) or first.zero != 0)):
        border = first.start
        stages[0] = first.with_border()
    if stages[0].tested and max(first.weights.shape[1:3]) > MOST_TESTED:
        return None
    return ConvChain(
        encode=encode,
        entries=0 if encode is None else network.graph.parameter(encode, "table").size,
        stages=tuple(stages),
        mean=mean,
        image=image,
        border=border,
        count=reader.position - index,
        source=first_operator.inputs[0],
        target=network.graph.operators[reader.position - 1].outputs[0],
    )


def _stages(network: Network, operator: Operator, reader: _Reader) -> list[ConvStage] | None:
    """The convolution with its pooling, and the 1x1 convolutions behind it."""
    pool = reader.next("max_pool_2d") if operator.kind == "conv_2d" else None
    pool = pool if pool is not None and poolable(network, pool) else None
    first = plan_stage(network, operator, pool)
    if first is None:
        return None
    reader.position += pool is not None
    stages = [first]
    while (after := reader.next("conv_2d")) is not None and _is_pointwise(after, network):
        stage = plan_stage(network, after, None)
        if stage is None:
            break
        reader.position += 1
        # Behind the first stage, an image is one place, of bytes.
        stages.append(replace(stage, shape=(1, 1, stage.shape[2]), places_out=(1, 1), codes=False))
    return stages


def _inside(stage: ConvStage) -> bool:
    """Whether all windows lie inside the image."""
    rows, columns = stage.bordered
    return stage.start == (0, 0) and rows <= stage.shape[0] and columns <= stage.shape[1]
