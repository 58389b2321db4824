"""Data files: what they may hold, and what is said when they do not."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest

from tinyml_course.cli.reading import read_graph
from tinyml_course.cli.samples import Samples, indices_of, read_labels, read_samples, typed_for, with_smallest_type
from tinyml_course.errors import InputError


def test_samples_are_the_same_from_every_kind_of_file(files, digits):
    for name, labels in {"x.npy": False, "xy.npz": True, "x.csv": False, "xy.csv": True}.items():
        found = read_samples(files / name)
        typed = typed_for(found, np.dtype(np.uint8), files / name)
        assert typed.dtype == np.uint8
        np.testing.assert_array_equal(typed, digits.x_test[:12])
        assert (found.labels is not None) == labels
        if labels:
            np.testing.assert_array_equal(found.labels, digits.y_test[:12])


def test_labels_are_the_same_from_every_kind_of_file(files, digits):
    for name in ("y.npy", "y.csv", "xy.npz"):
        np.testing.assert_array_equal(read_labels(files / name, 12), digits.y_test[:12])


def test_labels_may_have_a_headline_and_be_text(tmp_path):
    (tmp_path / "y.csv").write_text("class\ncat\ndog\ncat\n")
    labels = read_labels(tmp_path / "y.csv", 3)
    assert labels.tolist() == ["cat", "dog", "cat"]
    assert indices_of(labels, ("bird", "cat", "dog"), tmp_path).tolist() == [1, 2, 1]


def test_labels_that_do_not_fit(files, tmp_path):
    with pytest.raises(InputError, match=r"expected 11 labels, one for each sample, got an array of shape \(12,\)"):
        read_labels(files / "y.npy", 11)
    with pytest.raises(InputError, match=r"the label 9 is none of the model's 3: 0, 3, 6"):
        indices_of(np.array([0, 9]), (0, 3, 6), tmp_path)


@pytest.mark.parametrize("name", ["one.npz", "x.npz"])
def test_an_archive_with_one_array_needs_no_names(tmp_path, name):
    np.savez(tmp_path / name, pixels=np.ones((2, 3), np.int8))
    assert read_samples(tmp_path / name).x.shape == (2, 3)


def npy(array: np.ndarray, **options: bool) -> bytes:
    target = io.BytesIO()
    np.save(target, array, **options)
    return target.getvalue()


def npz(**members: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return target.getvalue()


GOOD = npy(np.ones((3, 4)))
BAD = {
    "empty.npy": (b"", "damaged: its first bytes are others"),
    "cut.npy": (GOOD[:-9], "is no .npy file of numbers, or it is damaged"),
    "huge.npy": (GOOD.replace(b"(3, 4)", b"(9**9)"), "damaged"),
    "zip.npy": (npz(x=GOOD), "its first bytes are others"),
    "objects.npy": (npy(np.array([[None]]), allow_pickle=True), "Object arrays cannot be loaded"),
    "text.npy": (npy(np.array([["a"]])), "expected numbers, got an array of type <U1"),
    "flat.npy": (npy(np.ones(3)), r"expected an array of shape \(samples, values\), at least one of each, got \(3,\)"),
    "none.npy": (npy(np.ones((0, 4))), r"at least one of each, got \(0, 4\)"),
    "nan.npy": (
        npy(np.array([[1.0, 2], [np.nan, 1], [1, np.inf]])),
        r"2 of 3 samples .* \(samples 1, 2, counted",
    ),
    "cut.npz": (npz(x=GOOD)[:-9], "damaged"),
    "two.npz": (npz(one=GOOD, two=GOOD), "holds one, two: which of them are the samples"),
    "nothing.npz": (npz(), "holds nothing: which"),
    "member.npz": (npz(x=GOOD[:-9]), "is damaged: x"),
    "foreign.npz": (GOOD, "its first bytes are others"),
    "empty.csv": (b"\n\n", "is empty: expected numbers"),
    "ragged.csv": (b"1,2\n3\n", "line 2: expected 2 values as in the first line, got 1"),
    "words.csv": (b"a,b\n1,2\n3,x\n", "line 3: expected numbers; could not convert string to float: 'x'"),
    "headline.csv": (b"a,b\n", r"at least one of each, got \(0, "),
    "nan.csv": (b"1,2\nnan,3\n", "1 of 2 samples have values that are NaN"),
    "latin.csv": (b"\xff\xfe1", "is no .csv file"),
    "quote.csv": (b'"1,2\n', "is no .csv file"),
    "x.txt": (b"1 2", r"expected a file that ends in \.npy, \.npz, \.csv"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_samples(tmp_path, name):
    content, message = BAD[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_samples(tmp_path / name)


def test_missing_files_and_folders(tmp_path):
    for read in (read_samples, read_graph, lambda path: read_labels(path, 1)):
        with pytest.raises(InputError, match="No such file"):
            read(tmp_path / "none.npy")
        with pytest.raises(InputError, match="it is a folder, expected a file"):
            read(tmp_path)


def test_a_number_that_the_model_cannot_take():
    samples = Samples(np.array([[1.0, 255], [2.5, 0]]), None, has_dtype=False)
    with pytest.raises(InputError, match="takes values of type uint8, and 2.5 is none"):
        typed_for(samples, np.dtype(np.uint8), "x.csv")
    with pytest.raises(InputError, match="takes values of type int8, and 255 is none"):
        typed_for(samples, np.dtype(np.int8), "x.csv")
    assert typed_for(samples, np.dtype(np.float32), "x.csv").dtype == np.float32
    with pytest.raises(InputError, match=r"type float32, and 1e\+300 is none"):
        typed_for(Samples(np.array([[1e300]]), None, has_dtype=False), np.dtype(np.float32), "x.csv")


@pytest.mark.parametrize(
    ("values", "dtype"),
    [([0, 255], "uint8"), ([-1, 127], "int8"), ([256, 0], "uint16"), ([-1, 128], "int16"), ([0.5, 1], "float32")],
)
def test_numbers_without_a_type_get_the_smallest(values, dtype):
    assert with_smallest_type(Samples(np.array([values], np.float64), None, has_dtype=False)).dtype == dtype


def test_arrays_keep_their_type():
    x = np.ones((1, 2), np.int64)
    assert with_smallest_type(Samples(x, None, has_dtype=True)) is x
    assert typed_for(Samples(x, None, has_dtype=True), np.dtype(np.int8), "x.npy") is x
