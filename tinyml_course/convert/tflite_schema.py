"""Numbers that the TensorFlow Lite schema gives to operators, types and options (``schema.fbs``, version 3)."""

from __future__ import annotations

#: Name of each builtin operator; the position is its number. All of them, so that a refusal can say the name.
OPERATOR_NAMES = tuple(
    """
    ADD AVERAGE_POOL_2D CONCATENATION CONV_2D DEPTHWISE_CONV_2D DEPTH_TO_SPACE DEQUANTIZE EMBEDDING_LOOKUP FLOOR
    FULLY_CONNECTED HASHTABLE_LOOKUP L2_NORMALIZATION L2_POOL_2D LOCAL_RESPONSE_NORMALIZATION LOGISTIC LSH_PROJECTION
    LSTM MAX_POOL_2D MUL RELU RELU_N1_TO_1 RELU6 RESHAPE RESIZE_BILINEAR RNN SOFTMAX SPACE_TO_DEPTH SVDF TANH
    CONCAT_EMBEDDINGS SKIP_GRAM CALL CUSTOM EMBEDDING_LOOKUP_SPARSE PAD UNIDIRECTIONAL_SEQUENCE_RNN GATHER
    BATCH_TO_SPACE_ND SPACE_TO_BATCH_ND TRANSPOSE MEAN SUB DIV SQUEEZE UNIDIRECTIONAL_SEQUENCE_LSTM STRIDED_SLICE
    BIDIRECTIONAL_SEQUENCE_RNN EXP TOPK_V2 SPLIT LOG_SOFTMAX DELEGATE BIDIRECTIONAL_SEQUENCE_LSTM CAST PRELU MAXIMUM
    ARG_MAX MINIMUM LESS NEG PADV2 GREATER GREATER_EQUAL LESS_EQUAL SELECT SLICE SIN TRANSPOSE_CONV SPARSE_TO_DENSE
    TILE EXPAND_DIMS EQUAL NOT_EQUAL LOG SUM SQRT RSQRT SHAPE POW ARG_MIN FAKE_QUANT REDUCE_PROD REDUCE_MAX PACK
    LOGICAL_OR ONE_HOT LOGICAL_AND LOGICAL_NOT UNPACK REDUCE_MIN FLOOR_DIV REDUCE_ANY SQUARE ZEROS_LIKE FILL FLOOR_MOD
    RANGE RESIZE_NEAREST_NEIGHBOR LEAKY_RELU SQUARED_DIFFERENCE MIRROR_PAD ABS SPLIT_V UNIQUE CEIL REVERSE_V2 ADD_N
    GATHER_ND COS WHERE RANK ELU REVERSE_SEQUENCE MATRIX_DIAG QUANTIZE MATRIX_SET_DIAG ROUND HARD_SWISH IF WHILE
    NON_MAX_SUPPRESSION_V4 NON_MAX_SUPPRESSION_V5 SCATTER_ND SELECT_V2 DENSIFY SEGMENT_SUM BATCH_MATMUL
    PLACEHOLDER_FOR_GREATER_OP_CODES CUMSUM CALL_ONCE BROADCAST_TO RFFT2D CONV_3D IMAG REAL COMPLEX_ABS HASHTABLE
    HASHTABLE_FIND HASHTABLE_IMPORT HASHTABLE_SIZE REDUCE_ALL CONV_3D_TRANSPOSE VAR_HANDLE READ_VARIABLE
    ASSIGN_VARIABLE BROADCAST_ARGS RANDOM_STANDARD_NORMAL BUCKETIZE RANDOM_UNIFORM MULTINOMIAL GELU
    DYNAMIC_UPDATE_SLICE RELU_0_TO_1 UNSORTED_SEGMENT_PROD UNSORTED_SEGMENT_MAX UNSORTED_SEGMENT_SUM ATAN2
    UNSORTED_SEGMENT_MIN SIGN BITCAST BITWISE_XOR RIGHT_SHIFT STABLEHLO_LOGISTIC STABLEHLO_ADD STABLEHLO_DIVIDE
    STABLEHLO_MULTIPLY STABLEHLO_MAXIMUM STABLEHLO_RESHAPE STABLEHLO_CLAMP STABLEHLO_CONCATENATE
    STABLEHLO_BROADCAST_IN_DIM STABLEHLO_CONVOLUTION STABLEHLO_SLICE STABLEHLO_CUSTOM_CALL STABLEHLO_REDUCE
    STABLEHLO_ABS STABLEHLO_AND STABLEHLO_COSINE STABLEHLO_EXPONENTIAL STABLEHLO_FLOOR STABLEHLO_LOG STABLEHLO_MINIMUM
    STABLEHLO_NEGATE STABLEHLO_OR STABLEHLO_POWER STABLEHLO_REMAINDER STABLEHLO_RSQRT STABLEHLO_SELECT
    STABLEHLO_SUBTRACT STABLEHLO_TANH STABLEHLO_SCATTER STABLEHLO_COMPARE STABLEHLO_CONVERT STABLEHLO_DYNAMIC_SLICE
    STABLEHLO_DYNAMIC_UPDATE_SLICE STABLEHLO_PAD STABLEHLO_IOTA STABLEHLO_DOT_GENERAL STABLEHLO_REDUCE_WINDOW
    STABLEHLO_SORT STABLEHLO_WHILE STABLEHLO_GATHER STABLEHLO_TRANSPOSE DILATE STABLEHLO_RNG_BIT_GENERATOR
    REDUCE_WINDOW STABLEHLO_COMPOSITE STABLEHLO_SHIFT_LEFT STABLEHLO_CBRT STABLEHLO_CASE
    """.split()
)

