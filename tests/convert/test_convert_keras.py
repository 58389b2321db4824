"""Keras models become integers that are TensorFlow's own, quietly, under the raw data's contract."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from keras_models import random_model

import tinyml_course as tc
from tinyml_course.convert.encode import quantize_values
from tinyml_course.errors import ConversionError, InputError
from tinyml_course.models.backend import import_keras


@pytest.fixture(scope="session")
def keras():
    return import_keras()


@pytest.fixture(scope="session")
def networks(keras):
    from tinyml_course.models import networks, training

    data = tc.load_digits()
    trained = {"mlp": networks.small_mlp(seed=1), "cnn": networks.small_cnn(seed=1)}
    for model in trained.values():
        half = slice(0, 600), slice(600, 800)
        (x, y), valid = ((data.x_train[part], data.y_train[part]) for part in half)
        training.fit_classifier(model, x, y, validation_data=valid, epochs=6, learning_rate=1e-2)
    return trained


@pytest.fixture(scope="session")
def cnn(networks):
    return networks["cnn"]


@pytest.fixture(scope="session")
def mlp(networks):
    return networks["mlp"]


def interpreted_codes(converted, graph, x):
    """The interpreter's integers: its real outputs divided by the output's scale."""
    encoding = graph.tensors[graph.output].encoding
    return np.round(converted.predict(x) / np.float32(encoding.scale)) + encoding.zero_point


# Exactness


@pytest.mark.parametrize("name", ["mlp", "cnn"])
def test_integers_are_the_interpreters(networks, digits, name):
    converted = tc.convert_keras(networks[name], digits.x_train)
    graph = converted.graph("litert")
    np.testing.assert_array_equal(graph.predict(digits.x_test), interpreted_codes(converted, graph, digits.x_test))
    micro = tc.quantize(networks[name], digits.x_train)  # rounds twice, as TensorFlow Lite Micro does
    assert np.abs(micro.predict(digits.x_test).astype(int) - graph.predict(digits.x_test)).max() <= 3
    assert micro.predict(digits.x_test).dtype == np.int8


@pytest.mark.parametrize("name", ["mlp", "cnn"])
def test_wide_activations_lose_next_to_nothing(networks, digits, name):
    """LiteRT computes int16 dense layers in float64; a microcontroller rounds a little differently."""
    converted = tc.convert_keras(networks[name], digits.x_train, "int16x8")
    graph = converted.graph()
    codes = graph.predict(digits.x_test)
    assert codes.dtype == np.int16 and graph.parameter(graph.operators[0], "table").dtype == np.int16
    assert np.abs(codes - interpreted_codes(converted, graph, digits.x_test)).max() <= 40  # of 32,768
    x = digits.x_test.reshape(-1, *networks[name].input_shape[1:]).astype(np.float32)
    real = networks[name].predict(x, verbose=0)
    assert (graph.classify(digits.x_test) == real.argmax(axis=1)).mean() > 0.99


@pytest.mark.parametrize("seed", range(8))
def test_random_networks_give_the_interpreters_integers(keras, seed):
    model, shape = random_model(seed)
    dtype, largest = (("uint8", 99), ("int8", 99), ("int16", 300), ("float32", 99))[seed % 4]
    per_channel = seed < 4
    x = np.random.default_rng(seed).integers(0, largest, (60, *shape)).astype(dtype)
    converted = tc.convert_keras(model, x, per_channel=per_channel)
    graph = converted.graph("litert")
    assert graph.operators[0].kind == ("encode_input" if seed % 4 < 2 else "encode_thresholds")
    codes = graph.run(x)["input"].reshape(len(x), -1)
    np.testing.assert_array_equal(
        codes, quantize_values(x.reshape(60, -1), graph.tensors["input"].encoding, codes.dtype)
    )
    got = graph.predict(x)
    np.testing.assert_array_equal(got, interpreted_codes(converted, graph, x))
    assert len(np.unique(got)) > 10
    scales = [graph.tensors[op.parameters["weights"]].encoding for op in graph.operators if "weights" in op.parameters]
    assert len(scales) == 3 and all((scale.axis is not None) == per_channel for scale in scales)


def test_float_modes_stay_near_the_model(cnn, mlp, digits):
    for model in (cnn, mlp):
        x = digits.x_test.reshape(-1, *model.input_shape[1:]).astype(np.float32)
        real = model.predict(x, verbose=0)
        for mode, error in (("float16", 5e-3), ("dynamic", 0.2)):
            converted = tc.quantize(model, digits.x_train, mode)
            assert isinstance(converted, tc.Converted)
            assert np.abs(converted.predict(digits.x_test) - real).max() < error
            with pytest.raises(ConversionError, match="keeps float arithmetic"):
                converted.graph()


def test_same_bytes_again(cnn, digits):
    assert tc.convert_keras(cnn, digits.x_train).bytes == tc.convert_keras(cnn, digits.x_train).bytes


def test_threads_convert_one_after_the_other(mlp, cnn, digits):
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda model: tc.convert_keras(model, digits.x_train).bytes, (mlp, cnn)))
    assert both == [tc.convert_keras(model, digits.x_train).bytes for model in (mlp, cnn)]


# The contract


def test_contract_is_the_raw_datas(cnn, digits):
    graph = tc.quantize(cnn, digits.x_train)
    assert graph.kind == "Keras" and graph.labels == tuple(range(10))
    assert (graph.contract.dtype, graph.contract.shape) == (np.uint8, (64,))
    assert (graph.contract.minimum, graph.contract.maximum) == (0, 16)
    assert graph.operators[0].kind == "encode_input" and graph.operators[0].attributes["minimum"] == 0
    assert graph.parameter(graph.operators[0], "table").shape == (17,)
    assert graph.examples.dtype == np.uint8 and len(set(graph.classify(graph.examples))) == len(graph.examples) == 4
    with pytest.raises(InputError, match="0 to 16"):
        graph.predict(digits.x_test + np.uint8(3))
    with pytest.raises(InputError, match="uint8"):
        graph.predict(digits.x_test.astype(np.float32))


@pytest.mark.parametrize("shape", [(8, 8), (8, 8, 1), (64,), (1, 8, 8)])
def test_axes_of_length_one_do_not_matter(cnn, digits, shape):
    graph = tc.quantize(cnn, digits.x_train[:50].reshape(-1, *shape))
    assert graph.contract.shape == shape
    flat = graph.predict(digits.x_test[:20])
    np.testing.assert_array_equal(flat, graph.predict(digits.x_test[:20].reshape(-1, *shape)))


def test_normalizing_inside_costs_nothing(mlp, digits):
    """The Rescaling layer is folded into the first weights: no operator, no rounding of its own."""
    graph = tc.quantize(mlp, digits.x_train)
    assert [operator.kind for operator in graph.operators] == [
        "encode_input",
        "fully_connected",
        "fully_connected",
        "softmax",
    ]


def test_tensors_are_named_after_layers(mlp, digits):
    names = list(tc.quantize(mlp, digits.x_train).tensors)
    assert names[0] == "raw" and names[-2] == "output"
    assert all(len(name) < 40 and ";" not in name for name in names)
    assert len([name for name in names if name.startswith("dense") and name.endswith("/weights")]) == 2


def test_one_sigmoid_is_compared_with_the_code_of_a_half(keras, digits):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((64,)), keras.layers.Rescaling(1 / 16), keras.layers.Dense(1, "sigmoid")])
    x = digits.x_test
    real = model.predict(x.astype(np.float32), verbose=0)
    model.layers[-1].bias.assign([-float(np.median(np.log(real / (1 - real))))])
    says = model.predict(x.astype(np.float32), verbose=0)[:, 0] > 0.5
    assert 250 < says.sum() < 290
    converted = tc.convert_keras(model, digits.x_train, validation_data=(x, says.astype(int)))
    assert converted.report.accuracy_before == 1.0
    assert converted.report.accuracy_after > 0.97
    codes = converted.graph().predict(x)[:, 0]
    assert ((codes > 0) == says).mean() == converted.report.accuracy_after


# The report


def test_report(cnn, digits):
    converted = tc.convert_keras(cnn, digits.x_train, validation_data=(digits.x_test, digits.y_test))
    report = converted.report
    x = digits.x_test.reshape(-1, 8, 8, 1).astype(np.float32)
    assert report.accuracy_before == (cnn.predict(x, verbose=0).argmax(1) == digits.y_test).mean()
    assert report.accuracy_after == (converted.graph().classify(digits.x_test) == digits.y_test).mean() > 0.8
    assert report.samples == 540 and report.bytes_after == len(converted.bytes) < report.bytes_before
    text, html = str(report), report._repr_html_()
    for part in (f"{report.accuracy_before:.4f}", f"{report.accuracy_after:.4f}", f"{report.bytes_after:,} B"):
        assert part in text and part in html
    assert report.to_dict()["mode"] == "int8"
    graph = tc.quantize(cnn, digits.x_train, validation_data=(digits.x_test, digits.y_test))
    assert f"{report.accuracy_after:.4f} on 540 samples" in graph.description
    plain = tc.convert_keras(cnn, digits.x_train, "float16").report
    assert plain.accuracy_before is None and "accuracy" not in str(plain)


def test_the_file_is_a_tflite_file(cnn, digits, tmp_path):
    converted = tc.convert_keras(cnn, digits.x_train)
    path = converted.write(tmp_path / "cnn.tflite")
    graph = tc.load_tflite(path)
    codes = converted.graph().run(digits.x_test)
    np.testing.assert_array_equal(graph.predict(codes["input"]), codes["output"])


# Quiet


def test_nothing_is_printed(cnn, digits, capfd):
    for mode in ("int8", "int16x8", "dynamic", "float16"):
        tc.convert_keras(cnn, digits.x_train[:50], mode, validation_data=(digits.x_test[:9], digits.y_test[:9]))
    heard = capfd.readouterr()
    assert (heard.out, heard.err) == ("", "")


def test_a_whole_program_prints_only_its_own_words():
    program = (
        "import numpy as np, tinyml_course as tc; from tinyml_course.models.backend import import_keras;"
        "keras = import_keras(); m = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)]);"
        "x = np.random.default_rng(0).random((9, 4)).astype('f4'); print(tc.quantize(m, x).predict(x).shape)"
    )
    done = subprocess.run([sys.executable, "-W", "default", "-c", program], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("(9, 3)\n", "")


# Refused


def two_inputs(keras):
    a, b = keras.Input((3,)), keras.Input((3,))
    return keras.Model([a, b], keras.layers.Add()([a, b]))


def two_outputs(keras):
    a = keras.Input((3,))
    return keras.Model(a, [keras.layers.Dense(1)(a), keras.layers.Dense(1)(a)])


def subclassed(keras):
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(2)

        def call(self, x):
            return self.dense(x)

    model = Own()
    model(np.zeros((1, 3), np.float32))
    return model


def diverged(keras):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.layers[0].bias.assign([np.nan, 0])
    return model


def lambda_of(function, shape=(3,)):
    def make(keras):
        start = keras.Input(shape)
        return keras.Model(start, keras.layers.Lambda(function(keras))(start))

    return make


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda keras: keras.Sequential([keras.layers.Dense(3)]), "not built"),
        (subclassed, "not built"),
        (two_inputs, "one input, .* has 2"),
        (two_outputs, "one output, .* has 2"),
        (lambda keras: keras.Sequential([keras.Input((None, 3)), keras.layers.Dense(2)]), "every length"),
        (lambda keras: keras.Sequential([keras.Input(batch_shape=(4, 3)), keras.layers.Dense(2)]), "batch of 4"),
        (lambda keras: keras.Sequential([keras.Input((3,), dtype="int32"), keras.layers.Embedding(5, 2)]), "int32"),
        (diverged, "NaN or infinite"),
        (lambda_of(lambda keras: keras.ops.erf), "operation Erf. Replace the layer"),
        (lambda_of(lambda keras: keras.ops.sin), "SIN"),
    ],
)
def test_models_that_cannot_be_converted(keras, make, message):
    x = np.random.default_rng(0).random((8, 3)).astype(np.float32)
    with pytest.raises(ConversionError, match=message):
        tc.quantize(make(keras), x)


def test_another_engine_below_keras(keras, mlp, digits, monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(ConversionError, match="KERAS_BACKEND=tensorflow"):
        tc.quantize(mlp, digits.x_train)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: x[:, :60], r"shape \(64,\); the representative data has samples of shape \(60,\)"),
        (lambda x: x.reshape(-1, 4, 16), r"reshape\(-1, 64\)"),
        (lambda x: x[:0], "n >= 1"),
        (lambda x: x[0], "shape"),
        (lambda x: x.astype(np.float64), "float64 cannot be the input"),
        (lambda x: np.where(x == 3, np.nan, x).astype(np.float32), "NaN"),
        (lambda x: x.astype(str), "cannot be the input"),
    ],
)
def test_bad_representative_data(mlp, digits, change, message):
    with pytest.raises(ConversionError, match=message):
        tc.quantize(mlp, change(digits.x_train))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"mode": "int4"}, ConversionError, "int8, int16x8, dynamic, float16"),
        ({"rounding": "up"}, ConversionError, "rounding"),
        ({"vote": "hard"}, ConversionError, "vote= is only for a scikit-learn forest"),
        ({"validation_data": ("x", "short")}, ConversionError, "one label for each of 540"),
        ({"validation_data": ("x", "eleven")}, ConversionError, "from 0 to 9"),
        ({"validation_data": ("x", "text")}, ConversionError, "from 0 to 9"),
        ({"validation_data": ("wrong", "y")}, InputError, "uint8"),
    ],
)
def test_bad_options(mlp, digits, options, error, message):
    parts = {
        "x": digits.x_test,
        "wrong": digits.x_test.astype(np.float32),
        "y": digits.y_test,
        "short": digits.y_test[:5],
        "eleven": digits.y_test + 2,
        "text": digits.y_test.astype(str),
    }
    if "validation_data" in options:
        options = {"validation_data": tuple(parts[part] for part in options["validation_data"])}
    with pytest.raises(error, match=message):
        tc.quantize(mlp, digits.x_train, **options)


def test_options_that_others_would_ignore(digits_bonsai, digits):
    for options in (
        {"rounding": "litert"},
        {"per_channel": False},
        {"validation_data": (digits.x_test, digits.y_test)},
    ):
        with pytest.raises(ConversionError, match="only for a Keras model"):
            tc.quantize(digits_bonsai, digits.x_train, **options)
    with pytest.raises(ConversionError, match=r"Expected a keras.Model, got a builtins.int"):
        tc.convert_keras(3, digits.x_train)


def test_wide_inputs_with_wide_codes_are_refused(mlp, digits):
    converted = tc.convert_keras(mlp, digits.x_train.astype(np.float32), "int16x8")
    assert converted.predict(digits.x_test.astype(np.float32)).shape == (540, 10)
    with pytest.raises(ConversionError, match=r"convert_keras\(...\).bytes"):
        converted.graph()


def test_loops_over_time_are_refused():
    keras = import_keras()
    model = keras.Sequential([keras.Input((4, 3)), keras.layers.LSTM(2), keras.layers.Dense(2)])
    x = np.zeros((5, 4, 3), np.uint8)
    with pytest.raises(ConversionError, match="recurrent"):
        tc.quantize(model, x)
