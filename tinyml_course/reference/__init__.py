"""The exact meaning of every operator, in NumPy integers. Importing this registers all of them."""

from tinyml_course.reference import bonsai, encode, features

__all__ = ["bonsai", "encode", "features"]
