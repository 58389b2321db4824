"""What comes from scikit-learn and cannot be quantized, and why."""

from __future__ import annotations

import numpy as np
import pytest

import tinyml_course as tc
from tinyml_course.errors import ConversionError


def test_neighbours_are_refused_with_their_bytes(digits):
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    reason = r"1,257 samples x 64 features x {0} bytes = {1} bytes.* holds 32,256.*Supported: DecisionTreeClassifier"
    model = KNeighborsClassifier().fit(digits.x_train, digits.y_train)
    with pytest.raises(ConversionError, match=reason.format(1, "80,448")):
        tc.quantize(model, digits.x_train)
    model = make_pipeline(StandardScaler(), KNeighborsClassifier()).fit(digits.x_train, digits.y_train)
    with pytest.raises(ConversionError, match=reason.format(4, "321,792")):
        tc.quantize(model, digits.x_train.astype(np.float32))


def test_what_is_not_supported_is_named(digits):
    from sklearn.decomposition import PCA
    from sklearn.ensemble import GradientBoostingClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import SVC
    from sklearn.tree import DecisionTreeClassifier

    for model in (GradientBoostingClassifier(), SVC()):
        with pytest.raises(ConversionError, match=f"Cannot quantize a {type(model).__name__}. Supported: Dec"):
            tc.quantize(model, digits.x_train)
    with pytest.raises(ConversionError, match="A PCA before the classifier is not supported"):
        tc.quantize(make_pipeline(PCA(), DecisionTreeClassifier()), digits.x_train)


def test_untrained_models_and_wrong_options(digits):
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.tree import DecisionTreeClassifier

    with pytest.raises(ConversionError, match="This LogisticRegression is not trained yet"):
        tc.quantize(LogisticRegression(), digits.x_train)
    with pytest.raises(ConversionError, match="a LogisticRegression does not vote"):
        tc.quantize(LogisticRegression(), digits.x_train, vote="hard")
    with pytest.raises(ConversionError, match="vote='loud' does not exist"):
        tc.quantize(RandomForestClassifier(), digits.x_train, vote="loud")
    with pytest.raises(ConversionError, match="mode='float16' does not exist"):
        tc.quantize(RandomForestClassifier(), digits.x_train, mode="float16")
    two = DecisionTreeClassifier().fit(digits.x_train, np.stack([digits.y_train, digits.y_train > 4], axis=1))
    with pytest.raises(ConversionError, match="several answers"):
        tc.quantize(two, digits.x_train)
    many = DecisionTreeClassifier().fit(digits.x_train[:700], np.arange(700) % 300)
    with pytest.raises(ConversionError, match="300 classes; at most 256"):
        tc.quantize(many, digits.x_train)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: x.astype(np.float64), "float64 cannot be the input"),
        (lambda x: x[:, :60], "trained on 64 features"),
        (lambda x: x[:0], "n >= 1"),
        (lambda x: np.where(x == 3, np.nan, x).astype(np.float32), "NaN"),
    ],
)
def test_bad_representative_data(digits, change, message):
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(max_depth=2).fit(digits.x_train, digits.y_train)
    with pytest.raises(ConversionError, match=message):
        tc.quantize(tree, change(digits.x_train))


def test_nan_is_no_input(digits):
    from sklearn.tree import DecisionTreeClassifier

    x = digits.x_train.astype(np.float32)
    graph = tc.quantize(DecisionTreeClassifier(max_depth=2).fit(x, digits.y_train), x)
    with pytest.raises(tc.TinyMLError, match="NaN"):
        graph.classify(np.full((1, 64), np.nan, np.float32))
