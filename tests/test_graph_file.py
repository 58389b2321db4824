"""A graph's file: exact, one piece or nothing, and anything else an error."""

from __future__ import annotations

import dataclasses
import errno
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from random_models import random_graph
from random_networks import random_codes, random_network

import tinyml_course as tc
from tinyml_course import graph_file
from tinyml_course.errors import ExportError, InputError, TinyMLError
from tinyml_course.graph import Encoding, Graph, InputContract, Operator, Tensor
from tinyml_course.graph_description import VERSION


def small_graph(**changes):
    """A graph with everything that a field can hold."""
    scales = (0.1, 1 / 3, float(np.float32(2e-9)))
    tensors = [
        Tensor("x", (2, 2), np.dtype(np.float32), encoding=None),
        Tensor("w/kernel;é", (3, 4), np.dtype(np.int8), np.arange(-6, 6).reshape(3, 4), 8, Encoding(scales, 0, 0)),
        Tensor("nibbles", (3,), np.dtype(np.int8), np.array([-8, 7, 15]), 4, Encoding(2.0**-7, -128)),
        Tensor("big", (), np.dtype(np.int64), np.array(-(2**62)), 64),
        Tensor("none", (0, 4), np.dtype(np.uint8), np.zeros((0, 4), np.uint8)),
        Tensor("y", (2,), np.dtype(np.int16), encoding=Encoding(0.5)),
    ]
    attributes = {"strides": (1, 2), "padding": (0, 1, 0, 1), "function": "tanh", "axis": -1, "empty": ()}
    operators = (
        Operator("bonsai_projection", ("x",), ("y",), {"Z": "w/kernel;é", "bits": "nibbles"}, attributes),
        Operator("bonsai_tree", ("y",), ("y",)),
    )
    fields = {
        "kind": "Bonsai",
        "tensors": {tensor.name: tensor for tensor in tensors},
        "operators": operators,
        "input": "x",
        "output": "y",
        "contract": InputContract(np.dtype(np.float32), (2, 2), -1e-3, float(np.float32(1.1))),
        "labels": ("a*", 7, True, 2.5),
        "description": "small, “quoted”",
        "examples": np.array([[[0.1, -0.0], [1, 1e-40]]], np.float32),
    }
    return Graph(**{**fields, **changes})


def assert_equal(one, other, path="graph"):
    """Every field of every part is equal, types included."""
    if dataclasses.is_dataclass(one):
        assert type(one) is type(other), path
        for field in dataclasses.fields(one):
            assert_equal(getattr(one, field.name), getattr(other, field.name), f"{path}.{field.name}")
    elif isinstance(one, np.ndarray):
        assert (one.dtype, one.shape) == (other.dtype, other.shape), path
        assert one.tobytes() == other.tobytes(), path
    elif hasattr(one, "items"):
        assert list(one) == list(other), path
        for key in one:
            assert_equal(one[key], other[key], f"{path}[{key!r}]")
    elif isinstance(one, tuple):
        assert len(one) == len(other), path
        for number, (left, right) in enumerate(zip(one, other, strict=True)):
            assert_equal(left, right, f"{path}[{number}]")
    else:
        assert type(one) is type(other), path
        assert one == other, path


def test_every_field_survives(tmp_path):
    graph = small_graph()
    path = graph.save(tmp_path / "small.npz")
    assert path == tmp_path / "small.npz"
    assert_equal(tc.load_graph(path), graph)


@pytest.mark.parametrize("seed", range(5))
def test_random_models_survive_and_predict_the_same(tmp_path, seed):
    graph, x = random_graph(seed)
    loaded = tc.load_graph(graph.save(tmp_path / "graph.npz"))
    np.testing.assert_array_equal(loaded.predict(x), graph.predict(x))
    assert loaded.model_bytes == graph.model_bytes
    assert loaded.labels == tuple(int(label) for label in graph.labels)
    assert graph_file.to_bytes(loaded) == graph_file.to_bytes(graph)
    header = tc.export_arduino(loaded, "same").files
    assert header == tc.export_arduino(graph, "same").files


@pytest.mark.parametrize("kind", ["INT8", "INT16"])
def test_random_networks_survive(tmp_path, kind):
    for seed in range(8):
        graph = random_network(seed, kind)
        loaded = tc.load_graph(graph.save(tmp_path / "network.npz"))
        assert_equal(loaded, graph)
        x = random_codes(seed, 3, graph.contract.dtype)
        np.testing.assert_array_equal(loaded.predict(x), graph.predict(x))


