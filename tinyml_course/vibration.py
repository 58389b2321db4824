"""A synthetic data set: how a machine shakes, as the Uno's analog input sees it.

Nothing here was measured. Every sample is computed from a seed by the formulas below, so that a course without
hardware has a signal to listen to, with difficulties that real ones have: unknown phase and speed, machines that
differ, noise, an offset that drifts, and 8 bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyml_course import plots
from tinyml_course.datasets import Dataset

#: Samples in a second, and samples in a window: 0.32 seconds.
SAMPLE_RATE_HZ = 400
WINDOW_SAMPLES = 128
#: The sensor's output in volts: 2.5 V at rest, 1 V for each g of acceleration, 0 to 5 V.
REST_VOLTS, VOLTS_PER_G, FULL_SCALE_VOLTS = 2.5, 1.0, 5.0
CLASSES = {
    "still": "the machine is off; somebody may bump into the table, and a neighbour hums faintly",
    "smooth": "it runs as it should: a weak sine at the speed of rotation and two weaker multiples",
    "unbalanced": "as smooth, and a stronger sine at the speed of rotation",
    "knocking": "as smooth, and a damaged bearing strikes several times in a turn; each blow rings for a moment",
}
#: Machines and windows of each class for each of them. No machine is in two parts.
_PARTS = {"train": (20, 15), "validation": (8, 15), "test": (10, 15)}

Signal = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SignalDataset(Dataset):
    """Windows of a sampled signal, with a part to choose models on.

    Parameters
    ----------
    x_validation : ndarray of shape (n, samples), uint8
        Windows to choose between models with, from machines of their own.
    y_validation : ndarray of shape (n,), int64
        Their labels.
    class_names : tuple of str
        What each label means.
    rate_hz : int
        Samples in a second.
    """

    x_validation: npt.NDArray[Any]
    y_validation: npt.NDArray[np.int64]
    class_names: tuple[str, ...]
    rate_hz: int


def load_vibration(*, seed: int = 0) -> SignalDataset:
    """Synthetic vibration of a machine in four states; computed, not measured.

    Parameters
    ----------
    seed : int, default 0
        Another seed gives other machines.

    Returns
    -------
    SignalDataset
        ``x`` of shape (n, 128), uint8: the upper eight bits of the ADC, 400 samples a second; 128 stands for rest.
        ``y``: 0 still, 1 smooth, 2 unbalanced, 3 knocking. 1,200 windows to train with, 480 to choose with and 600 to
        test with, all classes alike; no machine is in two of the parts.

    Notes
    -----
    A machine has a speed of rotation (17 to 33 turns a second), a strength, a sensor's gain (10 % up or down), an
    offset from how the sensor is mounted, and a bearing whose blows ring at 90 to 170 Hz. Each window adds its own
    phase, load, drift and noise. A weak imbalance is hardly stronger than a strong smooth run, and weak blows drown in
    it: that part cannot be told apart without error.
    """
    generator = np.random.default_rng([seed, 0x7EB])
    parts = {part: _part(generator, *size) for part, size in _PARTS.items()}
    (x_train, y_train), (x_validation, y_validation), (x_test, y_test) = parts.values()
    return SignalDataset(
        x_train,
        y_train,
        x_test,
        y_test,
        image_shape=None,
        name="vibration",
        source=f"synthetic: computed by tinyml_course.vibration from seed {seed}, nothing was measured",
        x_validation=x_validation,
        y_validation=y_validation,
        class_names=tuple(CLASSES),
        rate_hz=SAMPLE_RATE_HZ,
    )


def sensor_volts(samples: npt.ArrayLike) -> Signal:
    """Voltages that give these 8-bit samples: the middle of each step of the ADC.

    Parameters
    ----------
    samples : array-like of uint8, any shape

    Returns
    -------
    ndarray of float64, same shape
        0 to 5 V, to be played at an analog input.
    """
    return (np.asarray(samples, np.float64) + 0.5) * (FULL_SCALE_VOLTS / 256)


def vibration_picture(data: SignalDataset) -> plots.Picture:
    """Draw one window of each class, all on one scale.

    Parameters
    ----------
    data : SignalDataset
        What :func:`load_vibration` gave. The first training window of each class is shown.

    Returns
    -------
    Picture
    """
    figure, _ = plots.new_axes("")
    figure.clear()
    shown = [data.x_train[data.y_train == label][0] for label in range(len(data.class_names))]
    milliseconds = np.arange(data.x_train.shape[1]) / data.rate_hz * 1e3
    rows = figure.subplots(len(shown), 1, sharex=True, sharey=True)
    title = "Imbalance shows in the height, a damaged bearing in short blows (synthetic)"
    figure.suptitle(title, x=0.125, ha="left", weight="bold")
    for axes, name, window in zip(rows, data.class_names, shown, strict=True):
        axes.plot(milliseconds, window, color=plots.COLOURS["uno"], linewidth=1, marker=".", markersize=3)
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_ylabel(name, rotation=0, ha="right", va="center")
    rows[-1].set_xlabel(f"milliseconds; {data.rate_hz} samples of 8 bits in a second")
    heights = ", ".join(
        f"{name} {int(np.ptp(window))} codes high" for name, window in zip(data.class_names, shown, strict=True)
    )
    return plots.Picture(figure, f"Four wave forms below each other, synthetic vibration of 0.32 seconds: {heights}.")


def _part(
    generator: np.random.Generator, machines: int, windows: int
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Windows of some new machines, each in all states; shapes (n, samples) and (n,)."""
    labels = np.tile(np.repeat(np.arange(len(CLASSES)), windows), machines)
    made = [
        machine.window(state)
        for machine in [_Machine(generator) for _ in range(machines)]
        for state in CLASSES
        for _ in range(windows)
    ]
    return np.stack(made), labels.astype(np.int64)


