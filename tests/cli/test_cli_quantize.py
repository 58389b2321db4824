"""``tinyml quantize``: trained models from files, to files."""

from __future__ import annotations

import os
import pickle
import re
from pathlib import Path

import numpy as np
import pytest
from command_line import call, figures, refused

import tinyml_course as tc
from tinyml_course.cli.trained import read_trained
from tinyml_course.errors import InputError


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """A folder with a small tree and forest, and with samples of three classes named by text."""
    import joblib
    import skops.io
    from sklearn.datasets import load_iris
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.tree import DecisionTreeClassifier

    folder = tmp_path_factory.mktemp("trained")
    iris = load_iris()
    x, y = (iris.data * 10).astype(np.uint8), iris.target_names[iris.target]
    tree = DecisionTreeClassifier(max_leaf_nodes=6, random_state=0).fit(x, y)
    skops.io.dump(tree, folder / "tree.skops")
    joblib.dump(tree, folder / "tree.joblib")
    (folder / "tree.pkl").write_bytes(pickle.dumps(tree))
    skops.io.dump(RandomForestClassifier(3, max_depth=3, random_state=0).fit(x, y), folder / "forest.skops")
    skops.io.dump(KNeighborsClassifier().fit(x, y), folder / "neighbours.skops")
    np.savez(folder / "xy.npz", x=x, y=y)
    np.save(folder / "x.npy", x)
    return folder


@pytest.fixture(scope="module")
def network(tmp_path_factory) -> Path:
    """A folder with an untrained Keras model, and with samples for it."""
    import keras

    folder = tmp_path_factory.mktemp("network")
    keras.utils.set_random_seed(0)
    layers = [keras.Input((2, 3, 1)), keras.layers.Rescaling(1 / 16), keras.layers.Flatten(), keras.layers.Dense(3)]
    model = keras.Sequential(layers)
    model.save(folder / "net.keras")
    rng = np.random.default_rng(0)
    np.savetxt(folder / "x.csv", rng.integers(0, 17, (40, 6)), "%d", ",")
    np.savetxt(folder / "y.csv", rng.integers(0, 3, 40), "%d")
    return folder


def test_a_tree_with_its_labels(trained, tmp_path):
    found = figures("quantize", trained / "tree.skops", "-d", trained / "xy.npz", "-o", tmp_path / "tree.npz")
    graph = tc.load_graph(tmp_path / "tree.npz")
    assert graph.labels == ("setosa", "versicolor", "virginica")
    assert found["agreement"] == 1
    assert found["accuracy_before"] == found["accuracy_after"] > 0.9
    assert found["model_bytes"] == graph.model_bytes
    assert found["bytes_after"] == (tmp_path / "tree.npz").stat().st_size
    board = figures("simulate", tmp_path / "tree.npz", "-d", trained / "xy.npz")
    assert board["mismatches"] == 0
    assert board["accuracy"] == found["accuracy_after"]


def test_labels_that_the_model_does_not_know(trained, tmp_path):
    np.save(tmp_path / "y.npy", np.zeros(150, np.int64))
    arguments = ("-d", trained / "x.npy", "--labels", tmp_path / "y.npy", "-o", tmp_path / "tree.npz")
    message = refused("quantize", trained / "tree.skops", *arguments)
    assert "the label 0 is none of the model's 3: 'setosa', 'versicolor', 'virginica'" in message
    assert not (tmp_path / "tree.npz").exists()


def test_without_labels_there_is_no_accuracy(trained, tmp_path):
    arguments = ("quantize", trained / "tree.skops", "-d", trained / "x.npy", "-o", tmp_path / "tree.npz")
    assert figures(*arguments)["accuracy_before"] is None
    output = call(*arguments).stdout
    assert "same answer before and after" in output
    assert "accuracy" not in output


def test_a_forest_votes_as_asked(trained, tmp_path):
    graphs = []
    for vote in ((), ("--vote", "soft"), ("--vote", "hard")):
        out = tmp_path / "forest.npz"
        call("quantize", trained / "forest.skops", "-d", trained / "x.npy", "-o", out, *vote)
        graphs.append(out.read_bytes())
    assert graphs[0] == graphs[1] != graphs[2]


