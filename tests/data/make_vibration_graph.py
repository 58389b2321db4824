"""Train the Bonsai that the tests of sensing compile: python tests/data/make_vibration_graph.py.

The tests assert its exact cycles, so its integers are kept in a file instead of being trained again.
"""

from pathlib import Path

import tinyml_course as tc

if __name__ == "__main__":
    data = tc.load_vibration()
    features = tc.SignalFeatures().compute(data.x_train)
    bonsai = tc.Bonsai(budget_bytes=512, seed=0, distill=False).fit(features, data.y_train)
    tc.quantize(bonsai, features).save(Path(__file__).with_name("vibration_graph.npz"))
