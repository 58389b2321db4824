"""Typical wrong answers to exercise 10, written as learners write them, each with its score and its hint."""

import math

import numpy as np
import pytest
from lessons import judge, sheet, solution

from tinyml_course.export.sketch import Sketch
from tinyml_course.grading.on_board import Program, answered
from tinyml_course.models.trained import digits_bonsai
from tinyml_course.toolchain.discovery import look

BYTE = np.dtype(np.uint8)
project, next_node, node_scores, path = (solution(f"10.{number}") for number in (1, 2, 3, 4))


def sums(x, Z, bias_input):
    return [sum(int(w) * int(v) for w, v in zip(row, [bias_input, *x], strict=True)) for row in Z]


def half(shift):
    return (1 << shift) >> 1


def gate(v, one):
    return max(-one, min(one, v))


def walk(z, theta, step=next_node):
    nodes = [0]
    while nodes[-1] < len(theta):
        nodes.append(step(nodes[-1], theta[nodes[-1]], z))
    return nodes


def left_at_zero(node, theta, z):
    return 2 * node + 1 if theta @ z >= 0 else 2 * node + 2


def turned(node, theta, z):
    return 2 * node + 1 if theta @ z < 0 else 2 * node + 2


def classifier(project=project, walk=walk, scores=node_scores, choose=np.argmax, start=0):
    """A learner's classifier with one of its pieces exchanged."""

    def classify(images, model):
        Z, bias_input, z_shift, theta, W, V, one, score_shift = model
        answers = []
        for x in images:
            z = project(x, Z, bias_input, z_shift)
            total = start
            for node in walk(z, theta):
                total = total + scores(z, W[node], V[node], one, score_shift)
            answers.append(choose(total))
        return answers

    return classify


def first_only(images, model):
    for image in images:
        return classifier()([image], model)[0]


def label_pairs(images, model):
    return list(enumerate(classifier()(images, model)))


