"""Train the Bonsai that the tests compile: python tests/data/make_digits_bonsai.py.

The tests assert its exact cycles, so its integers are kept in a file instead of being trained again.
"""

from pathlib import Path

import numpy as np

import tinyml_course as tc

if __name__ == "__main__":
    data = tc.load_digits()
    bonsai = tc.Bonsai(budget_bytes=2048, seed=0).fit(data.x_train, data.y_train)
    arrays = {name: matrix.values.astype(np.int8) for name, matrix in bonsai.weights_.items()}
    scales = np.array([bonsai.weights_[name].scale for name in ("Z", "W", "V", "theta")])
    np.savez_compressed(Path(__file__).with_name("digits_bonsai.npz"), scales=scales, **arrays)