def test_the_same_graph_gives_the_same_bytes_in_another_process(tmp_path):
    path = random_graph(3)[0].save(tmp_path / "graph.npz")
    code = "import sys, tinyml_course as tc; tc.load_graph(sys.argv[1]).save(sys.argv[2])"
    copy = tmp_path / "copy.npz"
    subprocess.run([sys.executable, "-c", code, path, copy], check=True)
    assert copy.read_bytes() == path.read_bytes()


def test_numpy_alone_reads_the_arrays(tmp_path):
    path = small_graph().save(tmp_path / "small.npz")
    with np.load(path, allow_pickle=False) as archive:
        np.testing.assert_array_equal(archive["tensor_1"], [-8, 7, 15])
        assert json.loads(archive["graph.json"])["kind"] == "Bonsai"


def test_loaded_values_are_read_only(tmp_path):
    tensor = tc.load_graph(small_graph().save(tmp_path / "small.npz")).tensors["nibbles"]
    with pytest.raises(ValueError, match="read-only"):
        tensor.values[0] = 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": (None,)}, "got None of type NoneType"),
        ({"labels": (float("nan"),)}, "finite numbers only, got nan"),
        ({"contract": InputContract(np.dtype(np.float32), (4,), 0, float("inf"))}, "finite numbers only, got inf"),
    ],
)
def test_what_a_file_cannot_hold(tmp_path, changes, message):
    with pytest.raises(ExportError, match=message):
        small_graph(**changes).save(tmp_path / "small.npz")
    assert list(tmp_path.iterdir()) == []


def test_another_ending(tmp_path):
    with pytest.raises(ExportError, match=r"Name it model\.npz"):
        small_graph().save(tmp_path / "model.tflite")


def test_no_folder(tmp_path):
    with pytest.raises(ExportError, match="Cannot write the graph .*No such file or directory"):
        small_graph().save(tmp_path / "nowhere" / "graph.npz")


def test_a_full_disk_keeps_the_older_file(tmp_path, monkeypatch):
    path = small_graph().save(tmp_path / "graph.npz")
    before = path.read_bytes()

    def full(_descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ExportError, match="No space left on device"):
        small_graph(kind="other").save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_device_without_room_is_an_error(tmp_path):
    (tmp_path / "graph.npz").symlink_to("/dev/full")  # the link is replaced by a file, the device is not written
    assert small_graph().save(tmp_path / "graph.npz").is_file()


def test_a_missing_file_and_a_folder(tmp_path):
    with pytest.raises(InputError, match="Cannot read the graph .*No such file"):
        tc.load_graph(tmp_path / "graph.npz")
    with pytest.raises(InputError, match="Cannot read the graph .*directory"):
        tc.load_graph(tmp_path)


