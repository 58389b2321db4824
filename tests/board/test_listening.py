"""The sketch that listens, on the virtual Uno: exact sampling, no sample lost, Python's classes, and the LED."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from sensing_sketches import (
    difficult_windows,
    features_classes,
    features_sketch,
    trained_graph,
    vibration,
    vibration_sketch,
)

import tinyml_course as tc
from tinyml_course.board import BoardClient, PinState, SimulatorTransport, UnoSimulator
from tinyml_course.errors import ProtocolError
from tinyml_course.toolchain import Toolchain
from tinyml_course.vibration import sensor_volts

PERIOD = 16_000_000 // 400
#: Compiler version and level, without the Arduino core: cycles of the first 20 windows of the test set, sent by
#: the computer; static bytes of SRAM; bytes of the deepest stack.
EXACT = {
    ("5.4.0", "-Os"): (477_514, 574, 197),
    ("5.4.0", "-O2"): (475_454, 574, 213),
    ("7.3.0", "-Os"): (475_441, 574, 200),
    ("7.3.0", "-O2"): (472_991, 574, 218),
}


class Listener:
    """A virtual board that listens, from its first window on."""

    def __init__(self, sketch: tc.Sketch, uno: UnoSimulator) -> None:
        self.sketch, self.uno = sketch, uno
        self.client = BoardClient(SimulatorTransport(uno), sketch)
        self.client.ready()
        uno.run(10_000)  # the first sample is taken in the middle of the first value that plays

    def hear(self, samples: np.ndarray, rate_hz: int = 400, repeat: bool = False) -> None:
        self.uno.clear_conversions()
        self.uno.play(self.sketch.analog_pins[0], sensor_volts(samples), rate_hz, repeat)

    @property
    def samples(self) -> np.ndarray:
        """What the ADC gave since :meth:`hear`: the upper eight bits."""
        return np.array([conversion.value >> 2 for conversion in self.uno.conversions], np.uint8)


@contextmanager
def listening(sketch: tc.Sketch, toolchain: Toolchain, optimization: str = "-Os") -> Iterator[Listener]:
    build = toolchain.build(sketch, optimization)
    with UnoSimulator(build.hex, build.sram_static_end) as uno:
        yield Listener(sketch, uno)


def windows_of(samples: np.ndarray, count: int, size: int = 128, hop: int = 64) -> np.ndarray:
    return np.stack([samples[number * hop :][:size] for number in range(count)])


def test_the_whole_test_set_through_the_adc(bare_toolchain):
    """600 windows, one after the other: 76,800 samples wrap the ring buffer 300 times, and the 16-bit counter, too."""
    data, sensing, graph = vibration(), tc.Sensing(), trained_graph()
    with listening(vibration_sketch(), bare_toolchain) as board:
        board.client.stream(True)
        board.hear(data.x_test.ravel())
        count = 2 * len(data.x_test) - 1  # those between two windows of the test set, too
        heard = [board.client.next_window() for _ in range(count)]
        conversions = board.uno.conversions
        np.testing.assert_array_equal(board.samples[: data.x_test.size], data.x_test.ravel())
    assert {later.cycle - earlier.cycle for earlier, later in pairwise(conversions)} == {PERIOD}
    assert {conversion.channel for conversion in conversions} == {0}
    assert [window.number for window in heard] == list(range(1, count + 1))
    assert {window.missed for window in heard} == {0}
    classes = np.array([window.class_index for window in heard])
    expected = sensing.classify(graph, windows_of(data.x_test.ravel(), count))
    np.testing.assert_array_equal(classes, expected)
    accuracy = np.mean(classes[::2] == data.y_test)  # every second window is one of the test set
    assert accuracy == np.mean(sensing.classify(graph, data.x_test) == data.y_test)
    assert accuracy > 0.93
    assert np.ptp([window.microseconds for window in heard]) < 60
    assert 1400 < np.mean([window.microseconds for window in heard]) < 1550
    assert len(set(classes.tolist())) == 4


@pytest.mark.parametrize("optimization", ["-Os", "-O2"])
def test_it_listens_with_every_compiler(each_toolchain, optimization):
    """Noise and drift of a real input: values between the steps of the ADC, at a rate that is not the board's."""
    data, sensing = vibration(), tc.Sensing(pin=5, rate_hz=1000, hop=32)
    volts = sensor_volts(data.x_test[:6].ravel()) + np.random.default_rng(0).normal(0, 0.01, 768)
    with listening(vibration_sketch(sensing), each_toolchain, optimization) as board:
        board.uno.play(5, volts, rate_hz=917.3, repeat=True)
        board.client.stream(True)
        heard = [board.client.next_window() for _ in range(12)]
        # All since the start, but for the very first one, which is not used: "ready" leaves while it listens already.
        cycles = {later.cycle - earlier.cycle for earlier, later in pairwise(board.uno.conversions[1:])}
        samples = board.samples[1:]
    assert cycles == {16_000}
    expected = sensing.classify(trained_graph(), windows_of(samples, 12, hop=32))
    assert [window.class_index for window in heard] == expected.tolist()
    assert [window.number for window in heard] == list(range(1, 13))
    assert {window.missed for window in heard} == {0}


