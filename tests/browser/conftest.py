"""Tests in a real JupyterLab in headless Chromium.

A test writes a notebook's cells, uses what they show with the mouse and the keyboard, and asks the kernel::

    def test_slider(open_notebook):
        page = open_notebook(["import ipywidgets", "slider = ipywidgets.IntSlider(); slider"])
        page.focus(".noUi-handle")
        page.press("ArrowRight", times=3)
        page.wait_for_kernel("slider.value == 3")
        page.keep_screenshot("slider")
        page.assert_quiet()

- ``open_notebook(cells)`` opens a new notebook, runs all cells, waits until the kernel is idle and the widgets are
  there; a cell that fails fails the test. A ``Path`` instead of cells copies that notebook; ``run=False`` only opens.
- Elements are CSS selectors, or ``Named("button", "Run")``: role and accessible name. Every action waits for its
  element, brings it into view, and refuses to click one that lies under another.
- ``click``, ``hover``, ``drag(where, dx, dy)``, ``drag_to(where, other, ...)``, ``stroke(points)``; ``focus``,
  ``tab_to`` (proves that Tab gets there), ``press("Shift+Tab")``, ``type``; ``text``, ``value``, ``attribute``,
  ``has_focus``.
- ``wait_for(javascript)`` and ``wait_for_kernel(python)`` instead of sleeping; when the time is over, the error has the
  console and a screenshot. ``evaluate(javascript)``, ``kernel(python)``, ``kernel_run(statements)`` ask at once.
- ``theme("Dark")``, ``close_tab`` and ``reopen_tab`` (the kernel goes on), ``reload``, ``restart_kernel``, ``run_all``,
  ``run_cell(cell)``, ``new_view(number)`` (a second view of an output), ``hide`` and ``show`` (a background tab),
  ``resize(width, height)``.
- ``keep_screenshot(name)`` writes ``build/screenshots/NAME.png``. A test that fails leaves ``failed-TEST.png`` there.
- End with ``assert_quiet()``: no console error, no request off the server, no cell added or removed.

Widgets in an output share the keyboard with the notebook: JupyterLab takes letters and arrow keys as its commands ("a"
adds a cell) unless a text field has the focus. So a widget's element stops them: a ``keydown`` listener on it calls
``stopPropagation()``. (``data-lm-suppress-shortcuts`` counts on the focused element only.) ``assert_quiet`` notices.

Each worker process has one server and one Chromium, and its tests use the same tab one after the other; notebooks,
kernels and what was noted are each test's own, and a test that fails takes its tab with it. Without fixtures::

    with Chromium() as browser, Lab(folder) as lab, Page(browser, lab, lab.write(cells)) as page:
        page.run_all()
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from chromium import Chromium, find_chromium
from lab_server import Lab
from notebook_page import Page

_PAGES = pytest.StashKey[list[Page]]()
_FAILED = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """A headless Chromium for all tests of this process."""
    if find_chromium() is None:
        pytest.skip("needs Chromium (Debian: apt-get install chromium)")
    with Chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A JupyterLab server for all tests of this process."""
    with Lab(tmp_path_factory.mktemp("lab")) as server:
        yield server


@pytest.fixture(scope="session")
def idle_pages() -> Iterator[list[Page]]:
    """Tabs of tests that are over: to start JupyterLab anew for each notebook takes longer than most tests."""
    pages: list[Page] = []
    yield pages
    for page in pages:
        page.__exit__()


@pytest.fixture
def open_notebook(
    request: pytest.FixtureRequest, chromium: Chromium, lab: Lab, idle_pages: list[Page]
) -> Iterator[Callable[..., Page]]:
    """Open a notebook made of cells, run it, and return its page."""
    pages = request.node.stash.setdefault(_PAGES, [])

    def open_it(cells: Sequence[str] | Path, *, run: bool = True) -> Page:
        name = lab.write(cells)
        if idle_pages:
            page = idle_pages.pop()
            page.enter(name)
        else:
            page = Page(chromium, lab, name)
        pages.append(page)
        if run:
            page.run_all()
        return page

    yield open_it
    for page in pages:
        if _FAILED in request.node.stash:
            page.__exit__()
        else:
            page.leave()
            idle_pages.append(page)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Keep a picture and the console of each page of a test that failed."""
    outcome: Any = yield
    report = outcome.get_result()
    if report.when != "call" or not report.failed:
        return
    item.stash[_FAILED] = True
    for number, page in enumerate(item.stash.get(_PAGES, [])):
        picture = page.keep_screenshot(f"failed-{item.name}{number or ''}".replace("/", "-"))
        report.sections.append((f"page: {picture}", "\n".join(page.console[-30:])))
