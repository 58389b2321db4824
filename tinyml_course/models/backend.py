"""Importing Keras and TensorFlow, in one place and without their chatter."""

from __future__ import annotations

import os
import sys
from typing import Any

from tinyml_course.models.silence import silence


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
    with silence():  # TensorFlow logs before its log level counts
        import keras
        import tensorflow as tf

        tf.config.list_physical_devices()  # looks for a GPU now, while nobody hears it
    return keras