@pytest.mark.parametrize("optimization", ["-Os", "-O2"])
@pytest.mark.parametrize("size", [16, 32, 64, 128])
def test_features_on_the_virtual_uno(bare_toolchain, size, optimization):
    windows = difficult_windows(size, 20, seed=1)
    run = tc.simulate(features_sketch(size), windows, toolchain=bare_toolchain, optimization=optimization)
    np.testing.assert_array_equal(run.outputs, tc.SignalFeatures(size).compute(windows))
    np.testing.assert_array_equal(run.classes, features_classes(windows))


@pytest.mark.parametrize("optimization", ["-Os", "-O2"])
def test_windows_sent_by_the_computer_and_exact_figures(each_toolchain, optimization):
    data, sensing, graph = vibration(), tc.Sensing(), trained_graph()
    x, sketch = data.x_test[:20], vibration_sketch(examples=data.x_train[:3])
    run = tc.simulate(sketch, x, toolchain=each_toolchain, optimization=optimization)
    np.testing.assert_array_equal(run.outputs, sensing.predict(graph, x))
    np.testing.assert_array_equal(run.classes, sensing.classify(graph, x))
    assert run.self_test_passed
    assert run.cycles.max() < 24_100
    assert run.sram_peak_bytes < 1000
    if each_toolchain.arduino_core is None:
        static = each_toolchain.build(sketch, optimization).sram_static_bytes
        measured = int(run.cycles.sum()), static, run.sram_peak_bytes - static
        assert EXACT[each_toolchain.version, optimization] == measured


# ---- the LED


def blinks(uno: UnoSimulator) -> list[bool]:
    """The LED in the middle of each of the eight parts of its pattern; starts where a pattern does."""
    seen = []
    for _ in range(8):
        uno.run(25 * PERIOD)
        assert uno.pin(13) in (PinState.HIGH, PinState.LOW)
        seen.append(uno.pin(13) is PinState.HIGH)
        uno.run(25 * PERIOD)
    return seen


