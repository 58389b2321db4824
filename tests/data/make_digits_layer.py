"""Train the layer that the quantization explorer shows by default: python tests/data/make_digits_layer.py.

It ships with the library, so that the explorer opens at once and shows the same numbers everywhere.
"""

import warnings
from pathlib import Path

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

import tinyml_course as tc

TARGET = Path(tc.__file__).parent / "widgets" / "digits_layer.npz"

if __name__ == "__main__":
    data = tc.load_digits()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = MLPClassifier((32,), max_iter=300, random_state=0).fit(data.x_train / 16, data.y_train)
    print(f"accuracy {model.score(data.x_test / 16, data.y_test):.3f}")
    weights, bias = model.coefs_[0].T.astype(np.float32), model.intercepts_[0].astype(np.float32)
    np.savez(TARGET, weights=weights, bias=bias)
