"""The exact meaning of every operator, in NumPy integers. Importing this registers all of them."""

from tinyml_course.reference import (
    bonsai,
    encode,
    features,
    linear,
    network_dense,
    network_elementwise,
    network_pool,
    network_tables,
    trees,
)
from tinyml_course.reference.bonsai_steps import BonsaiTrace, NodeTrace, bonsai_trace

__all__ = [
    "BonsaiTrace",
    "NodeTrace",
    "bonsai",
    "bonsai_trace",
    "encode",
    "features",
    "linear",
    "network_dense",
    "network_elementwise",
    "network_pool",
    "network_tables",
    "trees",
]
