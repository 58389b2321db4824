"""The virtual Uno without a screen: exact cycles, stack, serial, pins and faults.

The processor and its peripherals are simulated by JavaScript (``js/src``; the
peripherals are those of avr8js). Every instruction takes the cycles of the
ATmega328P's datasheet. Times of serial bytes and of interrupts are close to
the chip's, not exact: measure cycles between marks, with interrupts off.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import numpy.typing as npt

from tinyml_course.board import intel_hex, sleep_modes
from tinyml_course.board.faults import crash_message, flash_symbols, place_text
from tinyml_course.board.javascript import UnoEngine
from tinyml_course.board.observed import Conversion, Mark, PinState
from tinyml_course.board.wires import check_channel, check_pin, checked_voltage, checked_wave
from tinyml_course.errors import InputError, SketchFaultError

#: Last address of the SRAM: where the stack starts, and it grows downwards.
SRAM_LAST_ADDRESS = 0x8FF
_SRAM_FIRST_ADDRESS = 0x100
_SLICE_CYCLES = 8_000_000  # in one call: well under a second, so that an interrupt from the keyboard is noticed
_SHOWN_BYTES = 60


class UnoSimulator:
    """An Arduino Uno that runs a .hex file.

    Close it after use, or use it in a ``with`` statement.

    Parameters
    ----------
    hex_text : str
        The program as Intel HEX text.
    sram_static_end : int, default 0x100
        First SRAM address behind the static variables (``Build.sram_static_end``). A stack that
        grows below it is a fault. The default watches only that the stack stays in the SRAM.
    clock_hz : float, default 16e6
        Processor clock.
    symbols : mapping of str to int, optional
        Names of flash addresses (``AvrElf(build.elf).symbols``): messages then name the function.

    Raises
    ------
    HexError
        If the .hex text is damaged.
    InputError
        If `sram_static_end` is no SRAM address.
    BoardError
        If the JavaScript engine cannot be loaded.

    Examples
    --------
    >>> with UnoSimulator(build.hex, build.sram_static_end) as uno:  # doctest: +SKIP
    ...     uno.run_until(b"ready", max_cycles=16_000_000)
    """

    def __init__(
        self,
        hex_text: str,
        sram_static_end: int = _SRAM_FIRST_ADDRESS,
        clock_hz: float = 16e6,
        *,
        symbols: Mapping[str, int] | None = None,
    ) -> None:
        intel_hex.parse(hex_text)
        if not _SRAM_FIRST_ADDRESS <= sram_static_end <= SRAM_LAST_ADDRESS + 1:
            raise InputError(
                f"sram_static_end should be an SRAM address, {_SRAM_FIRST_ADDRESS:#x} to {SRAM_LAST_ADDRESS + 1:#x}, "
                f"got {sram_static_end:#x}. Take the one that the build reports."
            )
        self.clock_hz = clock_hz
        self.sram_static_end = sram_static_end
        self._symbols = flash_symbols(symbols or {})
        self._marks: list[Mark] = []
        self._conversions: list[Conversion] = []
        self._input = bytearray()
        self._state: dict[str, Any] = {"cycles": 0, "lowest": SRAM_LAST_ADDRESS, "address": 0, "lost": 0}
        self._fault: SketchFaultError | None = None
        self._engine = UnoEngine(hex=hex_text, staticEnd=sram_static_end, clockHz=clock_hz, recordConversions=True)

    def __enter__(self) -> UnoSimulator:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the engine. What was measured can still be read; running is over."""
        self._engine.close()

    @property
    def cycles(self) -> int:
        """Clock cycles since the start."""
        return int(self._state["cycles"])

    @property
    def seconds(self) -> float:
        """Time on the board since the start, in seconds."""
        return self.cycles / self.clock_hz

    @property
    def sleep_cycles(self) -> Mapping[str, int]:
        """Cycles since the start by what the chip did, in cycles of the crystal's nominal clock.

        ``"active"``, ``"idle"``, ``"adc"`` (noise reduction), ``"power_down"``, ``"power_save"``, ``"standby"``,
        ``"extended_standby"`` and ``"start_up"`` of the oscillator. Together they are :attr:`cycles`.
        """
        return sleep_modes.by_mode(self._state.get("sleepCycles", {}), self.cycles)

    @property
    def stack_pointer_minimum(self) -> int:
        """Lowest stack pointer so far; it shows the next free byte. A half-written one does not count."""
        return int(self._state["lowest"])

    @property
    def stack_peak_bytes(self) -> int:
        """Most bytes that the stack took so far."""
        return SRAM_LAST_ADDRESS - self.stack_pointer_minimum

    @property
    def lost_bytes(self) -> int:
        """Serial input bytes that were lost because the program did not read them in time."""
        return int(self._state["lost"])

    @property
    def marks(self) -> tuple[Mark, ...]:
        """All writes to GPIOR0 since the start or since :meth:`clear_marks`."""
        return tuple(self._marks)

    def clear_marks(self) -> None:
        """Forget the marks so far."""
        self._marks.clear()

    @property
    def conversions(self) -> tuple[Conversion, ...]:
        """All results of the ADC since the start or since :meth:`clear_conversions`."""
        return tuple(self._conversions)

    def clear_conversions(self) -> None:
        """Forget the ADC's results so far."""
        self._conversions.clear()

    def read_memory(self, first: int, count: int) -> bytes:
        """Return what stands in the data memory: `count` bytes from the address `first` on."""
        self._check_memory(first, count)
        return bytes(
            json.loads(self._engine.call(f"JSON.stringify([...uno.cpu.data.slice({first}, {first + count})])"))
        )

    def write_memory(self, first: int, data: bytes) -> None:
        """Put bytes into the SRAM, from the address `first` on, as if they had been there at power-on."""
        self._check_memory(first, len(data))
        self._engine.call(f"uno.cpu.data.set({json.dumps(list(data))}, {first}); 0")

    @staticmethod
    def _check_memory(first: int, count: int) -> None:
        if first < _SRAM_FIRST_ADDRESS or count < 0 or first + count > SRAM_LAST_ADDRESS + 1:
            raise InputError(
                f"Expected bytes of the SRAM, {_SRAM_FIRST_ADDRESS:#x} to {SRAM_LAST_ADDRESS:#x}, got {count} from "
                f"{first:#x} on."
            )

    def send(self, data: bytes) -> None:
        """Send bytes to the board's serial port; they travel while the board runs.

        They arrive one after the other at the rate the program configured, from when it switches its
        receiver on, and are lost when it does not read them in time, as on the board.
        """
        self._input += data

    def run(self, cycles: int) -> bytes:
        """Run for some cycles; the last instruction may end up to four cycles later.

        Returns
        -------
        bytes
            The serial output meanwhile.

        Raises
        ------
        SketchFaultError
            If the program crashes; every later call raises the same error.
        """
        output, _ = self._run(cycles, b"")
        return output

    def run_until(self, expected: bytes, max_cycles: int) -> bytes:
        """Run until the serial output ends in the expected bytes.

        Parameters
        ----------
        expected : bytes
            At least one byte. Only output from now on counts.
        max_cycles : int
            Cycles after which the program is taken to hang.

        Returns
        -------
        bytes
            The serial output from now on, the expected bytes included.

        Raises
        ------
        SketchFaultError
            If the program crashes, or, with kind ``"hang"``, if the cycles are used up.
        """
        if not expected:
            raise InputError("run_until needs at least one byte to wait for, got none.")
        output, arrived = self._run(max_cycles, expected)
        if not arrived:
            raise self._hang(expected, max_cycles, output)
        return output

    def set_pin(self, pin: int, high: bool) -> None:
        """Wire a pin to 5 V (`high`) or ground. Pins 0 to 13 are digital, 14 to 19 are A0 to A5."""
        check_pin(pin)
        self._engine.call(f"uno.setPin({pin}, {json.dumps(bool(high))}); 0")

    def pin(self, pin: int) -> PinState:
        """Return what the program makes of a pin; numbers as in :meth:`set_pin`."""
        check_pin(pin)
        return PinState(self._engine.call(f"uno.getPin({pin})"))

    def set_voltage(self, channel: int, volts: float) -> None:
        """Put a voltage on an analog input: channel 0 is A0. The reference is 5 V. It ends what plays there."""
        check_channel(channel)
        self._engine.call(f"uno.setVolts({channel}, {checked_voltage(volts)!r}); 0")

    def play(self, channel: int, volts: npt.ArrayLike, rate_hz: float, repeat: bool = False) -> None:
        """Let an analog input follow a waveform, from now on, in the board's own time.

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
        wave, rate_hz = checked_wave(volts, rate_hz)
        period = self.clock_hz / rate_hz
        self._engine.call(f"uno.play({channel}, {json.dumps(wave)}, {period!r}, {json.dumps(bool(repeat))}); 0")

    def _run(self, cycles: int, expected: bytes) -> tuple[bytes, bool]:
        if self._fault:
            raise self._fault
        output, end, arrived = bytearray(), self.cycles + cycles, False
        awaited = f"uno.waitFor({json.dumps(list(expected) or None)}); "
        while self.cycles < end and not arrived:
            data, self._input = self._input.hex(), bytearray()
            step = min(_SLICE_CYCLES, end - self.cycles)
            self._state = json.loads(self._engine.call(f"{awaited}VirtualUno.turn(uno, {step}, '{data}')"))
            awaited = ""
            output += bytes.fromhex(self._state["sent"])
            self._marks += [Mark(*mark) for mark in self._state["marks"]]
            self._conversions += [Conversion(*conversion) for conversion in self._state["conversions"]]
            if self._state["fault"]:
                raise self._crash(self._state["fault"])
            arrived = bool(self._state["arrived"])
        return bytes(output), arrived

    def _crash(self, fault: dict[str, Any]) -> SketchFaultError:
        message = crash_message(
            fault["kind"],
            cycles=self.cycles,
            place=place_text(fault["address"], self._symbols),
            opcode=fault["opcode"],
            sp=fault["stackPointer"],
            end=self.sram_static_end,
            last=SRAM_LAST_ADDRESS,
        )
        self._fault = SketchFaultError(fault["kind"], message, fault["address"])
        return self._fault

    def _hang(self, expected: bytes, max_cycles: int, output: bytes) -> SketchFaultError:
        address = int(self._state["address"])
        shown = output if len(output) <= _SHOWN_BYTES else b"..." + output[-_SHOWN_BYTES:]
        return SketchFaultError(
            "hang",
            f"The sketch hangs: expected {expected!r} within {max_cycles:,} cycles "
            f"({max_cycles / self.clock_hz:.3g} s on the board), got {shown!r}. "
            f"It is now at {place_text(address, self._symbols)}. " + sleep_modes.why_silent(self._state.get("asleep")),
            address,
        )
