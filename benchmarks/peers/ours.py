"""The C of this project for the same models, and for those that no peer exports."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from programs import Candidate
from training import NETWORKS, WHITE

import tinyml_course as tc
from tinyml_course.datasets import Dataset
from tinyml_course.errors import TinyMLError
from tinyml_course.graph import Graph

#: Gives a graph and, where the peers do not get the model, the answers of the model itself.
Make = Callable[[], tuple[Graph, Any]]
NAME = "tinyml_course"
_GLUE = '#include "ours_model.h"\nint16_t peer_predict(const peer_input_t *x) { return ours_classify(x); }\n'


def our_candidates(models: dict[str, Any], data: Dataset, wanted: list[str] | None) -> list[Candidate]:
    """Every model (or only those that are wanted) at both settings of `optimize`, where the second one differs."""
    graphs = [one for one in _graphs(models, data) if not wanted or one[0] in wanted]
    return [one for model, setting, make in graphs for one in _candidates(model, setting, make, data)]


def _graphs(models: dict[str, Any], data: Dataset) -> Iterator[tuple[str, str, Make]]:
    for name, model in models.items():
        if name in NETWORKS:
            yield name, "int8, ", lambda m=model: (tc.quantize(_on_raw_pixels(m), data.x_train), None)
            continue
        yield name, "", lambda m=model: (tc.quantize(m, data.x_train), None)
        if name in ("forest", "extra trees"):
            yield name, "hard votes, ", lambda m=model: (tc.quantize(m, data.x_train, vote="hard"), None)
    yield "tflite mlp", "int8, ", lambda: _network(data, convolution=False)
    yield "tflite cnn", "int8, ", lambda: _network(data, convolution=True)
    yield "bonsai", "", lambda: _bonsai(data)


def _candidates(model: str, setting: str, make: Make, data: Dataset) -> Iterator[Candidate]:
    try:
        graph, source = make()
    except TinyMLError as error:
        yield Candidate(model, NAME, setting.strip(", "), error=f"writes no C: {error}")
        return
    written: set[str] = set()
    for optimize in ("size", "speed"):
        try:
            header = tc.export_arduino(graph, name="ours", optimize=optimize).files["ours_model.h"]
        except TinyMLError as error:
            if optimize == "size":
                yield Candidate(model, NAME, setting.strip(", "), error=f"writes no C: {error}")
            continue
        code = header.split("*/", 1)[1]  # behind the comment that names the setting
        if code in written:
            continue
        written.add(code)
        yield Candidate(
            model,
            NAME,
            f"{setting}{optimize}",
            input_dtype=graph.contract.dtype.name,
            files={"ours_model.h": header},
            glue=_GLUE,
            model_bytes=graph.model_bytes,
            twin=tuple(graph.classify(data.x_test).tolist()),
            source=None if source is None else tuple(np.asarray(source).tolist()),
        )


def _on_raw_pixels(model: Any) -> Any:
    """Put the division by 16 that the peers get done before their network into ours."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import MinMaxScaler

    scaler = MinMaxScaler().fit([[0.0] * 64, [WHITE] * 64])
    return make_pipeline(scaler, model)


def _bonsai(data: Dataset) -> tuple[Graph, Any]:
    bonsai = tc.Bonsai(budget_bytes=2048, seed=0).fit(data.x_train, data.y_train)
    return tc.quantize(bonsai, data.x_train), bonsai.predict(data.x_test)


def _network(data: Dataset, convolution: bool) -> tuple[Graph, Any]:
    """A Keras model: 64-16-10, or a convolutional one of 7,416 multiplications; trained on raw pixels."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(0)
    shape = (8, 8, 1) if convolution else (64,)
    body = [layers.Dense(16, "relu")]
    if convolution:
        body = [
            layers.Conv2D(8, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.DepthwiseConv2D(3, padding="same", activation="relu"),
            layers.Conv2D(12, 1, activation="relu"),
            layers.GlobalAveragePooling2D(),
        ]
    network = keras.Sequential([keras.Input(shape), layers.Rescaling(1 / 16), *body, layers.Dense(10)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(keras.optimizers.Adam(0.005), loss)
    x = data.x_train.reshape(-1, *shape)
    network.fit(x, data.y_train, epochs=60, batch_size=32, verbose=0)
    answers = network.predict(data.x_test.reshape(-1, *shape), verbose=0).argmax(axis=1)
    return tc.quantize(network, x), answers