def test_the_led_blinks_the_class(bare_toolchain):
    """Each class is played for four seconds; a pattern is never broken off, so the new one comes within two."""
    data = vibration()
    right = tc.Sensing().classify(trained_graph(), data.x_test) == data.y_test
    with listening(vibration_sketch(), bare_toolchain) as board:
        board.uno.run(PERIOD)  # the pattern starts with the first sample
        for label in (3, 0, 2, 1):
            chosen = data.x_test[right & (data.y_test == label)]
            # One window over and over: those between its end and its begin are heard as well, so take one that
            # gives the same class all the time.
            for window in chosen:
                around = windows_of(np.tile(window, 3), 2)
                if (tc.Sensing().classify(trained_graph(), around) == label).all():
                    break
            board.hear(window, repeat=True)
            for _ in range(2):
                blinks(board.uno)
            for _ in range(2):
                assert blinks(board.uno) == [k % 2 == 0 and k // 2 < label for k in range(8)]


# ---- the protocol while it listens


def test_it_answers_while_it_listens(any_toolchain):
    data, sensing, graph = vibration(), tc.Sensing(), trained_graph()
    with listening(vibration_sketch(examples=data.x_train[:3]), any_toolchain) as board:
        client = board.client
        info = client.info()
        assert (info.input_size, info.minimum, info.maximum, info.model_bytes) == (128, 0, 255, graph.model_bytes)
        client.stream(True)
        client.stream(True)  # it is on: nothing changes
        board.hear(data.x_train[:8].ravel(), repeat=True)
        first = client.next_window()
        assert client.self_test().passed
        for window in data.x_test[:3]:
            answer = client.classify(window)
            assert answer.class_index == sensing.classify(graph, window[None])[0]
        assert client.next_window().number == first.number + 1
        assert client.next_window().missed == 0
        client.stream(False)
        assert board.uno.run(2 * 64 * PERIOD) == b""
        for request, refusal in ((b"s 1\n", b"e command\n"), (b"s x\n", b"e command\n"), (b"w\n", b"e command\n")):
            board.uno.send(request)
            assert board.uno.run_until(b"\n", 1_000_000).replace(b"\r", b"") == refusal
        assert board.uno.lost_bytes == 0


def test_a_window_after_a_request_has_new_samples_only(bare_toolchain):
    data = vibration()
    with listening(features_sketch(hop=64), bare_toolchain) as board:
        board.client.stream(True)
        board.hear(data.x_test[:40].ravel(), repeat=True)
        board.uno.run(100 * PERIOD)
        board.client.classify(data.x_train[0])
        board.uno.run(10_000)  # the first conversion, which is not used
        board.uno.clear_conversions()
        heard = [board.client.next_window().class_index for _ in range(9)]
        samples, cycles = board.samples, [conversion.cycle for conversion in board.uno.conversions]
    assert heard == features_classes(windows_of(samples, 9)).tolist()
    assert {later - earlier for earlier, later in pairwise(cycles)} == {PERIOD}


def test_a_sketch_that_does_not_listen_has_no_stream(digits_graph, bare_toolchain):
    with listening(tc.export_arduino(digits_graph, name="digits"), bare_toolchain) as board:
        with pytest.raises(ProtocolError, match="refused 's' with 'e command'"):
            board.client.stream(True)
        with pytest.raises(Exception, match="hangs"):
            board.client.next_window()


# ---- samples that are lost


def busy(work: str) -> tc.Sketch:
    """A sketch that listens with something that keeps the processor busy once, behind the second window."""
    sketch = features_sketch(hop=64)
    text = sketch.files["probe_sensing.h"]
    assert text.count("    GPIOR0 = 4;\n") == 1
    once = f"    static uint8_t done;\n    if (probe_windows == 2 && !done) {{ done = 1; {work} }}\n"
    text = text.replace("    GPIOR0 = 4;\n", f"    GPIOR0 = 4;\n{once}")
    return replace(sketch, files={**sketch.files, "probe_sensing.h": "#include <util/delay.h>\n" + text})


@pytest.mark.parametrize(("milliseconds", "lost"), [(1, 0), (5, 1), (12, 4), (30, 11)])
def test_samples_lost_by_an_interrupt_lock_are_counted(bare_toolchain, milliseconds, lost):
    with listening(busy(f"cli(); _delay_ms({milliseconds}); sei();"), bare_toolchain) as board:
        board.client.stream(True)
        board.hear(vibration().x_test[:20].ravel())
        heard = [board.client.next_window() for _ in range(6)]
        conversions, samples = board.uno.conversions, board.samples
    places = np.array([conversion.cycle - conversions[0].cycle for conversion in conversions])
    assert not (places % PERIOD).any()  # those that were taken were taken at exact times
    gaps = np.diff(places) // PERIOD
    assert sum(gaps > 1) == (lost > 0)
    assert gaps.sum() - len(gaps) == lost
    assert [window.missed for window in heard] == [0, 0, 0, lost, lost, lost]
    assert [window.number for window in heard] == list(range(1, 7))
    # Behind the gap a new window begins.
    begins = [0, 64, 128, *((192, 256, 320) if not lost else np.argmax(gaps > 1) + 1 + np.array([0, 64, 128]))]
    expected = features_classes(np.stack([samples[begin : begin + 128] for begin in begins]))
    assert [window.class_index for window in heard] == expected.tolist()


def test_samples_that_were_overwritten_are_counted(bare_toolchain):
    """One second of work with interrupts on: 400 samples are taken, and the ring buffer holds 256."""
    with listening(busy("_delay_ms(1000);"), bare_toolchain) as board:
        board.client.stream(True)
        board.hear(vibration().x_test[:20].ravel())
        heard = [board.client.next_window() for _ in range(4)]
        places = [conversion.cycle for conversion in board.uno.conversions]
        samples = board.samples
    assert {later - earlier for earlier, later in pairwise(places)} == {PERIOD}
    # The third window (samples 128 to 255) was overwritten while it was there to be read, and is not reported.
    # When the work ends, `taken` samples are there; what does not fit into the ring buffer any more is lost.
    lost = heard[2].missed
    taken = 128 + 256 + lost
    assert 256 + 400 <= taken <= 256 + 410
    assert [window.missed for window in heard] == [0, 0, lost, lost]
    assert [window.number for window in heard] == [1, 2, 3, 4]
    expected = features_classes(windows_of(samples[taken:], 2))
    assert [window.class_index for window in heard[2:]] == expected.tolist()


def test_it_sleeps_between_samples(bare_toolchain):
    with listening(vibration_sketch(), bare_toolchain) as board:
        board.hear(vibration().x_test[:4].ravel(), repeat=True)
        begin, slept = board.uno.cycles, board.uno.sleep_cycles["idle"]
        board.uno.run(64 * PERIOD * 10)  # ten windows, without a stream
        share = (board.uno.sleep_cycles["idle"] - slept) / (board.uno.cycles - begin)
    assert 0.98 < share < 0.99