class _Machine:
    """One synthetic machine and the sensor on it; accelerations in g, frequencies in Hz."""

    def __init__(self, generator: np.random.Generator) -> None:
        self._random = generator
        uniform = generator.uniform
        self.turns = uniform(17, 33)  # in a second
        self.strength = uniform(0.08, 0.25)  # of the sine at the speed of rotation when all is well
        self.multiples = uniform(0.15, 0.6, 2)  # of twice and three times that speed, relative to it
        self.ring = uniform(90, 170)
        self.decay = uniform(0.004, 0.012)  # seconds
        self.strikes = uniform(2.3, 4.6)  # in a turn
        self.gain = uniform(0.9, 1.1)
        self.offset = uniform(-0.3, 0.3)
        self.noise = uniform(0.015, 0.05)

    def window(self, state: str) -> npt.NDArray[np.uint8]:
        """Return one window, shape (samples,), as the ADC gives it."""
        random, t = self._random, np.arange(WINDOW_SAMPLES) / SAMPLE_RATE_HZ
        drift = random.uniform(-0.1, 0.1) * (t / t[-1] - 0.5)
        shaking = self.offset + drift + random.normal(0, self.noise, t.shape) + self._neighbour(t)
        if state == "still":
            shaking += self._bump(t)
        else:
            turns = self.turns * random.uniform(0.95, 1.05)
            shaking += self._rotation(t, turns)
            if state == "unbalanced":
                shaking += random.uniform(0.24, 0.9) * _sine(t, turns, random.uniform())
            elif state == "knocking":
                shaking += self._blows(t, turns)
        volts = REST_VOLTS + VOLTS_PER_G * self.gain * shaking
        codes: npt.NDArray[np.uint8] = np.clip(volts / FULL_SCALE_VOLTS * 256, 0, 255).astype(np.uint8)
        return codes

    def _neighbour(self, t: Signal) -> Signal:
        """Another machine on the same floor."""
        random = self._random
        return random.uniform(0.0, 0.05) * _sine(t, random.uniform(10, 60), random.uniform())

    def _bump(self, t: Signal) -> Signal:
        """In one of three windows, somebody moves the table: a slow swing that dies away."""
        random = self._random
        if random.uniform() > 1 / 3:
            return np.zeros_like(t)
        since = np.maximum(t - random.uniform(0, t[-1]), 0)
        swing: Signal = (
            random.uniform(0.1, 0.6) * np.exp(-since / 0.06) * np.sin(2 * np.pi * random.uniform(4, 12) * since)
        )
        return swing

    def _rotation(self, t: Signal, turns: float) -> Signal:
        """What every running machine does."""
        random = self._random
        load = self.strength * random.uniform(0.7, 1.4)
        multiples = zip(self.multiples, (2, 3), strict=True)
        weaker = sum(share * _sine(t, turns * multiple, random.uniform()) for share, multiple in multiples)
        rotation: Signal = load * (_sine(t, turns, random.uniform()) + weaker)
        return rotation

    def _blows(self, t: Signal, turns: float) -> Signal:
        """Blows at almost equal distances, of unequal strength, each with a ring that dies away."""
        random = self._random
        distance = 1 / (turns * self.strikes)
        begin = -random.uniform(0, distance)
        strength = random.uniform(0.2, 0.9)
        ringing = np.zeros_like(t)
        for blow in np.arange(begin, t[-1], distance):
            since = t - blow - random.normal(0, 0.02 * distance)
            ring = np.exp(-np.maximum(since, 0) / self.decay) * np.sin(2 * np.pi * self.ring * since)
            ringing += strength * random.uniform(0.5, 1.0) * np.where(since >= 0, ring, 0)
        return ringing


def _sine(t: Signal, frequency: float, phase: float) -> Signal:
    """A sine of amplitude 1; `phase` in turns."""
    wave: Signal = np.sin(2 * np.pi * (frequency * t + phase))
    return wave
