"""Importing Keras and TensorFlow, in one place and without their chatter."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def _silent_stderr() -> Iterator[None]:
    """Send what C++ code writes to standard error nowhere; TensorFlow logs before its log level counts."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def import_keras() -> Any:
    """Import Keras 3 on TensorFlow, quietly; about four seconds the first time.

    The start-up log and the notice about optional CPU instructions tell a learner nothing. What goes
    wrong still does so as an exception.
    """
    if "tensorflow" in sys.modules:
        import keras

        return keras
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    with _silent_stderr(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import keras
        import tensorflow as tf

        tf.config.list_physical_devices()  # looks for a GPU now, while nobody hears it
    return keras
