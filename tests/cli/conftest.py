"""Files that the commands read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest


@pytest.fixture(scope="session")
def files(tmp_path_factory, digits, digits_graph) -> Path:
    """A folder with a model, samples and labels; nobody writes into it."""
    folder = tmp_path_factory.mktemp("files")
    digits_graph.save(folder / "digits.npz")
    x, y = digits.x_test[:12], digits.y_test[:12]
    np.save(folder / "x.npy", x)
    np.save(folder / "y.npy", y)
    np.savez(folder / "xy.npz", x=x, y=y)
    head = "label," + ",".join(f"p{k}" for k in range(64))
    np.savetxt(folder / "xy.csv", np.c_[y, x], "%d", ",", header=head, comments="")
    np.savetxt(folder / "x.csv", x, "%d", ",")
    np.savetxt(folder / "y.csv", y, "%d", ",")
    return folder
