"""A virtual Arduino Uno in a notebook: the board that one can see, touch and talk to.

Python compiles the sketch and holds what people choose; the board itself runs in
the page. One page at a time has the board: the one that showed it last.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy.typing as npt
import traitlets

from tinyml_course.board.wires import check_channel, check_pin, checked_voltage, checked_wave
from tinyml_course.errors import InputError
from tinyml_course.export.sketch import Sketch
from tinyml_course.toolchain import Build, Toolchain
from tinyml_course.widgets.base import Piece, Still, esm
from tinyml_course.widgets.virtual_uno_program import (
    Signal,
    checked_names,
    checked_sample,
    checked_samples,
    compiled,
    program_of,
)
from tinyml_course.widgets.virtual_uno_state import BoardState, state_of
from tinyml_course.widgets.virtual_uno_still import still_of

#: Characters of serial output that Python keeps.
SERIAL_CHARACTERS = 50_000
#: Commands that wait for a page at most.
LONGEST_QUEUE = 10_000


class VirtualUno(Piece):
    """An Arduino Uno in a notebook that runs a sketch: the program that a real board would get.

    Show it as the last expression of a cell. It begins to run when a page shows it; what Python asks of it before is
    kept until then. Several views in one page show the same board. A page that is not to be seen holds it, and what
    it missed is not caught up. When the notebook is opened again, or in a second page, the board starts anew there.

    What the board does reaches Python between two cells, not during one: ask for :attr:`state` or :attr:`serial` in
    a cell of its own.

    Parameters
    ----------
    sketch : Sketch
        What :func:`tinyml_course.export_arduino` returned, for a board with the Uno's processor.
    examples : ndarray of the sketch's input type, shape (n, size) or (n, ...) with that size, optional
        Samples for the button "Next example"; the first 100 are used.
    labels : array-like, shape (n,), optional
        What the examples really are.
    class_names : sequence of str, optional
        What the classes are called on the page, in the order of the sketch's labels. Default: these labels.
    signals : mapping of str to (volts, rate_hz), optional
        Waveforms that can be played at an analog input: names, voltages, and values in a second.
    toolchain : Toolchain, optional
        The compiler. Default: the first that works here, :func:`tinyml_course.toolchain.find`.

    Raises
    ------
    InputError
        If this is no sketch, it is for a board with another processor, or examples or signals are not usable.
    ToolchainNotFoundError, CompileError, MemoryLimitError
        If the sketch cannot be compiled, or does not fit the board.

    Examples
    --------
    >>> uno = tc.VirtualUno(sketch, examples=data.x_test, labels=data.y_test)  # doctest: +SKIP
    >>> uno  # doctest: +SKIP
    """

    _esm = esm("virtual_uno")
    _program = traitlets.Dict().tag(sync=True)
    _owner = traitlets.Unicode("").tag(sync=True)  # the page that has the board
    _running = traitlets.Bool(True).tag(sync=True)
    _speed = traitlets.Float(1.0).tag(sync=True)  # times real time; 0: as fast as possible
    _volts = traitlets.Dict().tag(sync=True)  # what is wired to the analog inputs
    _pins = traitlets.Dict().tag(sync=True)
    _report = traitlets.Dict().tag(sync=True)
    _key = traitlets.Unicode("").tag(sync=True)  # the model's own id, by which the page finds it

    def __init__(
        self,
        sketch: Sketch,
        *,
        examples: npt.ArrayLike | None = None,
        labels: npt.ArrayLike | None = None,
        class_names: Sequence[str] | None = None,
        signals: Mapping[str, Signal] | None = None,
        toolchain: Toolchain | None = None,
    ) -> None:
        build = compiled(sketch, toolchain)
        shown = checked_samples(sketch, examples, labels)
        waves = {name: checked_wave(*signal) for name, signal in (signals or {}).items()}
        names = checked_names(sketch, class_names)
        super().__init__(_program=program_of(sketch, build, names, shown, waves))
        self.sketch = sketch
        self.build: Build = build
        self._serial = ""
        self._commands: list[dict[str, Any]] = []
        self._numbered = 0
        self._key = self.model_id
        self.on_msg(self._heard)

    # ---- what people do

    def run(self) -> None:
        """Let the board run. After a fault, reset it first."""
        self._running = True

    def pause(self) -> None:
        """Let the board stand still; its memory stays."""
        self._running = False

    def step(self) -> None:
        """Run one instruction and pause."""
        self._running = False
        self._command("step")

    def reset(self) -> None:
        """Press the board's reset button."""
        self._command("reset")

    def send(self, content: Any, buffers: Any = None) -> None:
        r"""Send text to the board's serial port: ``uno.send("t\n")``. The line ending is part of it.

        Parameters
        ----------
        content : str or bytes
            What to send. (Anything else is a message of the widget itself.)
        buffers : list, optional
            Of the widget's own messages.
        """
        if isinstance(content, str):
            content = content.encode()
        if isinstance(content, bytes | bytearray):
            self._command("send", bytes=list(content))
        else:
            super().send(content, buffers)

    def classify(self, sample: npt.ArrayLike) -> None:
        """Send one sample to be classified. The answer comes later: see :attr:`state` in another cell.

        Parameters
        ----------
        sample : ndarray of the sketch's input type
            All values of one sample, in any shape.

        Raises
        ------
        InputError
            If type, size or range are not what the sketch takes.
        """
        self._command("classify", values=checked_sample(self.sketch, sample))

    def set_voltage(self, channel: int, volts: float) -> None:
        """Put a voltage on an analog input: channel 0 is A0. The reference is 5 V. It ends what plays there."""
        check_channel(channel)
        volts = checked_voltage(volts)
        self._volts = {**self._volts, str(channel): volts}
        self._command("voltage", channel=channel, volts=volts)

    def play(self, channel: int, volts: npt.ArrayLike, rate_hz: float, repeat: bool = False) -> None:
        """Let an analog input follow a waveform, from when the board gets it, in the board's own time.

        Parameters
        ----------
        channel : int
            0 is A0.
        volts : array-like of float, shape (n,)
            At least one value, in volts. Each stays for ``1 / rate_hz`` seconds.
        rate_hz : float
            Values per second of the board's time.
        repeat : bool, default False
            Start again behind the last value; otherwise the last value stays.

        Raises
        ------
        InputError
            If the channel does not exist, or values or rate are not usable.
        """
        check_channel(channel)
        wave, rate = checked_wave(volts, rate_hz)
        self._command("play", channel=channel, volts=wave, rate=rate, repeat=bool(repeat))

    def set_pin(self, pin: int, high: bool) -> None:
        """Wire a pin to 5 V (`high`) or ground. Pins 0 to 13 are digital, 14 to 19 are A0 to A5."""
        check_pin(pin)
        self._pins = {**self._pins, str(pin): bool(high)}
        self._command("pin", pin=pin, high=bool(high))

    @property
    def speed(self) -> float:
        """Times real time: 1 is a real board's speed, 0.001 slow motion, ``math.inf`` as fast as possible."""
        return self._speed or math.inf

    @speed.setter
    def speed(self, times: float) -> None:
        if not times > 0:
            raise InputError(f"A speed is above 0 (1 is real time, math.inf as fast as possible), got {times}.")
        self._speed = 0.0 if math.isinf(times) else float(times)

    # ---- what can be seen

    @property
    def serial(self) -> str:
        """What the board sent so far, the last 50,000 characters of it."""
        return self._serial

    @property
    def state(self) -> BoardState:
        """What the page last told of the board: cycles, memory, fault, inferences, the last answer."""
        return state_of(self._report, self.sketch, shown=bool(self._owner), running=self._running)

    def still(self) -> Still:
        """Return the board's memory as a picture, and in words."""
        return still_of(self.sketch, self.build)

    # ---- the line to the page

    def _command(self, name: str, **given: object) -> None:
        if len(self._commands) >= LONGEST_QUEUE:
            raise InputError(
                f"{LONGEST_QUEUE:,} commands wait for the board already. Show it: make it the last expression of a "
                "cell, and let that cell end."
            )
        self._numbered += 1
        command = {"number": self._numbered, "name": name, **given}
        self._commands.append(command)
        if self._owner:
            self._deliver([command])

    def _deliver(self, commands: list[dict[str, Any]]) -> None:
        if commands:
            super().send({"kind": "commands", "to": self._owner, "items": commands})

    def _heard(self, _widget: object, content: Any, _buffers: object) -> None:
        kind, page = content.get("kind"), content.get("page")
        if kind == "hello":
            self._owner = page
            self._deliver(self._commands)
        elif kind in ("done", "text") and page == self._owner:
            if kind == "done":
                self._commands = [command for command in self._commands if command["number"] > content["number"]]
            else:
                missing = content["dropped"]
                gap = f"\n[{missing:,} characters did not reach Python in time]\n" if missing else ""
                self._serial = (self._serial + gap + content["text"])[-SERIAL_CHARACTERS:]
                super().send({"kind": "heard", "to": page})
