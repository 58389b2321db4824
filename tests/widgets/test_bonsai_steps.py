"""What the page shows of a Bonsai is the exact reference, for any sample and any tree."""

import dataclasses
import json

import numpy as np
import pytest
from random_models import random_bonsai, random_samples

from tinyml_course.convert.bonsai import convert_bonsai
from tinyml_course.errors import InputError
from tinyml_course.models.bonsai_budget import BonsaiConfiguration
from tinyml_course.pictures.svg import with_images
from tinyml_course.reference import bonsai_trace
from tinyml_course.widgets import BonsaiSteps


@pytest.fixture
def steps(digits_graph, digits):
    return BonsaiSteps(digits_graph, digits.x_test, digits.y_test)


def random_steps(depth=2, bits=8, classes=3, features=12, dtype="int16", **options):
    rng = np.random.default_rng(depth * 100 + bits)
    x = random_samples(rng, dtype, features, 10)
    return BonsaiSteps(
        convert_bonsai(random_bonsai(rng, x, classes, BonsaiConfiguration(depth, 4, bits)), x), x, **options
    )


def test_every_number_is_the_references(steps, digits_graph, digits):
    for index in (0, 17, 539):
        steps.index = index
        trace, shown = bonsai_trace(digits_graph, digits.x_test[index]), steps.shown
        assert shown["index"] == index
        assert shown["sample"] == digits.x_test[index].tolist()
        assert shown["z"] == trace.z.tolist()
        assert [node["node"] for node in shown["nodes"]] == list(trace.path)
        for node, step in zip(shown["nodes"], trace.nodes, strict=True):
            assert (node["w"], node["v"], node["gate"]) == (step.w.tolist(), step.v.tolist(), step.gate.tolist())
            assert (node["scores"], node["totals"]) == (step.scores.tolist(), step.totals.tolist())
            assert (node["branch"], node["next"]) == (step.branch, step.next_node)
        assert shown["scores"] == digits_graph.predict(digits.x_test[index : index + 1])[0].tolist()
        assert shown["answer"] == str(digits_graph.classify(digits.x_test[index : index + 1])[0])
        assert shown["label"] == str(digits.y_test[index])


def test_the_steps_and_the_bytes_they_read(steps):
    kinds = [step["kind"] for step in steps.shown["steps"]]
    assert kinds == ["input", "project", "node", "branch", "node", "branch", "node", "answer"]
    assert steps.steps == 8
    # Z takes 585 bytes and the shifts 5, a node's W and V 180, a theta 9.
    assert [step["read"] for step in steps.shown["steps"]] == [0, 590, 770, 779, 959, 968, 1148, 1148]
    assert steps.tree["bytes"] == {"total": 1877, "projection": 585, "node": 180, "branch": 9, "other": 5}
    answer = steps.shown["steps"][-1]["words"]
    assert "Of 1,877 bytes, 1,148 were read; the 729 bytes of the 4 nodes off the path were not." in answer


def test_the_words_say_the_numbers(steps):
    trace = steps.trace
    words = " ".join(step["words"] for step in steps.shown["steps"]).replace("−", "-")
    for node in trace.nodes[:-1]:
        assert f"theta · z = {node.branch:,} is {'' if node.goes_left else 'not '}above zero" in words
        assert f"to node {node.next_node}" in words
    assert f"The largest of 10 scores is {trace.scores.max()}: the answer is {trace.label}, which is right." in words


def test_wrong_answers_are_found_in_a_circle(steps, digits_graph, digits):
    wrong = np.flatnonzero(digits_graph.classify(digits.x_test) != digits.y_test).tolist()
    assert steps.tree["wrong"] == len(wrong) > 1
    seen = []
    for _ in [*wrong, 0]:
        steps.next_wrong()
        seen.append(steps.index)
    assert seen == [*wrong, wrong[0]]
    assert f"but the label is {digits.y_test[wrong[0]]}." in steps.shown["steps"][-1]["words"]
    steps.index = 0
    steps._asked(steps, {"do": "next_wrong"}, [])
    assert steps.index == wrong[0]


