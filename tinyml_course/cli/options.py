"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

#: A model in integers.
model_argument = click.argument("file", type=click.Path(path_type=Path))

data_option = click.option(
    "-d",
    "--data",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Samples as the sensor gives them: .npy (one array), .npz (arrays x and y) or .csv (one sample a line).",
)

labels_option = click.option(
    "--labels",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="One label for each sample: .npy, .npz or .csv. Without it, those in the data file, if any.",
)

rounding_option = click.option(
    "--rounding",
    default="tflm",
    show_default=True,
    type=click.Choice(["tflm", "litert"]),
    help="How a .tflite model rounds: as TFLite Micro or as LiteRT on a computer.",
)
