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

__all__ = [
    "bonsai",
    "encode",
    "features",
    "linear",
    "network_dense",
    "network_elementwise",
    "network_pool",
    "network_tables",
    "trees",
]
