"""A notebook in JupyterLab in Chromium, with its kernel."""

from __future__ import annotations

import json
import time
from typing import Any

from chromium import Chromium
from gestures import Gestures
from lab_server import Kernel, Lab

_CURRENT = "jupyterapp.shell.currentWidget"
_IDLE = f"{_CURRENT}.sessionContext.session.kernel.status === 'idle'"
_CELLS = f"[...{_CURRENT}.content.widgets]"
_OUTPUTS = f"{_CELLS}.flatMap(cell => cell.model.toJSON().outputs || [])"
_FAILED = f"{_OUTPUTS}.filter(one => one.output_type === 'error').map(one => one.ename + ': ' + one.evalue)"
_EVERY_OUTPUT = "[...document.querySelectorAll('.jp-OutputArea-output')]"
_WIDGETS_SHOWN = f"!{_EVERY_OUTPUT}.some(output => output.textContent === 'Loading widget...')"


class Page(Gestures):
    """JupyterLab in a tab, with one notebook at a time. The fixture ``open_notebook`` makes and reuses them.

    Parameters
    ----------
    chromium : Chromium
        The browser.
    lab : Lab
        The server.
    name : str
        A notebook that :meth:`Lab.write` wrote.
    """

    def __init__(self, chromium: Chromium, lab: Lab, name: str) -> None:
        super().__init__(chromium)
        self.lab = lab
        self.name = name
        self._kernel: Kernel | None = None
        self._behind: str | None = None
        self.goto(lab.address(name))
        self.wait_for("window.jupyterapp?.started.then(() => true)")
        self._wait_for_notebook()

    def __exit__(self, *exception: object) -> None:
        self._forget()
        super().__exit__(*exception)

    def leave(self) -> None:
        """Close the notebook, stop its kernel, and make the tab ready for another one, which :meth:`enter` opens.

        Raises
        ------
        AssertionError
            If something came into the console, or a request left the server, since the last look.
        """
        self.command("docmanager:save")
        self.command("application:close-all")
        self.wait_for("!document.querySelector('.jp-NotebookPanel, .jp-LinkedOutputView')")
        self.theme("Light")
        self.resize()
        self.assert_quiet()
        self._forget()
        self.console, self.errors, self.requests = [], [], []

    def enter(self, name: str) -> None:
        """Open another notebook: quicker than in a new tab."""
        self.name = name
        self.reopen_tab()

    def _forget(self) -> None:
        if self._kernel:
            self._kernel.close()
            self._kernel = None
        if self._behind:
            self.chromium.close_target(self._behind)
            self._behind = None
        self.lab.stop_kernels(self.name)

    # --- The notebook -----------------------------------------------------------------------------

    def command(self, name: str, **arguments: object) -> None:
        """Run a command of JupyterLab and wait until it is done.

        Raises
        ------
        TimeoutError
            After two minutes, for example because it opens a dialog: choose in the menu instead.
        """
        self._do(f"jupyterapp.commands.execute({json.dumps(name)}, {json.dumps(arguments)})")

    def _do(self, promise: str) -> None:
        """Wait for something that JupyterLab does; what the promise brings need not be data."""
        late = "new Promise(done => setTimeout(() => done('late'), 110000))"
        if self.evaluate(f"Promise.race([Promise.resolve({promise}).then(() => 'done'), {late}])") == "late":
            raise TimeoutError(self.report(f"Not done after 110 s: {promise}"))

    def _wait_for_notebook(self) -> None:
        self.wait_for(f"{_CURRENT}?.context?.path === {json.dumps(self.name + '.ipynb')} && {_CURRENT}.isVisible")
        self.wait_for(f"{_CURRENT}.context.ready.then(() => {_CURRENT}.sessionContext.ready).then(() => true)")
        self.wait_for(f"{_CELLS}.length && {_CELLS}.every(cell => cell.isAttached) && {_IDLE}")
        self._cells = self.evaluate(f"{_CELLS}.length")

    def run_all(self, *, errors: bool = False) -> None:
        """Run all cells, wait until the kernel is idle and the widgets are drawn.

        Raises
        ------
        AssertionError
            If a cell fails; `errors` True allows that.
        """
        self.evaluate(f"{_CURRENT}.content.activeCellIndex = 0")
        self.command("notebook:run-all-cells")
        self.wait_for(_IDLE, 120)
        failed = self.evaluate(_FAILED)
        assert errors or not failed, self.report(f"A cell failed: {failed}")
        self.wait_for(_WIDGETS_SHOWN)

    def run_cell(self, cell: int | str) -> None:
        """Run one cell and wait: its number, 0 for the first, or its id, such as ``"12-train"``.

        Raises
        ------
        AssertionError
            If a cell fails, this one or one that ran before.
        """
        number = cell if isinstance(cell, int) else f"{_CELLS}.findIndex(one => one.model.id === {json.dumps(cell)})"
        assert self.evaluate(f"{_CURRENT}.content.activeCellIndex = {number}") >= 0, f"There is no cell {cell!r}."
        self.command("notebook:run-cell")
        self.wait_for(_IDLE, 120)
        failed = self.evaluate(_FAILED)
        assert not failed, self.report(f"A cell failed: {failed}")
        self.wait_for(_WIDGETS_SHOWN)

    def restart_kernel(self) -> None:
        """Restart the kernel, as the menu does after its question."""
        if self._kernel:
            self._kernel.close()
            self._kernel = None
        self._do(f"{_CURRENT}.sessionContext.restartKernel()")
        self.wait_for(_IDLE)

    def close_tab(self) -> None:
        """Save the notebook and close its tab in JupyterLab; the kernel goes on."""
        self.command("docmanager:save")
        self.command("application:close")
        self.wait_for("!document.querySelector('.jp-NotebookPanel')")

    def reopen_tab(self) -> None:
        """Open the notebook again; it finds its kernel and its widgets."""
        self.command("docmanager:open", path=f"{self.name}.ipynb")
        self._wait_for_notebook()
        self.wait_for(_WIDGETS_SHOWN)

    def reload(self) -> None:
        """Save the notebook and load the whole page anew, as with the browser's own button."""
        self.command("docmanager:save")
        self.send("Page.reload")
        self.wait_for("window.jupyterapp?.started.then(() => true)")
        self._wait_for_notebook()
        self.wait_for(_WIDGETS_SHOWN)

    def new_view(self, number: int) -> None:
        """Choose "Create New View for Cell Output" for a cell; the view is ``.jp-LinkedOutputView``."""
        self.evaluate(f"{_CURRENT}.content.activeCellIndex = {number}")
        self.command("notebook:create-output-view")
        self.wait_for("document.querySelector('.jp-LinkedOutputView .jp-OutputArea-output')")
        self.wait_for(_WIDGETS_SHOWN)

    def theme(self, name: str) -> None:
        """Switch to JupyterLab's theme ``"Dark"`` or ``"Light"``."""
        self.command("apputils:change-theme", theme=f"JupyterLab {name}")
        self.wait_for(f"document.body.dataset.jpThemeLight === '{str(name == 'Light').lower()}'")

    # --- The kernel -------------------------------------------------------------------------------

    def kernel(self, expression: str) -> Any:
        """Value of a Python expression in the notebook's kernel, through JSON; arrays become lists."""
        return self._line().run(expression=expression)

    def kernel_run(self, code: str) -> None:
        """Run Python statements in the notebook's kernel; the notebook does not change."""
        self._line().run(code)

    def wait_for_kernel(self, expression: str, seconds: float = 30) -> None:
        """Wait until a Python expression in the kernel is true: a widget's message takes a moment.

        Raises
        ------
        TimeoutError
            With the console and the path of a screenshot.
        """
        deadline = time.monotonic() + seconds
        while not self.kernel(f"bool({expression})"):
            if time.monotonic() > deadline:
                raise TimeoutError(self.report(f"Not true in the kernel after {seconds} s: {expression}"))
            self.evaluate("new Promise(done => setTimeout(done, 50))")

    def _line(self) -> Kernel:
        if self._kernel is None:
            self._kernel = Kernel(self.lab, self.name)
        return self._kernel

    # --- The page ---------------------------------------------------------------------------------

    def hide(self) -> None:
        """Bring another tab of the same window to the front: the page is hidden, its timers are slow."""
        self.send("Emulation.setFocusEmulationEnabled", enabled=False)
        self.chromium.activate(self.target)
        self._behind = self._behind or self.chromium.new_target(window=False)
        self.chromium.activate(self._behind)
        self.wait_for("document.visibilityState === 'hidden'")

    def show(self) -> None:
        """Bring the page back to the front."""
        self.chromium.activate(self.target)
        self.send("Emulation.setFocusEmulationEnabled", enabled=True)
        self.wait_for("document.visibilityState === 'visible'")

    def assert_quiet(self, origin: str | None = None) -> None:
        """No error in the console, no request off the server, and no key has changed the notebook's cells."""
        super().assert_quiet(origin or self.lab.origin)
        cells = self.evaluate(f"{_CURRENT}?.content?.widgets ? {_CELLS}.length : {self._cells}")
        assert cells == self._cells, f"The notebook had {self._cells} cells and has {cells}: keys have reached it."
