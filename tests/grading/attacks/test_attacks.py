"""Every attack against the real sandbox: its honest part counts, nothing else does, and nothing is left behind."""

import time

import pytest
from attacked import (
    HIDDEN,
    SECRET,
    SECRET_NAME,
    Outside,
    grade,
    hand_in,
    needs_walls,
    notebook,
    processes_of,
    sandbox_users,
)
from more_notebooks import HONEST_CODES, MORE_ATTACKS

from notebooks import ATTACKS, HONEST, HONEST_SCALE
from tinyml_course.grading.grade import Graded

#: Beyond the limits: a start on a busy computer, and the time until a supervisor that was stopped is given up.
SLACK_SECONDS = 60.0


@pytest.fixture
def outside(tmp_path_factory, monkeypatch):
    """The world outside of the sandbox, as it should stay."""
    monkeypatch.setenv(SECRET_NAME, SECRET)
    temporary = tmp_path_factory.mktemp("t")  # of this test alone: others may be running
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    world = Outside(tmp_path_factory.mktemp("o"), temporary)
    yield world
    world.close()


@needs_walls
@pytest.mark.parametrize("attack", [*ATTACKS, *MORE_ATTACKS], ids=lambda attack: attack.name)
def test_an_attack_gains_nothing_and_leaves_nothing(attack, outside, tmp_path):
    cells = [outside.fill(cell) for cell in attack.cells]
    submission = hand_in(tmp_path, "mallory", notebook(*cells))
    start = time.monotonic()
    graded = grade(submission, seconds=attack.seconds, memory_bytes=attack.memory_bytes)
    seconds = time.monotonic() - start
    text = graded.to_text()
    honest = 2 * (HONEST in cells) + 3 * (HONEST_SCALE in cells) + 4 * (HONEST_CODES in cells)
    if attack.points is None:  # it may destroy answers of its own
        assert graded.points <= honest, text
    else:
        assert graded.points == attack.points <= honest, text
    assert attack.told in text
    assert SECRET not in text
    assert not [number for number in HIDDEN if number in text.replace(",", "")]
    assert Graded.from_text(text) == graded
    assert text.encode()
    assert processes_of(*sandbox_users()) == []
    assert outside.connections() == []
    assert outside.files() == outside.before
    assert seconds < attack.seconds + 3 * 1.5 + SLACK_SECONDS


def test_there_are_enough_attacks_with_names_of_their_own():
    names = [attack.name for attack in [*ATTACKS, *MORE_ATTACKS]]
    assert len(names) == len(set(names)) >= 150


@needs_walls
def test_the_next_student_is_graded_as_if_nothing_had_happened(tmp_path):
    ada = hand_in(tmp_path, "ada", notebook(HONEST, HONEST_SCALE, "def codes(x):\n    return x % 200 - 100"))
    mallory = hand_in(tmp_path, "mallory", notebook(HONEST, "import os\nos.kill(-1, 9)"))
    assert [grade(one).points for one in (mallory, ada)][1] == 9
