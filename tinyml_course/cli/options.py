"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

#: A model in integers.
model_argument = click.argument("file", type=click.Path(path_type=Path))

_DATA_HELP = "Samples as the sensor gives them: .npy (one array), .npz (arrays x and y) or .csv (one sample a line)."
_FILE = click.Path(path_type=Path)

data_option = click.option("-d", "--data", required=True, type=_FILE, metavar="FILE", help=_DATA_HELP)

optional_data_option = click.option("-d", "--data", type=_FILE, metavar="FILE", help=_DATA_HELP)

labels_option = click.option(
    "--labels",
    type=_FILE,
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

optimize_option = click.option(
    "--optimize",
    default="size",
    show_default=True,
    type=click.Choice(["size", "speed"]),
    help="What the sketch of FILE is written for.",
)

encode_option = click.option(
    "--encode", is_flag=True, help="The samples are real numbers: encode them as the model's input does."
)
