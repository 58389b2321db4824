"""More training images from few: small random turns, shifts, stretches and slants."""

from __future__ import annotations

import numpy as np

from tinyml_course.graph import Array

#: Rows and columns of zeros around an image, so that moved pixels can leave it.
MARGIN = 2


def affine_copies(
    images: Array,
    image_shape: tuple[int, int],
    rng: np.random.Generator,
    *,
    shift: float = 0.5,
    rotate_degrees: float = 10.0,
    scale: float = 0.1,
    shear: float = 0.12,
) -> Array:
    """Return one randomly moved copy of every image.

    Each image is sampled on a grid that is turned, stretched, slanted and shifted by amounts drawn
    uniformly between plus and minus the given ones; between pixels, bilinear interpolation.

    Parameters
    ----------
    images : ndarray of shape (n, height * width)
        Pixels, row by row; what lies outside an image counts as zero.
    image_shape : (int, int)
        Height and width.
    rng : numpy.random.Generator
        Source of the random moves.
    shift : float
        In pixels.
    rotate_degrees : float
        In degrees.
    scale, shear : float
        As fractions.

    Returns
    -------
    ndarray of float32, same shape as images
    """
    height, width = image_shape
    n = len(images)
    angle = np.deg2rad(rng.uniform(-rotate_degrees, rotate_degrees, n))
    stretch_y, stretch_x = 1 + rng.uniform(-scale, scale, (2, n))
    slant = rng.uniform(-shear, shear, n)
    moves = np.empty((n, 2, 2))
    moves[:, 0, 0], moves[:, 0, 1] = stretch_y * np.cos(angle), -np.sin(angle) + slant
    moves[:, 1, 0], moves[:, 1, 1] = np.sin(angle), stretch_x * np.cos(angle)

    centre = (np.array([height, width]) - 1) / 2
    grid = np.stack(np.meshgrid(np.arange(height), np.arange(width), indexing="ij"), axis=-1).reshape(-1, 2) - centre
    places = np.einsum("nij,pj->npi", moves, grid) + centre + rng.uniform(-shift, shift, (n, 1, 2))
    return _sample(images.reshape(n, height, width), places).astype(np.float32)


def _sample(images: Array, places: Array) -> Array:
    """Bilinear interpolation of images (n, h, w) at places (n, p, 2); zero outside."""
    n, height, width = images.shape
    padded = np.pad(images, ((0, 0), (MARGIN, MARGIN), (MARGIN, MARGIN)))
    top = np.array([height, width]) + 2 * MARGIN - 1
    places = np.clip(places + MARGIN, 0, top - 1e-3)
    corner = np.floor(places).astype(np.int64)
    fy, fx = np.moveaxis(places - corner, -1, 0)
    y, x = np.moveaxis(corner, -1, 0)
    row = np.arange(n)[:, None]
    upper = (1 - fx) * padded[row, y, x] + fx * padded[row, y, x + 1]
    lower = (1 - fx) * padded[row, y + 1, x] + fx * padded[row, y + 1, x + 1]
    mixed: Array = (1 - fy) * upper + fy * lower
    return mixed
