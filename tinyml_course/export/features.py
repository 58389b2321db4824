"""The step from raw values to codes, as C."""

from __future__ import annotations

import numpy as np

from tinyml_course.export.c_text import fixed_c, table
from tinyml_course.graph import Graph


def codes_macro(graph: Graph, name: str) -> str:
    """Return the macro that gives the kernels their codes: the input itself, or an encoded copy."""
    if graph.operator("encode_features") is None:
        return f"#define {name}_codes(input, codes) const uint8_t *codes = (input) /* the raw values are the codes */\n"
    return (
        f"#define {name}_codes(input, codes) \\\n"
        f"    uint8_t codes[{name}_INPUT_SIZE];  \\\n"
        f"    {name}_encode(input, codes)\n"
    )


def encoding_c(graph: Graph, name: str) -> str:
    """Return tables, macros and kernel of the encoding; empty if the raw values are codes already."""
    operator = graph.operator("encode_features")
    if operator is None:
        return ""
    shift, zero_point = graph.parameter(operator, "shift"), graph.parameter(operator, "zero_point")
    is_float = graph.contract.dtype == np.float32
    if shift.ndim == 0:
        access = (
            f"#define {name}_feature_shift(j) ({int(shift)})\n"
            f"#define {name}_feature_zero_point(j) ({int(zero_point)})\n"
        )
    else:
        access = (
            table("int8_t", f"{name}_shifts[{shift.size}]", [("one for each feature", shift)], name)
            + table("int32_t", f"{name}_zero_points[{shift.size}]", [("one for each feature", zero_point)], name)
            + f"#define {name}_feature_shift(j) ((int8_t){name}_read(&{name}_shifts[j]))\n"
            + f"#define {name}_feature_zero_point(j) ((int32_t){name}_read_32(&{name}_zero_points[j]))\n"
        )
    scale = (
        "#include <math.h>\n"
        f"typedef float {name}_scaled_t; /* whole numbers below 2^24: exact */\n"
        f"#define {name}_scale(x, shift) floorf(ldexpf(x, shift))\n"
        if is_float
        else f"typedef int32_t {name}_scaled_t;\n#define {name}_scale(x, shift) ((int32_t)(x) >> -(shift))\n"
    )
    return access + scale + "\n" + fixed_c("encode_features.h", name)
