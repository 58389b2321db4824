"""Importing Keras and TensorFlow, in one place and without their chatter."""

from __future__ import annotations

import os
import warnings
from types import ModuleType


def import_keras() -> ModuleType:
    """Import Keras 3 on TensorFlow, quietly; about four seconds the first time.

    The start-up log and the notice about optional CPU instructions tell a learner nothing, so the
    environment variables that silence them are set, unless the caller has set them already.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import keras
    return keras
