"""Trained models from files: Keras and scikit-learn."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from tinyml_course.cli.reading import by_ending, read_bytes
from tinyml_course.errors import InputError

KERAS = (".keras", ".h5")
PICKLES = (".joblib", ".pkl")

#: Compiled types of scikit-learn that skops does not vouch for. They hold arrays of numbers; those of a tree
#: are indices, which are checked here.
_HOLD_NUMBERS = (
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
    "sklearn.tree._tree.Tree",
)


def read_trained(path: Path, trust_pickle: bool) -> Any:
    """Read a trained model.

    Parameters
    ----------
    path : Path
        ``.keras`` or ``.h5``; ``.skops``; with `trust_pickle` also ``.joblib`` and ``.pkl``.
    trust_pickle : bool
        Whether the person who calls vouches for the file: reading a pickle runs what its author put into it.

    Raises
    ------
    InputError
        If the file cannot be read, is damaged, or would run code that nobody vouches for.
    """

    def pickled(file: Path) -> Any:
        return _pickle(file, trust_pickle)

    readers = {**dict.fromkeys(KERAS, _keras), ".skops": _skops, **dict.fromkeys(PICKLES, pickled)}
    hint = " It holds integers already: see tinyml size --help" if path.suffix.lower() in (".tflite", ".npz") else ""
    return by_ending(path, "model", readers, hint)


def _keras(path: Path) -> Any:
    read_bytes(path, "model")  # says why if it may not be read
    from tinyml_course.models.silence import silence

    with silence():
        import keras

        try:
            # safe_mode: a Lambda layer with Python code in it is refused.
            return keras.saving.load_model(path, compile=False, safe_mode=True)
        except Exception as error:  # Keras has no common error for what it finds in a file
            reason = str(error).strip().split("\n")[0]
            raise InputError(f"Keras cannot read {path}: {reason}") from error


def _skops(path: Path) -> Any:
    content = read_bytes(path, "model")
    import skops.io

    try:
        unknown = set(skops.io.get_untrusted_types(data=content)) - set(_HOLD_NUMBERS)
        model = None if unknown else skops.io.loads(content, trusted=list(_HOLD_NUMBERS))
    except Exception as error:  # zipfile, JSON and NumPy fail in many ways on a damaged file
        raise InputError(f"{path} is no .skops file, or it is damaged: {error}.") from error
    if unknown:
        raise InputError(
            f"{path} needs types that skops does not know to be harmless: {', '.join(sorted(unknown))}. "
            "Save a plain scikit-learn estimator of a kind that tinyml quantize supports."
        )
    _check_trees(model, path)
    return model


def _check_trees(model: Any, path: Path) -> None:
    """Scikit-learn follows a tree's indices without looking: one that leads outside would crash this process."""
    last = model.steps[-1][1] if hasattr(model, "steps") else model
    members = getattr(last, "estimators_", None)
    for estimator in [last] if members is None else list(members):
        tree = getattr(estimator, "tree_", None)
        if tree is None:
            continue
        split = tree.children_left >= 0
        for children in (tree.children_left, tree.children_right):
            # A child stands behind its parent, so that every path ends.
            inside = (children > range(tree.node_count)) & (children < tree.node_count)
            if not (inside[split].all() and (children[~split] == -1).all()):
                raise InputError(f"{path} is damaged: a tree's branch leads outside the tree.")
        if ((tree.feature[split] < 0) | (tree.feature[split] >= last.n_features_in_)).any():
            raise InputError(f"{path} is damaged: a tree looks at a feature that does not exist.")


def _pickle(path: Path, trusted: bool) -> Any:
    content = read_bytes(path, "model")
    if not trusted:
        raise InputError(
            f"{path} is a pickle: reading it runs whatever program its author put into it. Save the estimator "
            "with skops.io.dump(model, 'model.skops'), which holds data only; or, if you made the file yourself "
            "or trust who did, add --trust-pickle."
        )
    import joblib

    try:
        return joblib.load(io.BytesIO(content))
    except Exception as error:  # a pickle can fail with anything
        raise InputError(f"Cannot read the model {path}: {type(error).__name__}: {error}.") from error
