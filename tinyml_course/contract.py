"""What a model accepts as its input."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyml_course.errors import InputError

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class InputContract:
    """What a model accepts. Anything else is an error, never a silent cast.

    Parameters
    ----------
    dtype : numpy.dtype
        Of the raw values, as the sensor gives them.
    shape : tuple of int
        Of one sample.
    minimum, maximum : float
        Overall range, both ends allowed.
    """

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    minimum: float
    maximum: float

    @property
    def size(self) -> int:
        """Values in one sample."""
        return math.prod(self.shape)

    def check(self, x: npt.ArrayLike) -> Array:
        """Return `x` as a batch of flat samples, shape (n, size).

        Raises
        ------
        InputError
            For another dtype, another shape, NaN, or a value outside the range.
        """
        batch = np.asarray(x)
        if batch.dtype != self.dtype:
            raise InputError(
                f"Expected values of type {self.dtype}, got {batch.dtype}. "
                f"Convert them where they come from, for example x.astype(np.{self.dtype})."
            )
        if batch.shape[1:] not in {self.shape, (self.size,)} or batch.ndim < 2:
            hint = " For one sample, pass x[None]." if batch.shape in {self.shape, (self.size,)} else ""
            raise InputError(
                f"Expected a batch of shape (n, {', '.join(map(str, self.shape))})"
                f"{'' if self.shape == (self.size,) else f' or (n, {self.size})'}, got {batch.shape}.{hint}"
            )
        batch = batch.reshape(len(batch), self.size)
        if batch.dtype.kind == "f" and not np.isfinite(batch).all():
            raise InputError("The input has values that are NaN or infinite; every value must be a finite number.")
        if batch.size and (batch.min() < self.minimum or batch.max() > self.maximum):
            raise InputError(
                f"Expected values from {self.minimum:g} to {self.maximum:g} (the range of the representative data), "
                f"got {batch.min():g} to {batch.max():g}. Rescale the input, or quantize with data that has this range."
            )
        return batch
