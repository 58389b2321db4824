"""The axis of the log-scale explorer between logarithmic and linear, and how it glides."""

from importlib import resources
from pathlib import Path

import pytest
from javascript_modules import Modules

SOURCE = Path(str(resources.files("tinyml_course.widgets"))) / "js" / "src" / "log_scale"
FRAME = "{left: 100, right: 1100, low: 2, high: 12}"


@pytest.fixture
def js():
    with Modules(SOURCE / "scale.js") as modules:
        modules.run(f"const frame = {FRAME}, log = {{mix: 0, power: 12}}, linear = {{mix: 1, power: 9}}")
        yield modules


@pytest.mark.parametrize(("size", "x"), [(100, 100), (1e7, 600), (1e12, 1100), (10, 100)])
def test_equal_ratios_are_equal_distances(js, size, x):
    assert js.get(f"scale.place({size}, log, frame)") == pytest.approx(x)


@pytest.mark.parametrize(("size", "x"), [(0, 100), (5e8, 600), (1e9, 1100), (2e9, 2100)])
def test_a_linear_axis_ends_at_its_power(js, size, x):
    assert js.get(f"scale.place({size}, linear, frame)") == pytest.approx(x)


def test_half_way_between_the_axes_lies_between_both_places(js):
    assert js.get("scale.place(1e9, {mix: 0.5, power: 9}, frame)") == pytest.approx((800 + 1100) / 2)


@pytest.mark.parametrize("axis", ["log", "linear"])
@pytest.mark.parametrize("x", [100, 347, 1100])
def test_the_bytes_at_a_place_lie_at_that_place(js, axis, x):
    least = js.get(f"scale.place(100, {axis}, frame)")
    assert js.get(f"scale.place(scale.bytesAt({x}, {axis}, frame), {axis}, frame)") == pytest.approx(max(x, least))


def test_a_place_off_the_axis_is_its_end(js):
    assert js.get("scale.bytesAt(-50, log, frame)") == 100
    assert js.get("scale.bytesAt(5000, log, frame)") == 1e12


def test_a_memory_snaps_to_the_nearest_size_that_is_near(js):
    near = js.get("scale.place(2048, log, frame)")
    assert js.get(f"scale.snapped({near} + 1, [307.2, 2048, 2200], log, frame)") == 2048
    assert js.get(f"scale.snapped({near} + 20, [307.2, 2048], log, frame)") not in (307.2, 2048)


def test_a_glide_ends_exactly_where_it_should_and_passes_between(js):
    js.run("""
        var time = 0, waiting = [], drawn = [];
        globalThis.performance = {now: () => time};
        globalThis.requestAnimationFrame = (step) => waiting.push(step);
        globalThis.cancelAnimationFrame = () => {};
        const now = {mix: 0, power: 12}, glide = scale.glider(now, () => drawn.push({...now}));
        glide.to({mix: 1, power: 9}, 900);
        while (waiting.length) { time += 100; waiting.shift()(time); }
    """)
    mixes = js.get("drawn.map(one => one.mix)")
    assert mixes == sorted(mixes) and mixes[0] == 0 and 0.3 < mixes[5] < 0.7
    assert js.get("drawn.at(-1)") == {"mix": 1, "power": 9}
    assert len(mixes) == 10


def test_without_motion_there_is_one_step(js):
    js.run("""
        var drawn = [];
        globalThis.performance = {now: () => 0};
        globalThis.cancelAnimationFrame = () => {};
        const now = {mix: 0};
        scale.glider(now, () => drawn.push(now.mix)).to({mix: 1}, 0);
    """)
    assert js.get("drawn") == [1]