def test_samples_go_in_a_circle_and_steps_do_not(steps):
    steps.previous()
    assert steps.index == 539
    steps.step = 3
    steps.next()
    assert (steps.index, steps.step) == (0, 3)
    for _ in range(9):
        steps.forward()
    assert steps.step == 7
    for _ in range(9):
        steps.back()
    assert steps.step == 0


def test_the_board_is_compared(digits_graph, digits):
    classes = digits_graph.classify(digits.x_test)
    same = BonsaiSteps(digits_graph, digits.x_test, board=classes)
    assert f"The board answers {classes[0]} too." in same.shown["steps"][-1]["words"]
    other = BonsaiSteps(digits_graph, digits.x_test, board=(classes + 1) % 10)
    assert f"The board answers {(classes[0] + 1) % 10}: not the same!" in other.shown["steps"][-1]["words"]


@pytest.mark.parametrize("depth", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("bits", [4, 8])
def test_any_tree(depth, bits):
    piece = random_steps(depth, bits, classes=5)
    assert piece.steps == 2 * depth + 4
    for _ in range(len(piece._x)):
        piece.next()
        assert piece.shown["steps"][-1]["read"] == piece.trace.bytes_read
        assert piece.shown["scores"] == piece.trace.scores.tolist()
        json.dumps([piece.shown, piece.tree])
    assert "</svg>" in piece.still().html


@pytest.mark.parametrize(
    ("features", "asked", "image"), [(12, None, None), (16, None, [4, 4]), (9, None, None), (12, (3, 4), [3, 4])]
)
def test_what_is_drawn_as_an_image(features, asked, image):
    piece = random_steps(features=features, image_shape=asked)
    assert piece.tree["image"] == image


def test_a_sample_of_two_axes_is_an_image(digits_graph, digits):
    graph = dataclasses.replace(digits_graph, contract=dataclasses.replace(digits_graph.contract, shape=(4, 16)))
    assert BonsaiSteps(graph, digits.x_test[:3]).tree["image"] == [4, 16]


def test_floats_can_be_looked_at():
    piece = random_steps(dtype="float32", classes=2)
    assert piece.shown["sample"] == pytest.approx(piece._x[0].tolist())


def test_without_labels_nothing_is_called_wrong(digits_graph, digits):
    piece = BonsaiSteps(digits_graph, digits.x_test[:5])
    assert (piece.tree["labelled"], piece.tree["wrong"], piece.shown["label"]) == (False, 0, None)
    with pytest.raises(InputError, match="without labels"):
        piece.next_wrong()


def test_what_cannot_be_is_refused(steps, digits_graph, digits):
    for name, value in [("index", 540), ("index", -1), ("step", 8), ("step", -1)]:
        with pytest.raises(InputError, match=f"Expected {name} to be from 0"):
            setattr(steps, name, value)
    with pytest.raises(InputError, match="y to hold one value for each of 540"):
        BonsaiSteps(digits_graph, digits.x_test, digits.y_test[:5])
    with pytest.raises(InputError, match="board to hold one value for each of 3"):
        BonsaiSteps(digits_graph, digits.x_test[:3], board=[1])
    with pytest.raises(InputError, match="at least one sample"):
        BonsaiSteps(digits_graph, digits.x_test[:0])
    with pytest.raises(InputError, match="0 to 16"):
        BonsaiSteps(digits_graph, np.full((2, 64), 17, np.uint8))
    with pytest.raises(InputError, match="image_shape of 64 pixels"):
        BonsaiSteps(digits_graph, digits.x_test, image_shape=(8, 9))
    with pytest.raises(InputError, match="Expected a Graph"):
        BonsaiSteps("digits", digits.x_test)


def test_its_static_face_carries_the_idea(steps):
    bundle = steps._repr_mimebundle_()[0]
    assert "application/vnd.jupyter.widget-view+json" in bundle
    html, text = steps.still().html, bundle["text/plain"]
    assert '<svg xmlns="http://www.w3.org/2000/svg" role="img"' in html and "<desc>" in html
    assert bundle["text/html"] == with_images(html)
    for step in steps.shown["steps"]:
        assert step["words"] in text
    assert "1,148 of 1,877 bytes read" in html
    assert "Run this cell to go through the steps" in html
