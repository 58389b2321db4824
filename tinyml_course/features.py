"""Raw feature values to the 8-bit codes that a small model computes with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinyml_course.graph import Array, InputContract

#: Largest code: codes are unsigned bytes.
CODE_LIMIT = 255
#: Up to this magnitude every integer is a float32, so scaled values stay exact.
EXACT_FLOAT = 2**23


@dataclass(frozen=True)
class FeatureEncoding:
    """``code = clip(floor(x * 2**shift) - zero_point, 0, 255)``, for each feature.

    A power of two keeps this exact in floating point, on any processor and with any compiler.

    Parameters
    ----------
    shift : ndarray of int64, shape () or (features,)
        Binary logarithm of the scale; never positive for integers, which shift right.
    zero_point : ndarray of int64, shape () or (features,)
        Subtracted after scaling, so that the smallest value gets code 0.
    code_of_one : int
        The code that stands for 1.0 inside the model: the largest code seen.
    """

    shift: Array
    zero_point: Array
    code_of_one: int

    @classmethod
    def fit(cls, x: Array) -> FeatureEncoding:
        """Choose the finest power-of-two steps with which the training range fits into a byte.

        Features that share a range share one shift and one zero point; bytes that are small integers
        already stay as they are.

        Parameters
        ----------
        x : ndarray of shape (n, features)
            Raw integers or float32.
        """
        low, high = x.min(), x.max()
        if x.dtype.kind != "f" and low >= 0 and high <= CODE_LIMIT:
            return cls(np.array(0), np.array(0), max(1, int(high)))
        lows, highs = x.min(axis=0).astype(np.float64), x.max(axis=0).astype(np.float64)
        shift = cls._finest_shift(lows, highs, integers=x.dtype.kind != "f")
        if len(set(shift.tolist())) == 1 and (highs.max() - lows.min()) * 2.0 ** shift[0] <= CODE_LIMIT + 1:
            shift, lows = shift[0], lows.min()
        zero_point = np.floor(np.ldexp(lows, shift)).astype(np.int64)
        encoding = cls(np.asarray(shift), np.asarray(zero_point), CODE_LIMIT)
        return cls(encoding.shift, encoding.zero_point, max(1, int(encoding.encode(x).max())))

    @staticmethod
    def _finest_shift(lows: Array, highs: Array, *, integers: bool) -> Array:
        # Integers from 0 to 1023 are 1024 values. A real range saturates at its very end only.
        spans = np.maximum(highs - lows + integers, np.finfo(np.float32).tiny * 2.0**30)
        shift = np.floor(np.log2((CODE_LIMIT + 1) / spans)).astype(np.int64)
        magnitude = np.maximum(np.maximum(np.abs(lows), np.abs(highs)), np.finfo(np.float32).tiny)
        shift = np.minimum(shift, np.floor(np.log2(EXACT_FLOAT / magnitude)).astype(np.int64))
        finest: Array = np.clip(shift, -31, 0 if integers else 100)
        return finest

    def encode(self, x: Array) -> Array:
        """Return the codes of raw values.

        Parameters
        ----------
        x : ndarray of shape (n, features)
            Raw integers or float32.

        Returns
        -------
        ndarray of uint8, same shape as x
        """
        if x.dtype.kind == "f":
            scaled = np.floor(np.ldexp(x.astype(np.float64), self.shift))
        else:
            scaled = (x.astype(np.int64) >> -self.shift).astype(np.float64)
        codes: Array = np.clip(scaled - self.zero_point, 0, CODE_LIMIT).astype(np.uint8)
        return codes

    def is_identity_for(self, contract: InputContract) -> bool:
        """Tell whether raw values under this contract are codes already."""
        return bool(contract.dtype == np.uint8 and not np.any(self.shift) and not np.any(self.zero_point))