MUTANTS = [
    # 10.1: one point for sums without bias and shift, one for both
    ("10.1", lambda x, Z, b, s: (Z[:, 1:] @ x + half(s)) >> s, 1, "bias forgotten"),
    ("10.1", lambda x, Z, b, s: (Z[:, 1:] @ x + Z[:, 0] + half(s)) >> s, 1, "bias not scaled"),
    ("10.1", lambda x, Z, b, s: (Z @ [*x, b] + half(s)) >> s, 0, "bias last"),
    ("10.1", lambda x, Z, b, s: [value >> s for value in sums(x, Z, b)], 1, "rounded down"),
    ("10.1", lambda x, Z, b, s: [round(value / 2**s) for value in sums(x, Z, b)], 1, "rounded half to even"),
    ("10.1", lambda x, Z, b, s: [int(value / 2**s) for value in sums(x, Z, b)], 1, "rounded towards zero"),
    ("10.1", lambda x, Z, b, s: np.array(sums(x, Z, b)) / 2**s, 1, "fraction kept"),
    ("10.1", lambda x, Z, b, s: sums(x, Z, b), 1, "not shifted"),
    ("10.1", lambda x, Z, b, s: (((Z @ [b, *x]) >> s) + half(s)) >> s, 1, "shifted twice"),
    ("10.1", lambda x, Z, b, s: [math.floor(v / 2**s + 0.5) for v in sums(x, Z, 2 * b)], 1, None),
    ("10.1", lambda x, Z, b, s: Z.T @ x, 0, None),
    # 10.2: one point for clear products, one for those near zero
    ("10.2", lambda k, theta, z: 2 * k + 1 if theta @ z >= 0 else 2 * k + 2, 1, "zero goes left"),
    ("10.2", lambda k, theta, z: 2 * k + 2 if theta @ z > 0 else 2 * k + 1, 0, "children swapped"),
    ("10.2", lambda k, theta, z: 2 * k + (theta @ z <= 0), 0, "heap from 1"),
    ("10.2", lambda k, theta, z: k + 1 if theta @ z > 0 else k + 2, 0, "next numbers"),
    ("10.2", lambda k, theta, z: 1 if theta @ z > 0 else 2, 0, "side for number"),
    ("10.2", lambda k, theta, z: theta @ z > 0, 0, "side for number"),
    ("10.2", lambda k, theta, z: 2 * k + 1, 0, "always left"),
    ("10.2", lambda k, theta, z: 2 * k + 2, 0, "always right"),
    ("10.2", lambda k, theta, z: 2 * k + 1 if sum(z) > 0 else 2 * k + 2, 0, "theta forgotten"),
    ("10.2", lambda k, theta, z: 2 * k + 1 if theta @ z > 1 else 2 * k + 2, 1, None),
    # 10.3: one point each for the product, the hard tanh and the shift
    ("10.3", lambda z, W, V, one, s: (W @ z) * (V @ z) >> s, 2, "hard tanh forgotten"),
    ("10.3", lambda z, W, V, one, s: (W @ z) * np.minimum(V @ z, one) >> s, 2, "one limit only"),
    ("10.3", lambda z, W, V, one, s: (W @ z) * np.clip(V @ z, 0, one) >> s, 0, "negative side forgotten"),
    ("10.3", lambda z, W, V, one, s: (W @ z) * np.clip(V @ z, -1, 1) >> s, 0, "limits of 1"),
    ("10.3", lambda z, W, V, one, s: (W @ z) * np.tanh(V @ z) / 2**s, 0, "real tanh"),
    ("10.3", lambda z, W, V, one, s: np.clip(W @ z, -one, one) * (V @ z) >> s, 0, "tanh of the wrong factor"),
    ("10.3", lambda z, W, V, one, s: [gate(a * b, one) >> s for a, b in zip(W @ z, V @ z, strict=True)], 0,
     "tanh of the product"),
    ("10.3", lambda z, W, V, one, s: (W @ z) * np.clip(V @ z, -one, one), 2, "not shifted"),
    ("10.3", lambda z, W, V, one, s: ((W @ z) >> s) * np.clip(V @ z, -one, one), 2, "shifted too early"),
    ("10.3", lambda z, W, V, one, s: ((W @ z) * np.clip(V @ z, -one, one) + half(s)) >> s, 2, "rounded to nearest"),
    ("10.3", lambda z, W, V, one, s: [round(v) for v in (W @ z) * np.clip(V @ z, -one, one) / 2**s], 2,
     "rounded to nearest"),
    ("10.3", lambda z, W, V, one, s: [int(v) for v in (W @ z) * np.clip(V @ z, -one, one) / 2**s], 2,
     "rounded towards zero"),
    ("10.3", lambda z, W, V, one, s: (W @ z) * np.clip(V @ z, -one, one) / 2**s, 2, "fraction kept"),
    ("10.3", lambda z, W, V, one, s: ((W @ z) * np.clip(V @ z, -one, one)).sum() >> s, 0, "classes added up"),
    ("10.3", lambda z, W, V, one, s: np.clip(V @ z, -one, one) >> s, 0, "W forgotten"),
    ("10.3", lambda z, W, V, one, s: W @ z, 0, None),
    # 10.4: one point for the nodes, one for the bytes
    ("10.4", lambda z, theta, a, n, b: (walk(z, theta, turned), path(z, theta, a, n, b)[1]), 1, "children swapped"),
    ("10.4", lambda z, theta, a, n, b: (walk(z, theta, left_at_zero), path(z, theta, a, n, b)[1]), 1,
     "zero goes left"),
    ("10.4", lambda z, theta, a, n, b: (walk(z, theta)[:-1], path(z, theta, a, n, b)[1]), 1, "leaf left out"),
    ("10.4", lambda z, theta, a, n, b: (walk(z, theta)[1:], path(z, theta, a, n, b)[1]), 1, "root left out"),
    ("10.4", lambda z, theta, a, n, b: (walk(z, theta), a + len(walk(z, theta)) * (n + b)), 1, "leaf branches too"),
    ("10.4", lambda z, theta, a, n, b: (walk(z, theta), a + (2 * len(theta) + 1) * n + len(theta) * b), 1,
     "all nodes"),
    ("10.4", lambda z, theta, a, n, b: (walk(z, theta), a + len(walk(z, theta)) * n + len(theta) * b), 1,
     "theta read whole"),
    ("10.4", lambda z, theta, a, n, b: (walk(z, theta), path(z, theta, 0, n, b)[1]), 1, "projection forgotten"),
    ("10.4", lambda z, theta, a, n, b: (walk(z, theta), path(z, theta, a, n, 0)[1]), 1, "branches forgotten"),
    ("10.4", lambda z, theta, a, n, b: walk(z, theta), 0, "only one answer"),
    ("10.4", lambda z, theta, a, n, b: (walk(z, theta)[-1], path(z, theta, a, n, b)[1]), 1, "leaf only"),
    ("10.4", lambda z, theta, a, n, b: path(z, theta, a, n, b)[::-1], 0, None),
    # 10.5: one point each for small trees, equal scores and the digits
    ("10.5", classifier(project=lambda x, Z, b, s: (Z[:, 1:] @ x + half(s)) >> s), 0, "bias forgotten"),
    ("10.5", classifier(project=lambda x, Z, b, s: np.array(sums(x, Z, b)) >> s), 0, "rounded down"),
    ("10.5", classifier(walk=lambda z, theta: range(2 * len(theta) + 1)), 0, "all nodes added up"),
    ("10.5", classifier(walk=lambda z, theta: walk(z, theta)[-1:]), 0, "leaf only"),
    ("10.5", classifier(walk=lambda z, theta: walk(z, theta)[:-1]), 0, "leaf left out"),
    ("10.5", classifier(walk=lambda z, theta: [0]), 0, "root only"),
    ("10.5", classifier(walk=lambda z, theta: walk(z, theta)[1:]), 0, "root left out"),
    ("10.5", classifier(walk=lambda z, theta: walk(z, theta, turned)), 0, "children swapped"),
    ("10.5", classifier(walk=lambda z, theta: walk(z, theta, lambda *n: 2 * n[0] + (2 if n[1] @ z > 0 else 1))), 0,
     "children swapped"),
    ("10.5", classifier(walk=lambda z, theta: walk(z, theta, left_at_zero)), 2, "zero goes left"),
    ("10.5", classifier(scores=lambda z, W, V, one, s: (W @ z) * (V @ z) >> s), 0, "hard tanh forgotten"),
    ("10.5", classifier(scores=lambda z, W, V, one, s: node_scores(z, V, W, one, s)), 0, "tanh of the wrong factor"),
    ("10.5", classifier(choose=lambda total: total.argsort(kind="stable")[-1]), 2, "last of equals"),
    ("10.5", classifier(choose=lambda total: max((score, c) for c, score in enumerate(total))[1]), 2,
     "last of equals"),
    ("10.5", classifier(choose=max), 0, "score for class"),
    ("10.5", classifier(choose=np.argmin), 0, "smallest score"),
    ("10.5", classifier(choose=list), 0, "scores for class"),
    ("10.5", first_only, 0, "first image only"),
    ("10.5", label_pairs, 0, None),
]  # fmt: skip


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(("objective", "mutant", "points", "name"), MUTANTS)
def test_a_typical_wrong_answer_earns_what_is_right_in_it_and_is_named(objective, mutant, points, name, seed):
    result = judge(objective, mutant, seed)
    assert (result.points, result.misconception) == (points, name)


