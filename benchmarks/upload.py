"""How long the way to a real Uno takes, without one: optiboot and the sketch run in libsimavr, behind a serial port.

Run it with ``python benchmarks/upload.py``; ``--json`` prints one JSON object, ``--faults`` also runs the tests that
break boards on purpose and need a minute. avrdude is the one that is installed. The board runs at 16 MHz in real time,
so the seconds are those of a real one, but for the flash itself: simavr erases a page and writes it in no time, the
chip in 4.5 ms each at most (data sheet, "Programming Time for Flash when Using SPM"). That time is added.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import tinyml_course as tc
from tinyml_course.errors import PortError

TESTS = Path(__file__).resolve().parent.parent / "tests"
sys.path += [str(TESTS), str(TESTS / "system")]

from random_models import trained_bonsai  # noqa: E402
from strange_devices import device  # noqa: E402
from virtual_board import VirtualBoard, Workshop  # noqa: E402

FAULT_TESTS = TESTS / "system" / "test_faults_of_boards.py"
PAGE_BYTES, PAGE_SECONDS = 128, 2 * 4.5e-3
#: What the course promises, at most.
PROMISED = {"upload_and_verify_seconds": 5.0, "mismatches": 0, "silent_device_seconds": 3.0}
#: Each fault, and the test whose message it asserts.
FAULTS = {
    "no board": "test_no_board_or_a_cable_that_only_charges",
    "charge-only cable": "test_no_board_or_a_cable_that_only_charges",
    "several boards": "test_several_boards",
    "no permission": "test_no_permission",
    "port busy": "test_port_is_busy",
    "silent device": "test_silent_device_is_noticed_within_three_seconds",
    "wrong board": "test_another_processor",
    "unplugged in the middle of the upload": "test_unplugged_in_the_middle_of_the_upload",
    "unplugged in the middle of the run": "test_unplugged_in_the_middle_of_the_run",
    "another Arduino": "test_another_arduino",
    "no such port": "test_port_that_does_not_exist",
    "no boot loader": "test_board_whose_boot_loader_is_gone",
    "unplugged while it is probed": "test_unplugged_while_it_is_asked_who_it_is",
    "worn flash": "test_worn_flash_does_not_pass_the_verification",
    "no uploader": "test_no_uploader",
    "stuck upload": "test_board_that_falls_silent_does_not_stop_everything",
    "program falls silent": "test_program_that_falls_silent",
    "loose contact": "test_loose_contact",
    "reset button": "test_reset_button_in_the_middle_of_the_run",
    "Ctrl-C": "test_interrupted_by_the_user",
}


def measure_upload(workshop: Workshop, folder: Path) -> dict[str, float | str]:
    data = tc.load_digits()
    graph = tc.quantize(trained_bonsai(), data.x_train)
    ends: dict[str, list[float]] = {}

    def note(title: str, done: int, total: int) -> None:
        ends.setdefault(title, []).append(time.monotonic())

    with VirtualBoard(workshop, folder) as board:
        sketch = tc.export_arduino(graph, name="digits")
        report = tc.upload(sketch, board.port, data.x_test, graph=graph, y=data.y_test, progress=note)
    flash_seconds = -(-report.flash_bytes // PAGE_BYTES) * PAGE_SECONDS
    first, *_, last = ends["Classifying on the board"]
    return {
        "uploader": report.uploader,
        "toolchain": report.toolchain,
        "flash_bytes": report.flash_bytes,
        "upload_and_verify_seconds": report.seconds + flash_seconds,
        "of_which_flash_seconds": flash_seconds,
        "images": len(report.classes),
        # The first answer is the start of the clock; the mean of the others stands for it.
        "images_seconds": (last - first) * len(report.classes) / (len(report.classes) - 1),
        "mismatches": max(report.mismatches_python or 0, report.mismatches_virtual or 0),
        "accuracy": report.accuracy or 0.0,
    }


def seconds_until_silence_is_noticed() -> float:
    data = tc.load_digits()
    sketch = tc.export_arduino(tc.quantize(trained_bonsai(), data.x_train), name="digits")
    with device(answers=False) as port:
        start = time.monotonic()
        try:
            tc.upload(sketch, port)
        except PortError as error:
            if error.kind == "silent":
                return time.monotonic() - start
            raise
    raise RuntimeError("A device that says nothing was taken for a board.")


def faults_with_a_tested_message() -> dict[str, bool]:
    """Run the tests; a fault counts if its test is there and every case of it passes."""
    command = [sys.executable, "-m", "pytest", str(FAULT_TESTS), "-n", "2", "-rA", "-p", "no:cacheprovider"]
    said = subprocess.run(command, capture_output=True, text=True, check=False, cwd=TESTS.parent).stdout
    outcomes: dict[str, set[str]] = {}
    for line in said.splitlines():
        word, _, rest = line.partition(" ")
        if word in ("PASSED", "FAILED", "ERROR") and "::" in rest:
            outcomes.setdefault(rest.split("::")[1].split("[")[0].split(" ")[0], set()).add(word)
    return {fault: outcomes.get(test) == {"PASSED"} for fault, test in FAULTS.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--faults", action="store_true", help="also run the tests of faults, and count them")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tinyml-") as name:
        figures = measure_upload(Workshop(Path(name)), Path(name))
    figures["silent_device_seconds"] = seconds_until_silence_is_noticed()
    faults = faults_with_a_tested_message() if options.faults else {}
    kept = all(figures[name] <= most for name, most in PROMISED.items()) and all(faults.values())
    if options.json:
        print(json.dumps({**figures, **({"faults": faults} if options.faults else {})}, indent=2))
        return 0 if kept else 1
    flash = f"{figures['of_which_flash_seconds']:.1f} s of it for the flash itself"
    print(f"{figures['uploader']}; {figures['toolchain']}; {figures['flash_bytes']:,} bytes")
    print(f"upload and verify      {figures['upload_and_verify_seconds']:5.1f} s  (promised: at most 5; {flash})")
    print(f"{figures['images']} images, one by one {figures['images_seconds']:5.1f} s")
    print(f"mismatches             {figures['mismatches']:5d}    (promised: 0)")
    print(f"silent device noticed  {figures['silent_device_seconds']:5.1f} s  (promised: at most 3)")
    if options.faults:
        print(f"faults with a tested message: {sum(faults.values())} of {len(faults)}")
        for fault, passed in faults.items():
            print(f"  {'ok ' if passed else 'BAD'} {fault}")
    return 0 if kept else 1


if __name__ == "__main__":
    raise SystemExit(main())
