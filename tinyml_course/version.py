"""The version of the course, where every layer may read it."""

__version__ = "0.1.0"