def test_every_exercise_has_at_least_five_mutants():
    objectives = [objective for objective, *_ in MUTANTS]
    assert all(objectives.count(objective) >= 5 for objective in set(objectives))
    assert set(objectives) == {"10.1", "10.2", "10.3", "10.4", "10.5"}  # and 10.6, below


def test_partial_credit_says_what_is_right():
    result = judge("10.3", lambda z, W, V, one, s: (W @ z) * (V @ z) >> s)
    assert (result.status, result.points, result.possible) == ("partly", 2, 3)
    assert "right: the product, the shift · for z=" in result.message
    assert result.message.endswith("The hard tanh is missing: V z is used as it is, however large.")


PLAIN = [
    ("10.1", lambda x, Z, b, s: [(value + half(s)) // 2**s for value in sums(x, Z, b)]),
    ("10.1", lambda x, Z, b, s: tuple(math.floor(value / 2**s + (0.5 if s else 0)) for value in sums(x, Z, b))),
    ("10.2", lambda k, theta, z: 2 * k + 2 - int(sum(int(a) * int(b) for a, b in zip(theta, z, strict=True)) > 0)),
    ("10.3", lambda z, W, V, one, s: [int(a) * gate(int(b), one) // 2**s for a, b in zip(W @ z, V @ z, strict=True)]),
    ("10.4", lambda z, theta, a, n, b: (np.array(walk(z, theta)), path(z, theta, a, n, b)[1])),
    ("10.5", lambda images, model: np.array(classifier()(images, model))),
]


@pytest.mark.parametrize(("objective", "function"), PLAIN)
def test_other_ways_to_write_it_earn_all_points(objective, function):
    assert judge(objective, function).passed


def test_the_solutions_are_the_library_on_all_test_images(digits):
    names = ("Z", "bias_input", "z_shift", "theta", "W", "V", "one", "score_shift")
    model = tuple(digits_bonsai().tensors[name].values.astype(int) for name in names)
    classes = solution("10.5")(digits.x_test, model)
    assert classes == digits_bonsai().classify(digits.x_test).tolist()


def test_hidden_trees_have_depth_1_to_3_and_ties_are_ties():
    for seed in range(3):
        parts = sheet("10.5", seed).parts
        questions = sheet("10.5", seed).questions
        depths = [len(questions[number][1][4].items).bit_length() - 1 for number in parts[0].questions]
        assert depths == [1, 2, 3, 1]
        expected = [sheet("10.5", seed).expected[number] for number in parts[1].questions]
        assert all(len(answers) == 4 for answers in expected)


IN_C = solution("10.6")()
C_MUTANTS = {
    "product of 16 bits": (("(int32_t)wz", "wz"), 0),
    "weights without sign": (("(int8_t)pgm", "pgm"), 0),
    "hard tanh forgotten": (("gate > ONE ? ONE : gate < -ONE ? -ONE : gate", "gate"), 0),
    "one limit only": (("gate < -ONE ? -ONE : gate", "gate"), 0),
    "sums of 8 bits": (("int16_t wz = 0, gate", "int8_t wz = 0, gate"), 0),
    "rounded towards zero": ((">> SHIFT", "/ (1 << SHIFT)"), 0),
    "not shifted": ((">> SHIFT", ""), 0),
}


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(("name", "mutant"), C_MUTANTS.items())
def test_a_typical_wrong_node_in_c_is_named(any_toolchain, name, mutant, seed):
    change, points = mutant
    assert change[0] in IN_C
    result = judge("10.6", lambda: IN_C.replace(*change), seed)
    assert (result.points, result.misconception) == (points, name)


@pytest.mark.parametrize(
    ("change", "points", "message"),
    [
        (("int16_t wz = 0, gate = 0", "float wz = 0, gate = 0"), [2, 0, 0], "at most 1,000 cycles, measured"),
        (("(int8_t)pgm_read_byte(&w[i])", "w[i]"), [0, 0, 0], "another integer"),
        (("wz += ", "wz += missing"), [0, 0, 0], "CompileError: line 4: "),
        (("int16_t node_score", "int16_t other"), [0, 0, 0], "CompileError"),
        (("return (int32_t)wz * gate >> SHIFT", "return 0"), [0, 0, 0], "another integer"),
    ],
)
def test_other_wrong_nodes_in_c(any_toolchain, change, points, message):
    wrong = IN_C.replace(*change).replace("return (int32_t)wz * gate", "return (int32_t)(wz * gate)")
    result = judge("10.6", lambda: wrong)
    assert [part.points for part in result.parts] == points
    assert message in result.message


@pytest.mark.parametrize("level", ["avr-gcc", "pypi"])
def test_budgets_leave_room_for_other_compilers(level):
    finding = look(level)
    if finding.toolchain is None:
        pytest.skip(f"needs the toolchain {level}: {finding.problem}")
    compiler = finding.toolchain

    def compile_program(text):
        build = compiler.build(Sketch("task", {"task_main.c": text}, BYTE, BYTE, 1, 1, 0, 255))
        return Program(build.hex, build.flash_bytes, build.sram_static_bytes, build.sram_static_end)

    own = sheet("10.6")
    measured = answered(own.board, [IN_C], own.expected[0], compile_program)
    assert measured["cycles"] <= 0.7 * 1000
    assert measured["flash_bytes"] <= 0.75 * 220