def test_a_pickle_needs_trust(trained, tmp_path):
    out = tmp_path / "tree.npz"
    call("quantize", trained / "tree.skops", "-d", trained / "x.npy", "-o", out)
    expected = out.read_bytes()
    for name in ("tree.joblib", "tree.pkl"):
        out.unlink()
        arguments = ("quantize", trained / name, "-d", trained / "x.npy", "-o", out)
        message = refused(*arguments)
        assert "reading it runs whatever program its author put into it" in message
        assert "skops.io.dump" in message
        assert not out.exists()
        call(*arguments, "--trust-pickle")
        assert out.read_bytes() == expected


class Trap:
    def __reduce__(self):
        return os.mkdir, ("sprung",)


def test_a_pickle_that_nobody_vouches_for_does_not_run(trained, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("trap.pkl").write_bytes(pickle.dumps(Trap()))
    refused("quantize", "trap.pkl", "-d", trained / "x.npy", "-o", "out.npz")
    assert not Path("sprung").exists()


def test_models_that_cannot_be_read(trained, tmp_path):
    data, out = trained / "x.npy", tmp_path / "out.npz"
    (tmp_path / "cut.skops").write_bytes((trained / "tree.skops").read_bytes()[:-50])
    (tmp_path / "cut.joblib").write_bytes((trained / "tree.joblib").read_bytes()[:-50])
    (tmp_path / "cut.keras").write_bytes(b"PK\x03\x04")
    (tmp_path / "model.onnx").write_bytes(b"")
    (tmp_path / "ready.tflite").write_bytes(b"")
    for name, message in {
        "cut.skops": "is no .skops file, or it is damaged",
        "cut.joblib": "Cannot read the model",
        "cut.keras": "Keras cannot read",
        "model.onnx": "expected a file that ends in .keras, .h5, .skops, .joblib, .pkl",
        "ready.tflite": "It holds integers already: see tinyml size",
        "none.keras": "No such file",
    }.items():
        assert message in refused("quantize", tmp_path / name, "-d", data, "-o", out, "--trust-pickle"), name
    assert "it is a folder" in refused("quantize", tmp_path, "-d", data, "-o", out)
    assert not out.exists()


def test_what_skops_does_not_know(trained, tmp_path):
    message = refused("quantize", trained / "neighbours.skops", "-d", trained / "x.npy", "-o", tmp_path / "out.npz")
    assert "does not know to be harmless: sklearn.metrics" in message


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [("left_child", 99, "outside the tree"), ("right_child", 0, "outside the tree"), ("feature", 4, "does not exist")],
)
def test_a_tree_that_would_crash(trained, tmp_path, field, value, message):
    import skops.io

    model = read_trained(trained / "forest.skops", trust_pickle=False)
    tree = model.estimators_[1].tree_
    state = tree.__getstate__()
    nodes = state["nodes"].copy()
    nodes[field][0] = value
    tree.__setstate__({**state, "nodes": nodes})
    skops.io.dump(model, tmp_path / "bad.skops")
    with pytest.raises(InputError, match=message):
        read_trained(tmp_path / "bad.skops", trust_pickle=False)


def test_a_model_that_is_not_supported(trained, tmp_path):
    (tmp_path / "number.pkl").write_bytes(pickle.dumps(42))
    arguments = ("-d", trained / "x.npy", "-o", tmp_path / "out.npz", "--trust-pickle")
    assert "Cannot quantize a builtins.int" in refused("quantize", tmp_path / "number.pkl", *arguments)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("tree.skops", "--mode", "int16x8"), "--mode is only for Keras models"),
        (("tree.skops", "--per-tensor"), "--per-tensor is only for Keras models"),
        (("tree.skops", "--rounding", "tflm"), "--rounding is only for Keras models"),
        (("net.keras", "--vote", "soft"), "--vote is only for scikit-learn forests"),
        (("net.keras", "--mode", "float16"), "becomes a .tflite file; OUT is 'out.npz'"),
        (("tree.skops", "-o", "out.tflite"), "becomes a .npz file; OUT is 'out.tflite'"),
        (("net.keras", "-o", "out.h"), "becomes a .tflite or .npz file"),
        (("net.keras", "-o", "out.tflite", "--rounding", "litert"), "does not say how to round"),
    ],
)
def test_options_that_would_be_ignored(options, message):
    model, *others = options
    result = call("quantize", model, "-d", "x.npy", "-o", "out.npz", *others, code=2)
    assert message in " ".join(result.stderr.split())


