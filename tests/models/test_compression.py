"""Pruning, clustering and distillation of Keras networks."""

from __future__ import annotations

import numpy as np
import pytest

import tinyml_course as tc
from tinyml_course.errors import InputError
from tinyml_course.models.backend import import_keras
from tinyml_course.models.coding import coded_bytes


@pytest.fixture(scope="module")
def keras():
    return import_keras()


@pytest.fixture(scope="module")
def training(keras):
    from tinyml_course.models import training

    return training


@pytest.fixture(scope="module")
def parts(digits):
    """Samples to train with and to validate on."""
    return digits.x_train[:500], digits.y_train[:500], (digits.x_train[500:700], digits.y_train[500:700])


@pytest.fixture(scope="module")
def trained(training, parts):
    from tinyml_course.models.networks import small_mlp

    x, y, valid = parts
    model = small_mlp(seed=1)
    accuracy = training.fit_classifier(model, x, y, validation_data=valid, epochs=12, learning_rate=1e-2)
    assert accuracy > 0.85
    return model


@pytest.fixture
def model(keras, trained):
    copy = keras.models.clone_model(trained)
    copy.set_weights(trained.get_weights())
    return copy


def tune(training, model, parts, **options):
    x, y, valid = parts
    return training.fit_classifier(model, x, y, validation_data=valid, learning_rate=3e-3, **options)


def weights_of(graph):
    return [graph.parameter(op, "weights") for op in graph.operators if "weights" in op.parameters]


# Training


def test_one_seed_one_network(training, parts):
    from tinyml_course.models.networks import small_mlp

    x, y, valid = parts
    runs = []
    for seed in (5, 5, 6):
        model = small_mlp(hidden=4, seed=seed)
        training.fit_classifier(model, x[:200], y[:200], validation_data=valid, epochs=2, seed=seed)
        runs.append(np.concatenate([w.ravel() for w in model.get_weights()]))
    np.testing.assert_array_equal(runs[0], runs[1])
    assert (runs[0] != runs[2]).any()


