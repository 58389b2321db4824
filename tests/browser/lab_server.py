"""A JupyterLab server of a test's own: quiet, offline, and apart from all others on this computer."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import nbformat

from tinyml_course.authoring.lab import lab_arguments, prepare_environment

TOKEN = "token-of-a-test"
_READ = "__import__('json').dumps(({}), default=lambda value: value.tolist())"
_OWN_FOLDERS = {"JUPYTER_DATA_DIR": "data", "JUPYTER_RUNTIME_DIR": "runtime", "IPYTHONDIR": "ipython"}


class KernelError(Exception):
    """Code in a kernel failed; the message has its name and its text."""


class Lab:
    """The server; a context manager.

    Parameters
    ----------
    home : pathlib.Path
        An empty folder: notebooks go to ``home/notebooks``, settings and logs lie beside it.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.folder = home / "notebooks"
        self.folder.mkdir(parents=True)
        own = {name: str(home / folder) for name, folder in _OWN_FOLDERS.items()}
        arguments = lab_arguments(self.folder, port=0, token=TOKEN, browser=False)
        command = [sys.executable, "-m", "jupyterlab", *arguments]
        settings = prepare_environment(home / "settings")
        _configure_page(Path(settings["JUPYTER_CONFIG_DIR"]) / "labconfig" / "page_config.json")
        with (home / "server.log").open("w") as log:
            self._process = subprocess.Popen(
                command,
                env={**os.environ, **settings, **own},
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self.origin = self._origin()
        except BaseException:
            self._end()
            raise

    def __enter__(self) -> Lab:
        return self

    def __exit__(self, *exception: object) -> None:
        try:
            self.request("POST", "shutdown")
        except urllib.error.URLError:
            self._process.terminate()
        self._end()

    def _origin(self) -> str:
        """Wait until the server answers; it writes down which port it took."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise RuntimeError(f"JupyterLab ended before it answered:\n{self.log()}")
            for file in (self.home / "runtime").glob("jpserver-*.json"):
                self.origin = urllib.parse.urlsplit(_address(file)).netloc
                try:
                    self.request("GET", "status")
                    return self.origin
                except urllib.error.URLError:
                    break
            time.sleep(0.1)
        raise TimeoutError(f"JupyterLab did not answer within 120 s:\n{self.log()}")

    def _end(self) -> None:
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def log(self) -> str:
        """The last lines that the server printed."""
        return "\n".join((self.home / "server.log").read_text(errors="replace").splitlines()[-15:])

    def request(self, method: str, path: str, data: object = None) -> Any:
        """Call the server's REST interface."""
        request = urllib.request.Request(f"http://{self.origin}/api/{path}", method=method)
        request.add_header("Authorization", f"token {TOKEN}")
        body = None if data is None else json.dumps(data).encode()
        with urllib.request.urlopen(request, body, timeout=60) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def address(self, name: str) -> str:
        """The address at which JupyterLab opens a notebook, in a workspace of its own."""
        return f"http://{self.origin}/lab/workspaces/{name}/tree/{name}.ipynb?token={TOKEN}&reset"

    def write(self, cells: Sequence[str] | Path) -> str:
        """Write a notebook, or copy an existing one, under a new name; return the name without its ending."""
        name = f"test-{uuid4().hex[:8]}"
        target = self.folder / f"{name}.ipynb"
        if isinstance(cells, Path):
            target.write_bytes(cells.read_bytes())
        else:
            kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
            code = [nbformat.v4.new_code_cell(cell) for cell in cells]
            nbformat.write(nbformat.v4.new_notebook(cells=code, metadata=kernel), target)
        return name

    def kernel_of(self, name: str) -> str | None:
        """Id of the kernel that a notebook has, or None."""
        for session in self.request("GET", "sessions"):
            if session["path"] == f"{name}.ipynb":
                return str(session["kernel"]["id"])
        return None

    def stop_kernels(self, name: str) -> None:
        """End the kernel of a notebook."""
        for session in self.request("GET", "sessions"):
            if session["path"] == f"{name}.ipynb":
                self.request("DELETE", f"sessions/{session['id']}")


class Kernel:
    """A second line to a notebook's kernel, beside the page's; the notebook does not change."""

    def __init__(self, lab: Lab, name: str) -> None:
        import websocket

        kernel = lab.kernel_of(name)
        if kernel is None:
            raise KernelError(f"The notebook {name} has no kernel.")
        address = f"ws://{lab.origin}/api/kernels/{kernel}/channels?session_id={uuid4().hex}&token={TOKEN}"
        self._socket = websocket.create_connection(address, timeout=120)

    def close(self) -> None:
        """Close the line."""
        self._socket.close()

    def run(self, code: str = "", expression: str = "None") -> Any:
        """Run statements, then evaluate an expression in the notebook's names; its value travels as JSON.

        Raises
        ------
        KernelError
            If either fails.
        """
        content = {
            "code": code,
            "silent": True,
            "store_history": False,
            "user_expressions": {"value": _READ.format(expression)},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        header = {"msg_id": uuid4().hex, "msg_type": "execute_request", "username": "", "session": "", "version": "5.3"}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        self._socket.send(json.dumps(message))
        while True:
            answer = json.loads(self._socket.recv())
            mine = answer.get("parent_header", {}).get("msg_id") == header["msg_id"]
            if mine and answer["header"]["msg_type"] == "execute_reply":
                break
        reply = answer["content"]
        value = reply.get("user_expressions", {}).get("value", reply)
        if value["status"] != "ok":
            raise KernelError(f"{code}\n{expression}\n{value.get('ename')}: {value.get('evalue')}".strip())
        return json.loads(ast.literal_eval(value["data"]["text/plain"]))


def _configure_page(file: Path) -> None:
    """Let the page's JavaScript reach JupyterLab's commands, as ``window.jupyterapp``."""
    config = json.loads(file.read_text())
    # It complains in the console when a kernel ends while it still asks about breakpoints.
    config["disabledExtensions"]["@jupyterlab/debugger-extension"] = True
    file.write_text(json.dumps({**config, "exposeAppInBrowser": True}))


def _address(file: Path) -> str:
    try:
        return str(json.loads(file.read_text())["url"])
    except ValueError:  # half written
        return "http://127.0.0.1:1"