def test_nowhere_to_write(trained, tmp_path):
    message = refused("quantize", trained / "tree.skops", "-d", trained / "x.npy", "-o", tmp_path / "no" / "out.npz")
    assert "there is no folder" in message
    (tmp_path / "out.npz").mkdir()
    message = refused("quantize", trained / "tree.skops", "-d", trained / "x.npy", "-o", tmp_path / "out.npz")
    assert re.search(r"Cannot write .*out\.npz: Is a directory", message)


def test_bad_samples_reach_no_model(trained, tmp_path):
    np.save(tmp_path / "nan.npy", np.full((3, 4), np.nan, np.float32))
    arguments = ("-d", tmp_path / "nan.npy", "-o", tmp_path / "out.npz")
    assert "NaN or infinite" in refused("quantize", trained / "tree.skops", *arguments)
    np.save(tmp_path / "wide.npy", np.ones((3, 5), np.uint8))
    arguments = ("-d", tmp_path / "wide.npy", "-o", tmp_path / "out.npz")
    message = refused("quantize", trained / "tree.skops", *arguments)
    assert "trained on 4 features; the representative data has 5" in message


def test_a_keras_model_becomes_both_kinds_of_file(network, tmp_path):
    arguments = ("quantize", network / "net.keras", "-d", network / "x.csv", "--labels", network / "y.csv")
    file = figures(*arguments, "-o", tmp_path / "net.tflite")
    raw = figures(*arguments, "-o", tmp_path / "net.npz")
    assert file["bytes_after"] == (tmp_path / "net.tflite").stat().st_size
    assert file["accuracy_after"] == raw["accuracy_after"]
    assert file["samples"] == 40
    codes, graph = tc.load_tflite(tmp_path / "net.tflite"), tc.load_graph(tmp_path / "net.npz")
    assert graph.contract.dtype == np.uint8  # the .csv file's numbers in their smallest type
    assert graph.contract.shape == (2, 3, 1)
    x = np.loadtxt(network / "x.csv", delimiter=",")
    encoding = codes.tensors[codes.input].encoding
    encoded = np.clip(np.round(x / encoding.one_scale) + encoding.zero_point, -128, 127).astype(np.int8)
    np.testing.assert_array_equal(graph.predict(x.astype(np.uint8)), codes.predict(encoded))
    np.save(tmp_path / "real.npy", x.astype(np.float32))
    message = refused("simulate", tmp_path / "net.tflite", "-d", tmp_path / "real.npy")
    assert "takes int8 codes, got values of type float32" in message
    assert "add --encode" in message
    run = figures("simulate", tmp_path / "net.tflite", "-d", tmp_path / "real.npy", "--encode")
    assert run["mismatches"] == 0
    assert figures("size", tmp_path / "net.tflite", "--no-measure")["model_bytes"] == codes.model_bytes


def test_a_keras_model_per_tensor_and_with_floats(network, tmp_path):
    arguments = ("quantize", network / "net.keras", "-d", network / "x.csv")
    report = figures(*arguments, "-o", tmp_path / "one.tflite", "--per-tensor")
    assert report["per_channel"] is False
    dynamic = figures(*arguments, "-o", tmp_path / "dynamic.tflite", "--mode", "dynamic")
    assert dynamic["mode"] == "dynamic"
    assert "Expected a model in integers only" in refused("size", tmp_path / "dynamic.tflite")


def test_labels_of_a_keras_model_are_indices(network, tmp_path):
    (tmp_path / "y.csv").write_text("cat\n" * 40)
    arguments = ("-d", network / "x.csv", "--labels", tmp_path / "y.csv", "-o", tmp_path / "net.tflite")
    assert "class indices, integers from 0" in refused("quantize", network / "net.keras", *arguments)


def test_the_table_of_a_keras_model(network, tmp_path):
    done = call("quantize", network / "net.keras", "-d", network / "x.csv", "-o", tmp_path / "net.tflite")
    assert "net.keras to net.tflite" in done.stdout
