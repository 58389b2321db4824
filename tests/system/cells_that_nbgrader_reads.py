"""A program for nbgrader's environment: validates notebooks, and prints as JSON which cells nbgrader grades in each."""

import json
import sys

from jsonschema import ValidationError
from nbgrader import nbgraderformat, utils


def graded_cells(path):
    """Name, points and lock of each graded cell; what is wrong where nbgrader refuses the notebook."""
    try:
        notebook = nbgraderformat.read(path, as_version=4)
    except ValidationError as error:
        return error.message
    marks = [cell.metadata.nbgrader for cell in notebook.cells if utils.is_grade(cell)]
    return [{"name": mark.grade_id, "points": mark.points, "locked": mark.locked} for mark in marks]


if __name__ == "__main__":
    print(json.dumps({path: graded_cells(path) for path in sys.argv[1:]}))
