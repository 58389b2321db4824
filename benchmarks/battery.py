"""How long does a battery last? The course's Bonsai, measured on the virtual Uno, with and without sleep.

Run it with ``python benchmarks/battery.py``: about half a minute, most of it for training. ``--tree`` takes a small
decision tree instead, which trains at once. For each period it prints the cycles in each mode; then one table of
days, the listening sketch for comparison, and the worked examples of the lessons.
"""

from __future__ import annotations

import argparse

import tinyml_course as tc
from tinyml_course import facts
from tinyml_course.battery import format_current
from tinyml_course.electricity import BATTERIES
from tinyml_course.tables import table
from tinyml_course.units import format_digits

PERIODS = (0.125, 1.0, 2.0, 8.0, 60.0, 3600.0)
SHOWN = (("uno", "4xaa"), ("chip", "3xaa"), ("chip_3v", "cr2032"))


def model(small: bool) -> tc.Graph:
    data = tc.load_digits()
    if small:
        from sklearn.tree import DecisionTreeClassifier

        return tc.quantize(
            DecisionTreeClassifier(max_depth=6, random_state=0).fit(data.x_train, data.y_train), data.x_train
        )
    return tc.quantize(tc.Bonsai(budget_bytes=2048, seed=0).fit(data.x_train, data.y_train), data.x_train)


def listener() -> tc.Sketch:
    from sklearn.tree import DecisionTreeClassifier

    data, sensing = tc.load_vibration(), tc.Sensing()
    features = sensing.features.compute(data.x_train)
    tree = DecisionTreeClassifier(max_depth=4, random_state=0).fit(features, data.y_train)
    return tc.export_sensing(tc.quantize(tree, features), sensing=sensing)


def compare_periods(sketch: tc.Sketch) -> None:
    rows = []
    for seconds in PERIODS:
        run = tc.duty_cycle(sketch, seconds, inferences=4)
        awake, start_up = (run.cycles[mode] / run.inferences for mode in ("active", "start_up"))
        lives = [run.battery_life(*pair) for pair in SHOWN]
        days = [f"{format_digits(life.days)} d, {format_current(life.average_ma)}" for life in lives]
        rows.append([f"{run.period_seconds:.3f} s", f"{awake:,.0f}", f"{start_up:,.0f}", *days])
    names = [f"{circuit} on {battery}" for circuit, battery in SHOWN]
    print(table(["period", "cycles awake", "cycles of start-up", *names], rows))


def check_examples() -> None:
    coin = BATTERIES["cr2032"]
    for text, watts in (("1 inference of 1.0 mJ a second", 1.01e-3), ("1 every 30 s", 39.5e-6), ("1 mW", 1e-3)):
        print(f"a CR2032 at {watts * 1e6:,.1f} µW ({text}): {coin.joules / watts / 86400:,.1f} days")
    print(f"a CR2032 for a year: {facts.get('battery.cr2032_year_power')}")


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--tree", action="store_true", help="a small decision tree instead of Bonsai")
    sketch = tc.export_arduino(model(options.parse_args().tree), name="digits")
    compare_periods(sketch)
    print()
    print(tc.duty_cycle(sketch, 8.0))
    print()
    print("Listening all the time:", tc.listening_cycle(listener()).summary(), sep="\n")
    print()
    check_examples()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