#: Name of each type of tensor; the position is its number.
TYPE_NAMES = tuple(
    """
    FLOAT32 FLOAT16 INT32 UINT8 INT64 STRING BOOL INT16 COMPLEX64 INT8 FLOAT64 COMPLEX128 UINT64 RESOURCE VARIANT
    UINT32 UINT16 INT4 BFLOAT16 INT2 UINT4 FLOAT8_E4M3FN FLOAT8_E5M2
    """.split()
)

#: NumPy's name of the types whose stored values are read.
STORED_TYPES = {"INT8": "i1", "UINT8": "u1", "INT16": "i2", "INT32": "i4", "INT64": "i8"}

ACTIVATIONS = ("NONE", "RELU", "RELU_N1_TO_1", "RELU6", "TANH", "SIGN_BIT")

#: The options table of each operator: its number in the union, and its fields as (name, field number, struct
#: format, default); a format that starts with * is a vector. An operator that is not listed has no options that
#: matter here.
OPTIONS: dict[str, tuple[int, tuple[tuple[str, int, str, float], ...]]] = {
    "CONV_2D": (
        1,
        (
            ("padding", 0, "b", 0),
            ("stride_w", 1, "i", 0),
            ("stride_h", 2, "i", 0),
            ("activation", 3, "b", 0),
            ("dilation_w", 4, "i", 1),
            ("dilation_h", 5, "i", 1),
            ("bias_type", 6, "b", 0),
        ),
    ),
    "DEPTHWISE_CONV_2D": (
        2,
        (
            ("padding", 0, "b", 0),
            ("stride_w", 1, "i", 0),
            ("stride_h", 2, "i", 0),
            ("depth_multiplier", 3, "i", 0),
            ("activation", 4, "b", 0),
            ("dilation_w", 5, "i", 1),
            ("dilation_h", 6, "i", 1),
        ),
    ),
    "AVERAGE_POOL_2D": (
        5,
        (
            ("padding", 0, "b", 0),
            ("stride_w", 1, "i", 0),
            ("stride_h", 2, "i", 0),
            ("window_w", 3, "i", 0),
            ("window_h", 4, "i", 0),
            ("activation", 5, "b", 0),
        ),
    ),
    "FULLY_CONNECTED": (
        8,
        (
            ("activation", 0, "b", 0),
            ("weights_format", 1, "b", 0),
            ("keep_num_dims", 2, "B", 0),
            ("asymmetric_inputs", 3, "B", 0),
            ("bias_type", 4, "b", 0),
            ("quantization", 5, "*u1", 0),
        ),
    ),
    "SOFTMAX": (9, (("beta", 0, "f", 0.0),)),
    "CONCATENATION": (10, (("axis", 0, "i", 0), ("activation", 1, "b", 0))),
    "ADD": (11, (("activation", 0, "b", 0), ("pot_scale_int16", 1, "B", 1))),
    "MUL": (21, (("activation", 0, "b", 0),)),
    "RESHAPE": (17, (("new_shape", 0, "*i4", 0),)),
    "MEAN": (27, (("keep_dims", 0, "B", 0),)),
    "STRIDED_SLICE": (
        32,
        (
            ("begin_mask", 0, "i", 0),
            ("end_mask", 1, "i", 0),
            ("ellipsis_mask", 2, "i", 0),
            ("new_axis_mask", 3, "i", 0),
            ("shrink_axis_mask", 4, "i", 0),
            ("offset", 5, "B", 0),
        ),
    ),
    "SHAPE": (55, (("out_type", 0, "b", 0),)),
    "PACK": (59, (("values_count", 0, "i", 0), ("axis", 1, "i", 0))),
}
#: Numbers of options tables without fields that matter.
EMPTY_OPTIONS = {"PAD": 22, "DEQUANTIZE": 38, "QUANTIZE": 89}
#: Least and most inputs of each operator, and the newest version of it that LiteRT knows.
ARITY = {
    "ADD": (2, 2, 5),
    "AVERAGE_POOL_2D": (1, 1, 3),
    "CONCATENATION": (1, 10, 7),
    "CONV_2D": (2, 3, 8),
    "DEPTHWISE_CONV_2D": (2, 3, 6),
    "DEQUANTIZE": (1, 1, 9),
    "FULLY_CONNECTED": (2, 3, 14),
    "LOGISTIC": (1, 1, 3),
    "MAX_POOL_2D": (1, 1, 3),
    "MEAN": (2, 2, 3),
    "MUL": (2, 2, 7),
    "PACK": (1, 8, 5),
    "PAD": (2, 2, 6),
    "QUANTIZE": (1, 1, 6),
    "RELU": (1, 1, 3),
    "RELU6": (1, 1, 3),
    "RESHAPE": (1, 2, 1),
    "SHAPE": (1, 1, 1),
    "SOFTMAX": (1, 1, 3),
    "STRIDED_SLICE": (4, 4, 4),
    "TANH": (1, 1, 3),
}

