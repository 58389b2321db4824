"""Feedback on its way back: one .zip file that Moodle or Canvas takes and deals out to its students."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

from tinyml_course.grading.gradebook import Gradebook

#: Systems whose form of .zip file is known.
SYSTEMS = ("moodle", "canvas")
_EPOCH = (1980, 1, 1, 0, 0, 0)  # a .zip file's oldest date: the same pages give the same bytes


def hand_back(book: Gradebook, system: str, page: Callable[[str], str]) -> bytes | None:
    """Pack the feedback of all students whom a system knows.

    Moodle takes it under "Upload multiple feedback files in a zip", Canvas under "Re-Upload Submissions".

    Parameters
    ----------
    book : Gradebook
        The class.
    system : {"moodle", "canvas"}
        Whose form it takes.
    page : callable
        A student to the page, as HTML.

    Returns
    -------
    bytes or None
        None where the system knows nobody.
    """
    known = [(student, one) for student in book.rows if (one := book.known_by(student)) and one.system == system]
    if not known:
        return None
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for student, one in known:
            member = zipfile.ZipInfo(one.answer, _EPOCH)
            member.compress_type, member.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(member, page(student))
    return packed.getvalue()
