import re

import pytest

from tinyml_course.errors import InputError
from tinyml_course.widgets import Prediction, predict, prediction


@pytest.fixture(autouse=True)
def _nothing_asked(monkeypatch):
    monkeypatch.setattr(prediction, "_asked", {})


def hear(piece, **message):
    """Send what the page sends."""
    piece._handle_custom_msg(message, [])


@pytest.mark.parametrize(
    ("guess", "answer", "text"),
    [
        (2, 100, "You said 2 Unos, it is 100 Unos: 50 times too low, 1.7 orders of magnitude."),
        (1000, 10.8e6, "You said 1,000 Unos, it is 10.8 million Unos: 10,800 times too low, 4.0 orders of magnitude."),
        (300, 100, "You said 300 Unos, it is 100 Unos: 3 times too high."),
        (105, 100, "You said 105 Unos, it is 100 Unos: right within 10 %."),
        (1e12, 1e3, "You said 1 trillion Unos, it is 1,000 Unos: 1 billion times too high, 9.0 orders of magnitude."),
    ],
)  # fmt: skip
def test_the_reveal_says_how_far_off_a_guess_was(guess, answer, text):
    asked = Prediction("How many?", "Unos")
    asked.commit(guess)
    revealed = asked.reveal(answer, "Because.")
    assert revealed.text == text
    assert revealed.opened
    assert text in revealed.shown and "<svg" in revealed.shown and "Because." in revealed.shown


def test_a_saved_page_has_the_picture_on_white_and_the_live_one_in_its_own_colour():
    asked = Prediction("How many?", "Unos")
    asked.commit(2)
    revealed = asked.reveal(100)
    assert 'fill="white"' in revealed.still().html and 'color="#222222"' in revealed.still().html
    assert 'fill="white"' not in revealed.shown and 'color="currentColor"' in revealed.shown


def test_a_page_without_a_kernel_shows_the_answer():
    shown = predict("How many?", "Unos").reveal(10.8e6, "Units & prefixes.")._repr_mimebundle_()[0]
    assert "It is 10.8 million Unos." in shown["text/html"]
    assert "no guess" in shown["text/html"] and "no guess" in shown["text/plain"]
    assert "Units &amp; prefixes." in shown["text/html"]


def test_the_answer_waits_for_a_guess():
    asked = Prediction("How many?", "Unos")
    revealed = asked.reveal(100)
    assert not revealed.opened
    asked.commit(2)
    assert revealed.opened
    assert "50 times too low" in revealed.shown


def test_a_reader_may_skip_and_cannot_guess_afterwards():
    asked = Prediction("How many?", "Unos")
    revealed = asked.reveal(100)
    hear(revealed, skip=True)
    assert revealed.opened and "It is 100 Unos." in revealed.shown
    assert asked.skipped and "without a guess" in asked.outcome
    asked.commit(100)
    assert asked.guess is None


def test_one_of_them_is_singular():
    asked = Prediction("How many?", "codes")
    asked.commit("1")
    assert asked.outcome == "Committed: 1 code. The answer comes further down."
    assert Prediction("How many?").count(1) == "1"


def test_a_committed_guess_cannot_be_skipped():
    asked = Prediction("How many?")
    asked.commit(3)
    hear(asked.reveal(9), skip=True)
    assert not asked.skipped and asked.guess == 3


@pytest.mark.parametrize("answer", [0, -1, float("nan"), float("inf")])
def test_an_answer_that_has_no_logarithm_is_refused(answer):
    with pytest.raises(InputError, match="positive number as the answer"):
        Prediction("How many?").reveal(answer)


def test_the_first_guess_stays():
    asked = Prediction("How many?")
    asked.commit("5 thousand")
    asked.commit(7)
    assert asked.guess == 5000


def test_a_cell_that_runs_again_still_has_its_guess():
    predict("How many?", "Unos").commit(12)
    again = predict("How many?", "Unos")
    assert again.guess == 12 and "Committed: 12 Unos." in again.outcome
    assert predict("How many?", "boards").guess is None
    assert predict("How few?", "Unos").guess is None


@pytest.mark.parametrize("guess", [0, -1, float("nan"), float("inf"), "lots", "3 apples"])
def test_an_impossible_guess_is_refused_and_not_kept(guess):
    asked = Prediction("How many?")
    with pytest.raises(InputError):
        asked.commit(guess)
    assert asked.guess is None and asked.outcome == ""


def test_the_box_says_how_it_reads_what_is_typed():
    asked = Prediction("How long?", "ms")
    asked.entry = "0.5 s"
    assert asked.reading == "That is 500 ms."
    asked.entry = "5 apples"
    assert asked.reading.startswith("Expected a positive number of ms")
    asked.entry = " "
    assert asked.reading == ""
    assert asked.guess is None


def test_the_page_commits_once():
    asked = Prediction("How many?", "Unos")
    hear(asked, commit="a lot")
    assert "positive number" in asked.reading and asked.guess is None
    hear(asked, commit="5 thousand")
    hear(asked, commit="6")
    assert asked.guess == 5000
    assert asked.outcome == "Committed: 5,000 Unos. The answer comes further down."


def test_after_a_restart_the_tab_gives_the_guess_back():
    asked = Prediction("How many?", "Unos")
    revealed = asked.reveal(50)
    hear(asked, restore="5000.0")
    assert asked.guess == 5000 and asked.entry == "5,000"
    assert revealed.opened


def test_the_static_face_asks_the_question():
    asked = Prediction("How many & <why>?")
    bundle = asked._repr_mimebundle_()[0]
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "How many &amp; &lt;why&gt;?" in bundle["text/html"]
    assert "Run this cell" in bundle["text/html"]
    assert bundle["text/plain"] == "Predict. How many & <why>?"
    asked.commit(4)
    assert "Committed: 4." in asked.still().html and "Run this cell" not in asked.still().html


@pytest.mark.parametrize(("guess", "answer"), [(2, 100), (100, 100), (0.003, 9e14), (1e12, 1), (97, 103)])
def test_the_picture_has_both_numbers_inside(guess, answer):
    from tinyml_course.pictures.prediction_picture import LEFT, RIGHT, draw_guess

    drawn = draw_guess(guess, answer, "Unos", 'They "differ" & <more>.')
    ring, diamond = (
        float(re.search(r'<circle cx="([\d.]+)"', drawn)[1]),
        float(re.search(r"translate\(([\d.]+)", drawn)[1]),
    )
    assert LEFT < ring < RIGHT and LEFT < diamond < RIGHT
    assert (ring < diamond) == (guess < answer)
    assert "&quot;differ&quot; &amp; &lt;more&gt;" in drawn
    assert 4 <= drawn.count("<text") <= 13
