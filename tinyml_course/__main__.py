"""``python -m tinyml_course`` is ``tinyml``."""

from tinyml_course.cli import main

main()