def write(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def members_of(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def npy(array, **options):
    target = io.BytesIO()
    np.lib.format.write_array(target, array, **options)
    return target.getvalue()


def test_foreign_files(tmp_path):
    path = tmp_path / "graph.npz"
    for content in (b"", b"PK", b"TFL3" * 20, b"\x89HDF\r\n", os.urandom(2000)):
        path.write_bytes(content)
        with pytest.raises(InputError, match="is no graph, or it is damaged"):
            tc.load_graph(path)
    np.savez(path, x=np.arange(3))
    with pytest.raises(InputError, match=r"expected graph\.json in it"):
        tc.load_graph(path)
    for text in ("[]", "{}", '{"format": "other"}', "[" * 100_000, "\x00"):
        write(path, {"graph.json": text})
        with pytest.raises(InputError, match="holds no graph"):
            tc.load_graph(path)


def test_a_newer_version(tmp_path):
    path = small_graph().save(tmp_path / "graph.npz")
    members = members_of(path)
    description = json.loads(members["graph.json"]) | {"version": VERSION + 1, "written_by": "tinyml_course 9.1"}
    write(path, members | {"graph.json": json.dumps(description)})
    with pytest.raises(InputError, match=r"version 2 of the format, written by tinyml_course 9\.1; .* Update it"):
        tc.load_graph(path)
    write(path, members | {"graph.json": json.dumps(description | {"version": "1"})})
    with pytest.raises(InputError, match="expected a version number"):
        tc.load_graph(path)


def changed_description(path, change):
    members = members_of(path)
    description = json.loads(members["graph.json"])
    change(description)
    write(path, members | {"graph.json": json.dumps(description)})


CHANGES = {
    "unknown operators: future_2d": lambda d: d["operators"][0].update(kind="future_2d"),
    "which is no tensor": lambda d: d["operators"][0]["inputs"].append("ghost"),
    "its input or its output is no tensor": lambda d: d.update(output="ghost"),
    "two tensors have one name": lambda d: d["tensors"][0].update(name="y"),
    "expected data of shape": lambda d: d["tensors"][1].update(shape=[4, 3]),
    "does not fit into 2 bits": lambda d: d["tensors"][1].update(bits=2),
    "should be int16, its array is int8": lambda d: d["tensors"][1].update(dtype="int16"),
    "scale must be a finite number": lambda d: d["tensors"][2]["encoding"].update(scale=-1),
    "5 stored tensors, 4 arrays": lambda d: d["tensors"][5].update(stored=True),
    "KeyError": lambda d: d.pop("contract"),
    "expected str": lambda d: d.update(kind=3),
    "expected int": lambda d: d["tensors"][0].update(shape=[2.5]),
    "expected list": lambda d: d["contract"].update(shape=4),
    "data type 'elephant' not understood": lambda d: d["contract"].update(dtype="elephant"),
    "of type object": lambda d: d["contract"].update(dtype="object"),
    "a range of two numbers": lambda d: d["contract"].update(maximum="many"),
}


@pytest.mark.parametrize("message", CHANGES)
def test_a_description_that_does_not_hold_together(tmp_path, message):
    path = small_graph().save(tmp_path / "graph.npz")
    changed_description(path, CHANGES[message])
    with pytest.raises(InputError, match=f"does not hold together .*{message}"):
        tc.load_graph(path)


@pytest.mark.parametrize(
    "member",
    [
        b"",
        b"\x93NUMPY\x01",
        npy(np.zeros((3, 4), np.int8)) + b"!",
        npy(np.zeros((3, 4), np.int8))[:-1],
        npy(np.zeros((3, 4), np.int8), version=(2, 0)),
        npy(np.zeros((3, 4), np.complex64)),
        npy(np.array([None]), allow_pickle=True),
        npy(np.zeros((3, 4), np.int8)).replace(b"(3, 4)", b"(3, 9)"),
        npy(np.zeros((3, 4), np.int8)).replace(b"(3, 4)", b"(3, 9 "),
    ],
)
def test_a_damaged_array(tmp_path, member):
    path = small_graph().save(tmp_path / "graph.npz")
    write(path, members_of(path) | {"tensor_0.npy": member})
    with pytest.raises(InputError, match="is damaged"):
        tc.load_graph(path)


def test_a_missing_array(tmp_path):
    path = small_graph().save(tmp_path / "graph.npz")
    members = members_of(path)
    del members["examples.npy"]
    with pytest.raises(InputError, match="is damaged"):
        tc.load_graph(write(path, members))


def test_an_archive_that_would_fill_the_memory(tmp_path, monkeypatch):
    path = write(tmp_path / "graph.npz", {"graph.json": b" " * 100_000})
    monkeypatch.setattr(graph_file, "LIMIT_BYTES", 50_000)
    with pytest.raises(InputError, match="unpack to 100,000 bytes"):
        graph_file.from_bytes(path.read_bytes()[:-22] + path.read_bytes()[-22:])
    monkeypatch.setattr(graph_file, "LIMIT_BYTES", 50)
    with pytest.raises(InputError, match="larger than 50 bytes"):
        tc.load_graph(path)


def test_flipped_bits_and_cut_ends_are_noticed():
    graph, x = random_graph(1)
    content, expected = graph_file.to_bytes(graph), graph.predict(x)
    rng = np.random.default_rng(0)
    noticed = 0
    for trial in range(400):
        mutated = bytearray(content)
        for place in rng.integers(len(content), size=1 + trial % 3):
            mutated[place] ^= 1 << rng.integers(8)
        if trial % 4 == 0:
            mutated = mutated[: rng.integers(len(content))]
        try:
            found = graph_file.from_bytes(bytes(mutated))
        except TinyMLError:
            noticed += 1
            continue
        # Some bits of an archive mean nothing for what is in it: times, rights, hints for older programs.
        np.testing.assert_array_equal(found.predict(x), expected)
    assert noticed > 300
