"""How long a model of 300 KB takes to load, size and export, and how much memory: the whole process, imports included.

    python benchmarks/large_model.py

The file is made first, with Keras, outside of what is measured.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

WORK = """
import pathlib, resource, sys, time
start = time.perf_counter()
import tinyml_course as tc
graph = tc.load_tflite(sys.argv[1])
report = tc.size(graph)
sketch = tc.export_arduino(graph, name="large", board="pico")
seconds = time.perf_counter() - start
status = pathlib.Path("/proc/self/status")
if status.exists():  # Linux counts the parent's memory before the start of the program in ru_maxrss
    peak = next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) * 1024
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS
boards = ", ".join(board.name for board in report.boards.fitting())
print(f"{graph.model_bytes:,} bytes of model; fits: {boards}")
print(f"{seconds:.2f} s, peak memory {peak / 1e6:.0f} MB")
"""


def make(path: Path) -> None:
    """Write an int8 network of about 300,000 weights."""
    import keras
    import numpy as np

    import tinyml_course as tc

    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Dense(512, activation="relu"),
            keras.layers.Dense(500, activation="relu"),
            keras.layers.Dense(10),
        ]
    )
    x = np.random.default_rng(0).random((200, 64), np.float32)
    path.write_bytes(tc.convert_keras(model, x, "int8").bytes)
    print(f"{path.stat().st_size:,} bytes of .tflite")


def main() -> None:
    """Make the file, then measure a fresh process."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.tflite"
        make(path)
        raise SystemExit(subprocess.run([sys.executable, "-c", WORK, str(path)], check=False).returncode)


if __name__ == "__main__":
    main()