def test_the_best_epoch_is_kept(keras, training, model, parts):
    x, y, valid = parts
    before = training.log_loss(model, *valid)

    class Spoil(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 2:
                self.model.set_weights([0 * w for w in self.model.get_weights()])

    options = {"validation_data": valid, "epochs": 3, "learning_rate": 1e-5, "callbacks": [Spoil()]}
    training.fit_classifier(model, x, y, **options)
    assert abs(training.log_loss(model, *valid) - before) < 0.1
    training.fit_classifier(model, x, y, first_epoch=2, **options)
    assert training.log_loss(model, *valid) == pytest.approx(np.log(10), rel=1e-5)


def test_logits_and_probabilities_are_told_apart(keras, training, model, parts):
    _, _, (x, y) = parts
    logits = keras.Model(model.inputs[0], model.layers[-2].output)
    assert training.gives_probabilities(model) and not training.gives_probabilities(logits)
    near = training.log_probabilities(model, x), training.log_probabilities(logits, x)
    np.testing.assert_allclose(np.exp(near[0]), np.exp(near[1]), atol=1e-5)
    assert training.accuracy(model, x, y) == training.accuracy(logits, x, y) > 0.8


def test_bad_training_data(training, model, parts):
    x, y, valid = parts
    with pytest.raises(InputError, match="500 samples and 499 labels"):
        training.fit_classifier(model, x, y[1:], validation_data=valid)
    with pytest.raises(InputError, match="first_epoch"):
        training.fit_classifier(model, x, y, validation_data=valid, epochs=3, first_epoch=3)


# Pruning


def test_masks_and_schedule():
    from tinyml_course.models.pruning import magnitude_mask, sparsity_at

    mask = magnitude_mask(np.array([[3.0, -1.0, 0.5], [-4.0, 0.1, 2.0]]), 0.5)
    assert mask.tolist() == [[True, False, False], [True, False, True]]
    assert magnitude_mask(np.ones(5), 0.4).tolist() == [False, False, True, True, True]
    assert magnitude_mask(np.ones(5), 0.0).all()
    assert [sparsity_at(p, 0.8) for p in (0, 0.5, 1, 7)] == [0, pytest.approx(0.7), 0.8, 0.8]


def test_zeros_stay_through_training_and_conversion(training, model, parts, digits):
    from tinyml_course.models.pruning import KeepZeros, Pruning, zero_fraction
    from tinyml_course.models.quantization_aware import quantization_aware

    accuracy = tune(training, model, parts, callbacks=[Pruning(0.6, 4)], epochs=8, first_epoch=4)
    assert accuracy > 0.8
    assert zero_fraction(model) == pytest.approx(0.6, abs=1e-3)
    kernels = [np.asarray(kernel) for kernel in training.kernels(model)]
    assert [int((k == 0).sum()) for k in kernels] == [round(0.6 * 64 * 16), round(0.6 * 16 * 10)]
    stored = weights_of(tc.quantize(model, digits.x_train))
    assert sum((w == 0).sum() for w in stored) >= round(0.6 * 1024) + round(0.6 * 160)
    codes = [coded_bytes(w) for w in stored]
    assert sum(c["plain"] for c in codes) == 1184  # sparsity alone saves nothing
    assert sum(min(c.values()) for c in codes) < 0.65 * 1184
    aware = quantization_aware(model, parts[0])
    tune(training, aware, parts, callbacks=[KeepZeros()], epochs=2)
    assert zero_fraction(aware) >= 0.6 - 1e-3
    assert any((np.asarray(a) != b).any() for a, b in zip(training.kernels(aware), kernels, strict=True))


@pytest.mark.parametrize("sparsity", [-0.1, 1.0, float("nan")])
def test_impossible_sparsity(keras, sparsity):
    from tinyml_course.models.pruning import Pruning

    with pytest.raises(InputError, match="fraction"):
        Pruning(sparsity, 3)


# Clustering


def test_centroids(keras):
    from tinyml_course.models.clustering import cluster, nearest

    values = np.array([0.0, 0.1, 0.2, 5.0, 5.1, 9.0])
    centroids = cluster(values, 3)
    np.testing.assert_allclose(centroids, [0.1, 5.05, 9.0])
    assert nearest(values, centroids).tolist() == [0, 0, 0, 1, 1, 2]
    assert cluster(np.array([3.0, 3.0, 1.0]), 16).tolist() == [1.0, 3.0]
    rng = np.random.default_rng(0)
    weights = rng.normal(size=2000)
    found = cluster(weights, 16)
    error = np.square(weights - found[nearest(weights, found)]).mean()
    even = np.linspace(weights.min(), weights.max(), 16)
    assert error < 0.8 * np.square(weights - even[nearest(weights, even)]).mean()


def test_weights_share_values_and_four_bits_are_enough(training, model, parts, digits):
    from tinyml_course.models.clustering import Clustering, shared_values

    before = [np.asarray(kernel) for kernel in training.kernels(model)]
    accuracy = tune(training, model, parts, callbacks=[Clustering(16)], epochs=4)
    assert accuracy > 0.85
    assert shared_values(model) == [16, 16]
    assert not any(np.allclose(np.asarray(k), b) for k, b in zip(training.kernels(model), before, strict=True))
    stored = weights_of(tc.quantize(model, digits.x_train, per_channel=False))
    assert all(len(np.unique(w)) <= 16 for w in stored)
    assert [coded_bytes(w)["codebook"] for w in stored] == [64 * 16 // 2 + 16, 16 * 10 // 2 + 16]
    per_channel = weights_of(tc.quantize(model, digits.x_train))
    assert max(len(np.unique(w)) for w in per_channel) > 16  # a scale for each channel undoes the sharing


def test_zeros_of_a_pruned_model_stay(training, model, parts):
    from tinyml_course.models.clustering import Clustering, shared_values
    from tinyml_course.models.pruning import magnitude_mask, zero_fraction

    for kernel in training.kernels(model):
        kernel.assign(np.asarray(kernel) * magnitude_mask(np.asarray(kernel), 0.5))
    tune(training, model, parts, callbacks=[Clustering(8)], epochs=2)
    assert zero_fraction(model) == pytest.approx(0.5, abs=1e-3)
    assert max(shared_values(model)) == 8


def test_one_value_is_too_few(keras):
    from tinyml_course.models.clustering import Clustering

    with pytest.raises(InputError, match="at least 2"):
        Clustering(1)


# Distillation


def test_temperature_softens(keras):
    from tinyml_course.models.keras_distillation import soften

    logits = np.array([[2.0, 0.0, -2.0]])
    np.testing.assert_allclose(soften(logits, 1.0), np.exp(logits) / np.exp(logits).sum(), rtol=1e-6)
    np.testing.assert_allclose(soften(logits, 2.0), soften(logits / 2, 1.0), rtol=1e-6)
    assert soften(logits - 100, 4.0).tolist() == soften(logits, 4.0).tolist()


@pytest.mark.parametrize("from_logits", [True, False])
def test_loss_by_definition(keras, from_logits):
    from tinyml_course.models.keras_distillation import distillation_loss, soften

    rng = np.random.default_rng(0)
    teacher, student = rng.normal(size=(2, 6, 4))
    labels = np.eye(4)[rng.integers(0, 4, 6)]
    targets = np.concatenate([soften(teacher, 3.0), labels], axis=1).astype(np.float32)
    outputs = student if from_logits else soften(student, 1.0)
    got = distillation_loss(3.0, 0.7, 4, from_logits=from_logits)(targets, outputs.astype(np.float32))
    p, q, plain = soften(teacher, 3.0), soften(student, 3.0), soften(student, 1.0)
    wanted = 0.7 * 9 * (p * np.log(p / q)).sum(1) - 0.3 * (labels * np.log(plain)).sum(1)
    np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-5)


def test_a_student_comes_near_its_teacher(training, trained, parts):
    """With the teacher's word alone (weight 1) and labels that are all wrong, the student agrees with the teacher."""
    from tinyml_course.models.keras_distillation import distill
    from tinyml_course.models.networks import small_mlp

    x, y, (valid_x, _) = parts
    says = training.log_probabilities(trained, valid_x).argmax(axis=1)
    student = small_mlp(hidden=8, seed=2)
    options = {"validation_data": (valid_x, says), "epochs": 12, "learning_rate": 1e-2}
    agreement = distill(student, trained, x, (y + 1) % 10, weight=1.0, **options)
    assert agreement > 0.8
    for wrong in ({"temperature": 0.0}, {"weight": 1.5}):
        with pytest.raises(InputError, match="temperature above 0"):
            distill(student, trained, x, y, **options, **wrong)
    with pytest.raises(InputError, match="10 outputs, the student 3"):
        distill(small_mlp(classes=3), trained, x, y, **options)


def test_networks_have_the_sizes_that_they_say(keras, digits):
    from tinyml_course.cost import costs
    from tinyml_course.models import networks

    assert (networks.small_mlp().count_params(), networks.small_cnn().count_params()) == (1210, 1898)
    for network, parameters, macs in (("small_cnn", 1898, 23_680), ("separable_cnn", 398, 7416)):
        graph = tc.quantize(getattr(networks, network)(), digits.x_train)
        stored = [
            graph.parameter(op, role) for op in graph.operators for role in op.parameters if role in ("weights", "bias")
        ]
        assert sum(values.size for values in stored) == parameters
        assert sum(cost.macs for cost in costs(graph)) == macs
