"""What a person does on a page: point, click, drag, type, and read."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chromium import PageError, Tab

_MODIFIERS = {"Alt": 1, "Control": 2, "Meta": 4, "Shift": 8}
_KEYS = {  # name: (key code, text that it types)
    "Enter": (13, "\r"),
    "Tab": (9, ""),
    "Escape": (27, ""),
    "Space": (32, " "),
    "Backspace": (8, ""),
    "Delete": (46, ""),
    "PageUp": (33, ""),
    "PageDown": (34, ""),
    "End": (35, ""),
    "Home": (36, ""),
    "ArrowLeft": (37, ""),
    "ArrowUp": (38, ""),
    "ArrowRight": (39, ""),
    "ArrowDown": (40, ""),
}
#: Brings an element into view, waits until it stands still, and tells where it is and what lies over it.
_PLACE = """async function(fx, fy) {
  const wait = () => new Promise(done => setTimeout(done, 40));
  const place = () => { const r = this.getBoundingClientRect(); return [r.x + r.width * fx, r.y + r.height * fy]; };
  this.scrollIntoView({block: 'center', inline: 'nearest'});
  let before = [], now = place();
  for (let turn = 0; turn < 50 && String(before) !== String(now); turn++) { before = now; await wait(); now = place(); }
  let hit = document.elementFromPoint(...now);
  while (hit?.shadowRoot?.elementFromPoint(...now)) {
    const inner = hit.shadowRoot.elementFromPoint(...now);
    if (inner === hit) break;
    hit = inner;
  }
  const above = node => node && (node.parentElement || node.getRootNode().host);
  const inside = (node, tree) => { while (node && node !== tree) node = above(node); return node === tree; };
  const free = hit && (inside(hit, this) || inside(this, hit));
  return {x: now[0], y: now[1], over: free ? null : hit ? hit.outerHTML.slice(0, 200) : 'nothing: it is out of view'};
}"""


@dataclass(frozen=True)
class Named:
    """An element as assistive technology sees it: its role and its accessible name.

    Parameters
    ----------
    role : str
        Such as ``"button"``, ``"slider"``, ``"textbox"``, ``"img"``.
    name : str
        The whole accessible name.
    """

    role: str
    name: str


#: A CSS selector (the first visible match counts) or role and accessible name.
Where = str | Named


class Gestures(Tab):
    """A tab with a mouse and a keyboard. Elements are waited for; what lies under another one cannot be clicked."""

    # --- Elements ---------------------------------------------------------------------------------

    def find(self, where: Where, seconds: float = 30) -> str:
        """Wait for an element; return the handle that :meth:`call` takes."""
        deadline = time.monotonic() + seconds
        while True:
            handle = self._named(where) if isinstance(where, Named) else self._selected(where)
            if handle:
                return handle
            if time.monotonic() > deadline:
                raise TimeoutError(self.report(f"Not on the page after {seconds} s: {where}"))
            self.evaluate("new Promise(done => setTimeout(done, 50))")

    def _selected(self, selector: str) -> str | None:
        every = f"[...document.querySelectorAll({json.dumps(selector)})]"
        code = f"{every}.find(e => e.getClientRects().length) || null"
        return self.send("Runtime.evaluate", expression=code)["result"].get("objectId")

    def _named(self, where: Named) -> str | None:
        root = self.send("DOM.getDocument", depth=0)["root"]["nodeId"]
        nodes = self.send("Accessibility.queryAXTree", nodeId=root, accessibleName=where.name, role=where.role)["nodes"]
        for node in nodes:
            if not node.get("ignored") and "backendDOMNodeId" in node:
                found = self.send("DOM.resolveNode", backendNodeId=node["backendDOMNodeId"])
                return str(found["object"]["objectId"])
        return None

    def call(self, handle: str, function: str, *arguments: object) -> Any:
        """Call a JavaScript function with the element as ``this``."""
        result = self.send(
            "Runtime.callFunctionOn",
            objectId=handle,
            functionDeclaration=function,
            arguments=[{"value": value} for value in arguments],
            returnByValue=True,
            awaitPromise=True,
        )
        return self._value(result)

    def text(self, where: Where) -> str:
        """What an element shows as text."""
        return str(self.call(self.find(where), "function() { return this.innerText ?? this.textContent; }"))

    def attribute(self, where: Where, name: str) -> str | None:
        """An attribute of an element, such as ``aria-valuenow``; None if it has none."""
        return self.call(self.find(where), "function(name) { return this.getAttribute(name); }", name)

    def value(self, where: Where) -> str:
        """What stands in an input."""
        return str(self.call(self.find(where), "function() { return this.value; }"))

    def has_focus(self, where: Where) -> bool:
        """Tell whether keys go to an element, or to one inside of it."""
        return bool(self.call(self.find(where), "function() { return this.matches(':focus, :focus-within'); }"))

    # --- Mouse ------------------------------------------------------------------------------------

    def point(self, where: Where, at: tuple[float, float] = (0.5, 0.5), seconds: float = 30) -> tuple[float, float]:
        """Bring an element into view and return a point: `at` (0, 0) is its upper left, (1, 1) its lower right.

        Raises
        ------
        TimeoutError
            If something else lies over it.
        """
        deadline = time.monotonic() + seconds
        while True:
            try:
                place = self.call(self.find(where, seconds), _PLACE, *at)
            except PageError as error:  # it was drawn anew meanwhile
                place = {"over": str(error)}
            if place["over"] is None:
                return place["x"], place["y"]
            if time.monotonic() > deadline:
                raise TimeoutError(self.report(f"{where} cannot be clicked; over it lies: {place['over']}"))

    def mouse(self, kind: str, x: float, y: float, clicks: int = 1) -> None:
        """Send ``"Moved"``, ``"Pressed"`` or ``"Released"`` of the left button."""
        self._held = kind == "Pressed" or (kind == "Moved" and getattr(self, "_held", False))
        button = {} if kind == "Moved" and not self._held else {"button": "left", "clickCount": clicks}
        down = {"buttons": 1} if self._held else {}
        self.send("Input.dispatchMouseEvent", type=f"mouse{kind}", x=x, y=y, **button, **down)

    def hover(self, where: Where, at: tuple[float, float] = (0.5, 0.5)) -> None:
        """Move the mouse over an element."""
        self.mouse("Moved", *self.point(where, at))

    def click(self, where: Where, at: tuple[float, float] = (0.5, 0.5)) -> None:
        """Click an element with the mouse."""
        x, y = self.point(where, at)
        for kind in ("Moved", "Pressed", "Released"):
            self.mouse(kind, x, y)

    def drag(self, where: Where, dx: float, dy: float, at: tuple[float, float] = (0.5, 0.5), steps: int = 12) -> None:
        """Drag an element by CSS pixels, in small moves."""
        x, y = self.point(where, at)
        self.stroke([(x, y), (x + dx, y + dy)], steps)

    def drag_to(self, where: Where, *others: Where, steps: int = 8) -> None:
        """Press on an element, move over the others one after the other, and release; all of them must be in view."""
        self.point(where)
        self.stroke([self._still(one) for one in (where, *others)], steps)

    def _still(self, where: Where) -> tuple[float, float]:
        code = "function() { const r = this.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; }"
        x, y = self.call(self.find(where), code)
        return x, y

    def stroke(self, points: Sequence[tuple[float, float]], steps: int = 12) -> None:
        """Press at the first point, move to each of the others in so many small moves, and release."""
        x, y = points[0]
        self.mouse("Moved", x, y)
        self.mouse("Pressed", x, y)
        for to_x, to_y in points[1:]:
            for step in range(1, steps + 1):
                self.mouse("Moved", x + (to_x - x) * step / steps, y + (to_y - y) * step / steps)
            x, y = to_x, to_y
        self.mouse("Released", x, y)

    # --- Keyboard ---------------------------------------------------------------------------------

    def focus(self, where: Where) -> None:
        """Give an element the keyboard, as the Tab key would."""
        handle = self.find(where)
        self.call(handle, "function() { this.focus(); }")
        assert self.call(handle, "function() { return this.matches(':focus'); }"), f"{where} takes no focus."

    def tab_to(self, where: Where, most: int = 40) -> int:
        """Press Tab until an element has the focus; return how often that was.

        Raises
        ------
        AssertionError
            If it is not reached with so many.
        """
        handle = self.find(where)
        for count in range(1, most + 1):
            self.press("Tab")
            if self.call(handle, "function() { return this.matches(':focus'); }"):
                return count
        raise AssertionError(self.report(f"{where} is not reached with {most} times Tab."))

    def type(self, text: str) -> None:
        """Type into the focused element, all at once."""
        self.send("Input.insertText", text=text)

    def press(self, keys: str, times: int = 1) -> None:
        """Press a key: a letter, a digit, ``ArrowRight``, ``PageUp``, ``Space`` and so on; also ``Shift+Tab``."""
        *modifiers, key = keys.split("+")
        flags = sum(_MODIFIERS[name] for name in modifiers)
        code, text = _KEYS[key] if key in _KEYS else (ord(key.upper()), key)
        name = {"Space": " "}.get(key, key)
        place = key if key in _KEYS else f"{'Digit' if key.isdigit() else 'Key'}{key.upper()}"
        common = {"key": name, "code": place, "windowsVirtualKeyCode": code, "modifiers": flags}
        typed = {"text": text} if text and not flags & ~8 else {}
        for _ in range(times):
            self.send("Input.dispatchKeyEvent", type="keyDown" if typed else "rawKeyDown", **common, **typed)
            self.send("Input.dispatchKeyEvent", type="keyUp", **common)
