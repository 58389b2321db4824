"""Headless Chromium, driven through its DevTools protocol with nothing but a WebSocket."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

SCREENSHOTS = Path(__file__).resolve().parents[2] / "build" / "screenshots"
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",  # no name leads off this machine
)
_PATIENCE_SECONDS = 120
#: Evaluates an expression every 30 ms until it is truthy; an expression that fails is not true yet.
_UNTIL = """(async () => {
  const end = performance.now() + 1000;
  let last = false;
  do {
    try { last = await (%s); } catch (error) { last = false; var why = String(error); }
    if (last) return {value: true};
    await new Promise(done => setTimeout(done, 30));
  } while (performance.now() < end);
  return {value: false, why};
})()"""


def find_chromium() -> str | None:
    """Path of an installed Chromium, or None."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


class PageError(Exception):
    """JavaScript or a DevTools command failed."""


class Channel:
    """One WebSocket of the DevTools protocol: commands go out, results come back, events are noted."""

    def __init__(self, address: str) -> None:
        import websocket

        self._socket = websocket.create_connection(address, suppress_origin=True, timeout=_PATIENCE_SECONDS)
        self._number = 0

    def send(self, method: str, **parameters: object) -> dict[str, Any]:
        """Send a command and return its result.

        Raises
        ------
        PageError
            If it fails.
        TimeoutError
            If it takes more than two minutes: a promise that nobody keeps, a script without an end.
        """
        number = self.post(method, **parameters)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            message = json.loads(self._socket.recv())
            if message.get("id") == number:
                if "error" in message:
                    raise PageError(f"{method}: {message['error'].get('message')}")
                return message.get("result", {})
            self.note(message)
        raise TimeoutError(f"{method} has no result after {_PATIENCE_SECONDS} s: {str(parameters)[:300]}")

    def post(self, method: str, session: str | None = None, **parameters: object) -> int:
        """Send a command, perhaps to a part of the page, and do not wait for its result."""
        self._number += 1
        message: dict[str, object] = {"id": self._number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        self._socket.send(json.dumps(message))
        return self._number

    def note(self, message: dict[str, Any]) -> None:
        """Take an event."""

    def close(self) -> None:
        """Close the WebSocket."""
        self._socket.close()


class Chromium:
    """A Chromium of its own, in a new, empty profile; a context manager."""

    def __init__(self) -> None:
        program = find_chromium()
        if program is None:
            raise FileNotFoundError("Expected Chromium on PATH. Debian: apt-get install chromium.")
        self._profile = tempfile.TemporaryDirectory(prefix="tinyml-chromium-", ignore_cleanup_errors=True)
        command = [program, *FLAGS, f"--user-data-dir={self._profile.name}", "--remote-debugging-port=0", "about:blank"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            port = self._port()
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/version", timeout=60) as answer:
                self._channel = Channel(json.load(answer)["webSocketDebuggerUrl"])
        except BaseException:
            self._end()
            raise
        self.address = f"ws://127.0.0.1:{port}/devtools/page"

    def __enter__(self) -> Chromium:
        return self

    def __exit__(self, *exception: object) -> None:
        self._channel.close()
        self._end()

    def _port(self) -> str:
        file = Path(self._profile.name) / "DevToolsActivePort"
        deadline = time.monotonic() + 60
        while not (file.exists() and file.read_text().count("\n")):
            if self._process.poll() is not None:
                raise RuntimeError(f"Chromium ended with exit code {self._process.returncode} before it answered.")
            if time.monotonic() > deadline:
                raise TimeoutError("Chromium did not open its DevTools port within 60 s.")
            time.sleep(0.05)
        return file.read_text().split()[0]

    def _end(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._profile.cleanup()

    def new_target(self, *, window: bool = True) -> str:
        """Open an empty tab, in a window of its own or in the one last opened; return its id."""
        return str(self._channel.send("Target.createTarget", url="about:blank", newWindow=window)["targetId"])

    def activate(self, target: str) -> None:
        """Bring a tab to the front of its window; the window's other tabs are hidden."""
        self._channel.send("Target.activateTarget", targetId=target)

    def close_target(self, target: str) -> None:
        """Close a tab."""
        self._channel.send("Target.closeTarget", targetId=target)


class Tab(Channel):
    """One tab; keeps what the console says and the address of every request, its workers' included."""

    def __init__(self, chromium: Chromium) -> None:
        self.chromium = chromium
        self.target = chromium.new_target()
        self.console: list[str] = []
        self.errors: list[str] = []
        self.requests: list[str] = []
        super().__init__(f"{chromium.address}/{self.target}")
        for domain in ("Page", "Runtime", "Network", "Log", "DOM"):
            self.send(f"{domain}.enable")
        self.send("Target.setAutoAttach", autoAttach=True, waitForDebuggerOnStart=True, flatten=True)
        self.send("Emulation.setFocusEmulationEnabled", enabled=True)
        self.resize()

    def __enter__(self) -> Tab:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
        self.chromium.close_target(self.target)

    def note(self, message: dict[str, Any]) -> None:
        """Keep console lines, errors and requests; listen to new workers too."""
        method, data = message.get("method"), message.get("params", {})
        if method == "Target.attachedToTarget":
            for command in ("Runtime.enable", "Network.enable", "Log.enable", "Runtime.runIfWaitingForDebugger"):
                self.post(command, data["sessionId"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(data["request"]["url"])
        elif method == "Network.webSocketCreated":
            self.requests.append(data["url"])
        elif method == "Runtime.exceptionThrown":
            details = data["exceptionDetails"]
            self._say("error", details.get("exception", {}).get("description") or details["text"])
        elif method == "Runtime.consoleAPICalled":
            words = " ".join(str(part.get("value", part.get("description"))) for part in data["args"])
            self._say("error" if data["type"] == "assert" else data["type"], words)
        elif method == "Log.entryAdded":
            self._say(data["entry"]["level"], f"{data['entry']['text']} {data['entry'].get('url', '')}")

    def _say(self, level: str, text: str) -> None:
        self.console.append(f"{level}: {text}")
        if level == "error":
            self.errors.append(text)

    def resize(self, width: int = 1300, height: int = 900) -> None:
        """Make the page so many CSS pixels large."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.send("Emulation.setDeviceMetricsOverride", **metrics)

    def goto(self, address: str) -> None:
        """Open an address."""
        self.send("Page.navigate", url=address)

    def evaluate(self, expression: str) -> Any:
        """Value of a JavaScript expression in the page; promises are awaited."""
        result = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        return self._value(result)

    def _value(self, result: dict[str, Any]) -> Any:
        if "exceptionDetails" in result:
            details = result["exceptionDetails"]
            raise PageError(details.get("exception", {}).get("description", details.get("text", "JavaScript failed")))
        return result["result"].get("value")

    def wait_for(self, expression: str, seconds: float = 60) -> None:
        """Wait until a JavaScript expression is truthy; one that fails is not true yet.

        Raises
        ------
        TimeoutError
            With the expression, its last error, the console and the path of a screenshot.
        """
        deadline, why = time.monotonic() + seconds, None
        while time.monotonic() < deadline:
            try:
                answer = self.evaluate(_UNTIL % expression)
            except PageError as error:  # the page was left for another one in the meantime
                if "SyntaxError" in str(error):
                    raise
                why = str(error)
                continue
            if answer["value"]:
                return
            why = answer.get("why")
        raise TimeoutError(self.report(f"Still not true after {seconds} s: {expression}\n{why or ''}"))

    def report(self, problem: str) -> str:
        """Add what the console said and the path of a screenshot to a problem."""
        picture = self.keep_screenshot(f"problem-{self.target[:8]}")
        lines = [f"  {line[:300]}" for line in self.console[-15:]] or ["  (nothing)"]
        return "\n".join([problem.strip(), f"Screenshot: {picture}", "Console:", *lines])

    def keep_screenshot(self, name: str) -> Path:
        """Save what is to be seen as ``build/screenshots/NAME.png`` and return the path."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        path.write_bytes(base64.b64decode(self.send("Page.captureScreenshot", format="png")["data"]))
        return path

    def assert_quiet(self, origin: str) -> None:
        """No error in the console so far, and no request that leaves `origin`, such as ``127.0.0.1:8888``."""
        self.evaluate("new Promise(done => setTimeout(done, 0))")  # takes the events that wait
        assert self.errors == [], self.report("There are errors in the console.")
        here = (f"http://{origin}/", f"ws://{origin}/", "data:", "blob:", "about:")
        left = [address for address in self.requests if not address.startswith(here)]
        assert left == [], f"Requests have left the server: {left}"
