import pytest

from tinyml_course.errors import InputError
from tinyml_course.widgets import Prediction, predict
from tinyml_course.widgets.prediction import read_number


@pytest.mark.parametrize(
    ("text", "number"),
    [("5000", 5000), ("5,000", 5000), ("5_000", 5000), ("5e3", 5000), ("5 thousand", 5000), (" 5k ", 5000),
     ("1.5 million", 1.5e6), ("2 M", 2e6), ("0.25", 0.25), ("3 BILLION", 3e9), ("1e-3", 0.001)],
)  # fmt: skip
def test_numbers_are_read_as_people_type_them(text, number):
    assert read_number(text) == pytest.approx(number)


@pytest.mark.parametrize("text", ["", "many", "-5", "0", "5 apples", "1e999", "1.2.3", "five", "1/2"])
def test_what_is_no_positive_number_is_refused(text):
    with pytest.raises(InputError, match="positive number"):
        read_number(text)


@pytest.mark.parametrize(
    ("guess", "answer", "text"),
    [
        (2, 100, "You said 2 Unos. It is 100 Unos. You were 50 times too low, 1.7 orders of magnitude."),
        (1000, 10.8e6, "You said 1,000 Unos. It is 10.8 million Unos. You were 10,800 times too low, "
                       "4.0 orders of magnitude."),
        (300, 100, "You said 300 Unos. It is 100 Unos. You were 3 times too high."),
        (105, 100, "You said 105 Unos. It is 100 Unos. You were right within 10 %."),
        (1e12, 1e3, "You said 1 trillion Unos. It is 1,000 Unos. You were 1 billion times too high, "
                    "9.0 orders of magnitude."),
    ],
)  # fmt: skip
def test_the_reveal_says_how_far_off_a_guess_was(guess, answer, text):
    prediction = Prediction("How many?", "Unos")
    prediction.commit(guess)
    assert prediction.reveal(answer, "Because.").text == text


def test_the_reveal_carries_the_idea_without_a_guess():
    shown = predict("How many?", "Unos").reveal(10.8e6, "Units & prefixes.")._repr_mimebundle_()
    assert "It is 10.8 million Unos." in shown["text/html"]
    assert "no guess" in shown["text/html"]
    assert "Units &amp; prefixes." in shown["text/html"]


def test_the_first_guess_stays():
    prediction = Prediction("How many?")
    prediction.commit("5 thousand")
    prediction.commit(7)
    assert prediction.guess == 5000


@pytest.mark.parametrize("guess", [0, -1, float("nan"), float("inf"), "lots"])
def test_an_impossible_guess_is_refused_and_not_kept(guess):
    prediction = Prediction("How many?")
    with pytest.raises(InputError):
        prediction.commit(guess)
    assert prediction.guess is None


def _parts(prediction):
    box = prediction._box()
    question, row, answer = box.children
    entry, button = row.children
    return question, entry, button, answer


def test_the_box_commits_once_and_locks():
    prediction = Prediction("How many <b>?", "Unos")
    question, entry, button, answer = _parts(prediction)
    assert "&lt;b&gt;" in question.value
    entry.value = "5 thousand"
    button.click()
    assert prediction.guess == 5000
    assert entry.disabled and button.disabled
    assert "Committed: 5,000 Unos" in answer.value


def test_the_box_says_what_is_wrong_and_stays_open():
    prediction = Prediction("How many?")
    _, entry, button, answer = _parts(prediction)
    entry.value = "a <lot>"
    button.click()
    assert "positive number" in answer.value and "&lt;lot&gt;" in answer.value
    assert not entry.disabled
    assert prediction.guess is None


def test_a_second_view_shows_the_committed_guess():
    prediction = Prediction("How many?")
    prediction.commit(12)
    _, entry, button, _ = _parts(prediction)
    assert entry.disabled and button.disabled
    assert entry.value == "12.0"


def test_what_stands_beside_the_widget_asks_the_question():
    bundle = Prediction("How many & why?")._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "How many &amp; why?" in bundle["text/html"]
    assert bundle["text/plain"] == "Predict. How many & why?"
