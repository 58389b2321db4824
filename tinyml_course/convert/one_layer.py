"""One dense layer as a graph of integers, quantized as lesson 04 does it by hand.

Weights get a symmetric scale for each output; nothing is searched and nothing is clipped::

    weights[o, i] = round(W[o, i] / sw[o])              sw[o] = largest |W[o, :]| / highest code
    bias[o]       = round(b[o] / (sx * sw[o]))          in int32: the scale of the sums
    factor[o]     = sx * sw[o] / sy                     as multiplier and shift
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tinyml_course.convert.affine import channel_encoding, code_limits, to_codes
from tinyml_course.errors import InputError
from tinyml_course.fixed_point import INT32_MAX, quantize_multiplier, round_half_away
from tinyml_course.graph import Attribute, Encoding, Graph, InputContract, Operator, Tensor

_CODE = np.dtype(np.int8)


def layer_graph(
    weights: npt.ArrayLike, bias: npt.ArrayLike, inputs: Encoding, outputs: Encoding, *, bits: int = 8
) -> Graph:
    """Quantize one dense layer.

    Parameters
    ----------
    weights : array_like of float, shape (units, inputs)
        One row for each output.
    bias : array_like of float, shape (units,)
        One number for each output.
    inputs, outputs : Encoding
        What the int8 codes before and behind the layer mean, one scale each. Where the lowest code of `outputs`
        stands for zero, saturation is the ReLU.
    bits : int, default 8
        Of a weight: 2 to 8.

    Returns
    -------
    Graph
        It takes int8 codes. Its one operator is ``fully_connected``, with the rounding of TFLite Micro; the stored
        tensors are ``weights``, ``bias``, ``multiplier`` and ``shift``, the classes are the units.

    Raises
    ------
    InputError
        If the shapes do not fit, or a sum could need more than 32 bits.
    """
    matrix, offsets = np.asarray(weights, np.float64), np.asarray(bias, np.float64)
    if matrix.ndim != 2 or offsets.shape != matrix.shape[:1]:
        raise InputError(
            f"Expected weights of shape (units, inputs) and a bias for each unit, got {matrix.shape} and "
            f"{offsets.shape}."
        )
    code_limits(bits)
    encoding = channel_encoding(matrix, bits)
    codes = to_codes(matrix, encoding, bits).astype(np.int64)
    steps = inputs.one_scale * np.asarray(encoding.scale)
    starts = round_half_away(offsets / steps).astype(np.int64)
    reach = np.abs(codes).sum(axis=1) * (abs(inputs.zero_point) + 128) + np.abs(starts)
    if reach.max() > INT32_MAX:
        raise InputError(f"A sum of this layer could reach {reach.max():,}, more than 32 bits hold.")
    factors = np.array([quantize_multiplier(float(step / outputs.one_scale)) for step in steps], np.int64)
    stored = {
        "weights": Tensor("weights", codes.shape, _CODE, codes, bits, encoding),
        "bias": Tensor("bias", starts.shape, np.dtype(np.int32), starts, 32),
        "multiplier": Tensor("multiplier", starts.shape, np.dtype(np.int32), factors[:, 0], 32),
        "shift": Tensor("shift", starts.shape, _CODE, factors[:, 1], 8),
    }
    units, terms = codes.shape
    computed = {
        "x": Tensor("x", (terms,), _CODE, encoding=inputs),
        "y": Tensor("y", (units,), _CODE, encoding=outputs),
    }
    limits: dict[str, Attribute] = {"activation_min": -128, "activation_max": 127, "rounding": "double"}
    roles = {name: name for name in stored}
    return Graph(
        kind="layer",
        tensors={**computed, **stored},
        operators=(Operator("fully_connected", ("x",), ("y",), roles, limits),),
        input="x",
        output="y",
        contract=InputContract(_CODE, (terms,), -128, 127),
        labels=tuple(range(units)),
        description=f"{terms} inputs, {units} units, {bits}-bit weights",
    )