#: Fields of the tables of a file, for :meth:`~tinyml_course.convert.tflite_flatbuffer.Table.verify`.
LAYOUTS: dict[str, dict[int, str]] = {
    "Model": {
        0: "I",
        1: "[OperatorCode]",
        2: "[SubGraph]",
        3: "text",
        4: "[Buffer]",
        5: "[i4]",
        6: "[Metadata]",
        7: "[SignatureDef]",
    },
    "OperatorCode": {0: "b", 1: "text", 2: "i", 3: "i"},
    "SubGraph": {0: "[Tensor]", 1: "[i4]", 2: "[i4]", 3: "[Operator]", 4: "text", 5: "i"},
    "Tensor": {0: "[i4]", 1: "b", 2: "I", 3: "text", 4: "Quantization", 5: "B", 7: "[i4]", 8: "B", 10: "I"},
    "Quantization": {0: "[f4]", 1: "[f4]", 2: "[f4]", 3: "[i8]", 4: "B", 6: "i"},
    "Operator": {
        0: "I",
        1: "[i4]",
        2: "[i4]",
        3: "B",
        4: "Options",
        5: "[u1]",
        6: "b",
        7: "[u1]",
        8: "[i4]",
        9: "Q",
        10: "Q",
        11: "B",
        13: "i",
    },
    "Options": {},
    "Buffer": {0: "[u1]", 1: "Q", 2: "Q"},
    "Metadata": {0: "text", 1: "I"},
    "SignatureDef": {0: "[TensorMap]", 1: "[TensorMap]", 2: "text", 4: "I"},
    "TensorMap": {0: "text", 1: "I"},
}

#: Operators whose options may be left out.
OPTIONAL = {"RESHAPE"}
OPTIONS["MAX_POOL_2D"] = OPTIONS["AVERAGE_POOL_2D"]
