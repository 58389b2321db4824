"""A trained scikit-learn classifier to a graph of integers.

scikit-learn is never imported here: an estimator is recognised by the name and the module of its class.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from tinyml_course.boards import get_board
from tinyml_course.convert.bonsai import contract_of
from tinyml_course.errors import ConversionError
from tinyml_course.graph import Array, Graph, InputContract

#: Each supported class, and the function that converts it: ``"module:function"`` below ``tinyml_course.convert``.
CONVERTERS = {
    "DecisionTreeClassifier": "sklearn_trees:convert_trees",
    "RandomForestClassifier": "sklearn_trees:convert_trees",
    "ExtraTreesClassifier": "sklearn_trees:convert_trees",
    "LogisticRegression": "sklearn_linear:convert_linear",
    "LinearSVC": "sklearn_linear:convert_linear",
    "SGDClassifier": "sklearn_linear:convert_linear",
    "Perceptron": "sklearn_linear:convert_linear",
    "RidgeClassifier": "sklearn_linear:convert_linear",
    "LinearDiscriminantAnalysis": "sklearn_linear:convert_linear",
    "MLPClassifier": "sklearn_mlp:convert_mlp",
}
#: Per-feature scalers that may stand before an estimator in a pipeline.
SCALERS = ("StandardScaler", "MinMaxScaler", "MaxAbsScaler", "RobustScaler")
#: Classes that vote, one vote for each tree.
FORESTS = ("RandomForestClassifier", "ExtraTreesClassifier", "DecisionTreeClassifier")
#: ``NAME_classify`` returns the index of a class as one byte.
MOST_CLASSES = 256


@dataclass(frozen=True)
class Trained:
    """A fitted estimator with the scalers before it.

    Parameters
    ----------
    estimator : object
        The classifier itself, the last step of a pipeline.
    scalers : tuple
        Fitted scalers, in the order in which they are applied.
    model : object
        What was passed to ``quantize``: the pipeline, or the estimator.
    contract : InputContract
        Of the raw values.
    """

    estimator: Any
    scalers: tuple[Any, ...]
    model: Any
    contract: InputContract

    @property
    def labels(self) -> tuple[Any, ...]:
        """The sorted training labels."""
        return tuple(np.asarray(self.estimator.classes_).tolist())

    def scale(self, x: Array) -> Array:
        """Apply the scalers to raw values of shape (n, features), as the pipeline does."""
        with warnings.catch_warnings():  # about names of columns, which arrays lack
            warnings.simplefilter("ignore", UserWarning)
            for scaler in self.scalers:
                x = scaler.transform(x)
        return x

    def class_indices(self, x: Array) -> Array:
        """Return scikit-learn's own answers as indices into :attr:`labels`, shape (n,)."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            answers = self.model.predict(x.reshape(len(x), -1))
        found: Array = np.searchsorted(self.estimator.classes_, answers)
        return found


def is_sklearn(model: Any) -> bool:
    """Tell whether an object's class comes from scikit-learn, without importing it."""
    return any(cls.__module__.partition(".")[0] == "sklearn" for cls in type(model).__mro__)


def sklearn_names(model: Any) -> list[str]:
    """Names of the scikit-learn classes that an object is an instance of, its own first."""
    return [cls.__name__ for cls in type(model).__mro__ if cls.__module__.partition(".")[0] == "sklearn"]


def convert_sklearn(model: Any, representative: Array, vote: str = "soft") -> Graph:
    """Turn a trained scikit-learn classifier, or a pipeline of scalers and one, into integers.

    Parameters
    ----------
    model : sklearn estimator
        See :data:`CONVERTERS` and :data:`SCALERS` for what is supported.
    representative : ndarray of shape (n, ...)
        Raw data; its dtype, shape and range become the input contract.
    vote : str, default "soft"
        How a forest votes. ``"soft"``: the mean of the trees' class probabilities, as scikit-learn does.
        ``"hard"``: each tree has one vote.

    Raises
    ------
    ConversionError
        For what is not supported, not trained, or does not match the representative data.
    """
    scalers, estimator = _take_apart(model)
    convert = _converter(estimator, np.asarray(representative))
    name = type(estimator).__name__
    if vote not in {"soft", "hard"}:
        raise ConversionError(f'vote={vote!r} does not exist. Use "soft" or "hard".')
    if vote == "hard" and not set(FORESTS) & set(sklearn_names(estimator)):
        raise ConversionError(f'vote="hard" is for forests; a {name} does not vote. Leave it out.')
    if not hasattr(estimator, "classes_"):
        raise ConversionError(f"This {name} is not trained yet. Call fit(x, y) first.")
    if isinstance(estimator.classes_, list) or np.ndim(estimator.classes_) != 1:
        raise ConversionError(f"This {name} gives several answers for one sample; train one model for each.")
    if len(estimator.classes_) > MOST_CLASSES:
        raise ConversionError(f"This {name} knows {len(estimator.classes_)} classes; at most {MOST_CLASSES} fit.")
    contract = contract_of(representative)
    features = getattr(model, "n_features_in_", contract.size)
    if contract.size != features:
        raise ConversionError(
            f"The model was trained on {features} features; the representative data has {contract.size}."
        )
    return convert(Trained(estimator, scalers, model, contract), np.asarray(representative), vote)


def _take_apart(model: Any) -> tuple[tuple[Any, ...], Any]:
    """Return the scalers and the classifier of a pipeline; an estimator alone has no scalers."""
    if "Pipeline" not in sklearn_names(model):
        return (), model
    *before, (_, estimator) = model.steps
    scalers = [step for _, step in before if step is not None and step != "passthrough"]
    for step in scalers:
        if not set(SCALERS) & set(sklearn_names(step)):
            raise ConversionError(
                f"A {type(step).__name__} before the classifier is not supported. "
                f"Supported in a pipeline: {', '.join(SCALERS)}; do other steps before the data reach the model."
            )
    deeper, estimator = _take_apart(estimator)
    return (*scalers, *deeper), estimator


Convert = Callable[[Trained, Array, str], Graph]


def _converter(estimator: Any, representative: Array) -> Convert:
    """Find the converter of an estimator; refuse what has none."""
    names = sklearn_names(estimator)
    for name in names:
        if name in CONVERTERS:
            module, function = CONVERTERS[name].split(":")
            found: Convert = getattr(import_module(f"tinyml_course.convert.{module}"), function)
            return found
    supported = f"Supported: {', '.join(CONVERTERS)}, and pipelines of {', '.join(SCALERS)} with one of them."
    if "KNeighborsClassifier" in names and hasattr(estimator, "n_samples_fit_"):
        samples, features = estimator.n_samples_fit_, estimator.n_features_in_
        each = representative.dtype.itemsize
        uno = get_board("uno")
        raise ConversionError(
            f"A KNeighborsClassifier keeps all of its training data and searches it for every answer: {samples:,} "
            f"samples x {features} features x {each} bytes = {samples * features * each:,} bytes, besides the labels; "
            f"the flash of an {uno.name} holds {uno.flash_bytes:,}. Train a model that learns instead. {supported}"
        )
    raise ConversionError(f"Cannot quantize a {type(estimator).__name__}. {supported}")
