"""A window of raw samples to a few bytes that describe it, in integers: what the board computes, exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tinyml_course.errors import InputError
from tinyml_course.graph import Array

#: Windows of these many samples: powers of two, so that a mean is a shift, and short enough for 8-bit indices.
WINDOWS = (16, 32, 64, 128)
#: Parts of a window that the loudest is looked for in.
BLOCKS = 8
#: A value up to this one is its own logarithmic code.
_LINEAR = 15


def log_code(values: npt.ArrayLike) -> npt.NDArray[np.uint8]:
    """Return a logarithm with eight steps in an octave, made of shifts alone.

    ``code = 8 e + (v >> e)`` with the smallest e for which ``v >> e`` is at most 15. So a code up to 15 is the value
    itself, and each eight more double it. Unlike a logarithm in floating point it is the same on every processor.

    Parameters
    ----------
    values : array-like of integers, any shape
        0 to 2^32 - 1.

    Returns
    -------
    ndarray of uint8, same shape
        0 to 239.
    """
    v = np.array(values, np.int64)
    code = np.zeros_like(v)
    while (large := v > _LINEAR).any():
        v[large] >>= 1
        code[large] += 8
    return np.asarray(code + v, np.uint8)


@dataclass(frozen=True)
class SignalFeatures:
    """Features of a window of 8-bit samples.

    ======================  ===================================================================================
    feature                 meaning
    ======================  ===================================================================================
    ``energy``              sum of the squared distances d from the mean
    ``octave 0, 1, ...``    energy of the differences of neighbours (0), of sums of two (1), of four (2) and so on:
                            the upper half of the frequencies, the quarter below it, ... (a Haar transform)
    ``loudest block``       the most energy in one eighth of the window: large for blows
    ``largest step``        largest difference between two neighbours
    ``peak to peak``        largest sample less the smallest
    ``crossings``           how often d changes its sign
    ======================  ===================================================================================

    Energies are logarithmic codes (:func:`log_code`), the others are the numbers themselves; all are bytes.

    Parameters
    ----------
    window : int, default 128
        Samples: 16, 32, 64 or 128.

    Raises
    ------
    InputError
        For another window.

    Notes
    -----
    Why nothing overflows, with N samples of 0 to 255: their sum is at most 255 N < 2^15. The mean is rounded, so
    |d| <= 255 and the energy is at most 255^2 N < 2^23. At octave k the sums of 2^k samples are at most 255 * 2^k,
    which is below 2^14, and so are their differences. N / 2^(k+1) squares of such differences add up to at most
    255^2 * 2^k * N / 2 < 2^27. (A difference is the same for samples and for their distances from the mean.)
    """

    window: int = 128

    def __post_init__(self) -> None:
        if self.window not in WINDOWS:
            raise InputError(f"A window has {', '.join(map(str, WINDOWS))} samples, got {self.window!r}.")
        object.__setattr__(self, "window", int(self.window))  # 128.0 and NumPy's integers are as good

    @property
    def octaves(self) -> int:
        """Number of frequency bands, each half as wide as the one before."""
        return self.window.bit_length() - 2

    @property
    def names(self) -> tuple[str, ...]:
        """The features, in order."""
        bands = (f"octave {k}" for k in range(self.octaves))
        return ("energy", *bands, "loudest block", "largest step", "peak to peak", "crossings")

    def compute(self, x: npt.ArrayLike) -> npt.NDArray[np.uint8]:
        """Return the features of windows.

        Parameters
        ----------
        x : ndarray of uint8, shape (n, window)
            Raw samples, one window a row.

        Returns
        -------
        ndarray of uint8, shape (n, len(names))

        Raises
        ------
        InputError
            If type or shape are others.
        """
        windows = np.asarray(x)
        if windows.dtype != np.uint8 or windows.ndim != 2 or windows.shape[1] != self.window:
            raise InputError(
                f"Expected windows of {self.window} samples, one a row, of type uint8; got an array of shape "
                f"{windows.shape} and type {windows.dtype}."
            )
        raw = windows.astype(np.int64)
        # A power of two halved and a shift: the mean, rounded half up.
        distances = raw - ((raw.sum(axis=1, keepdims=True) + self.window // 2) >> (self.window.bit_length() - 1))
        squares = distances**2
        columns = [
            log_code(squares.sum(axis=1)),
            *(log_code(band) for band in self._octaves(raw)),
            log_code(squares.reshape(len(raw), BLOCKS, -1).sum(axis=2).max(axis=1)),
            np.abs(np.diff(raw, axis=1)).max(axis=1),
            raw.max(axis=1) - raw.min(axis=1),
            (np.diff(distances < 0, axis=1)).sum(axis=1),
        ]
        return np.stack(columns, axis=1).astype(np.uint8)

    def _octaves(self, samples: Array) -> list[Array]:
        """Energies of the Haar transform's differences, the highest frequencies first; (n,) each."""
        energies, sums = [], samples
        for _ in range(self.octaves):
            first, second = sums[:, ::2], sums[:, 1::2]
            energies.append(((first - second) ** 2).sum(axis=1))
            sums = first + second
        return energies
