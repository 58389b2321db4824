"""A JavaScript engine (V8, from the package mini-racer) with the virtual Uno loaded into it."""

from __future__ import annotations

import contextlib
import json
import threading
import weakref
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from tinyml_course.errors import BoardError

if TYPE_CHECKING:
    from py_mini_racer import MiniRacer


@cache
def bundle() -> str:
    """Return the text of the virtual Uno: ``js/dist/uno.js``, built from ``js/src``."""
    return (resources.files("tinyml_course.board") / "js" / "dist" / "uno.js").read_text(encoding="utf-8")


class UnoEngine:
    """One virtual Uno in an engine of its own.

    Parameters
    ----------
    **options
        For the constructor of the JavaScript class ``Uno`` (``js/src/uno.js``).

    Raises
    ------
    BoardError
        If mini-racer cannot be loaded on this computer.
    """

    def __init__(self, **options: object) -> None:
        engine = _open()
        self._engine: MiniRacer | None = engine
        # An engine that is still open when Python ends can keep the process from ending: close it before.
        self._finalizer = weakref.finalize(self, _close, engine)
        engine.eval(f"{bundle()}\nconst uno = new VirtualUno.Uno({json.dumps(options)}); 0")

    @property
    def is_open(self) -> bool:
        """Whether :meth:`close` was not called yet."""
        return self._engine is not None

    def call(self, expression: str) -> Any:
        """Evaluate JavaScript, where ``uno`` is the board.

        Raises
        ------
        BoardError
            If the board was closed.
        """
        if self._engine is None:
            raise BoardError("This virtual Uno was closed. Make a new one to run a sketch.")
        return self._engine.eval(expression)

    def close(self) -> None:
        """Release the engine's memory and thread. Closing twice does no harm."""
        self._engine = None
        self._finalizer()


def _open() -> MiniRacer:
    try:
        from py_mini_racer import MiniRacer
    except (ImportError, OSError) as error:
        raise BoardError(
            f"The virtual Uno needs the package mini-racer, which cannot be loaded: {error}. "
            "Install it with: python -m pip install mini-racer"
        ) from error
    # In a notebook the main thread has a running event loop, and an engine made there would work only there.
    # Made in a thread without one, it brings its own loop and can be used from everywhere.
    made: list[MiniRacer | BaseException] = []

    def make() -> None:
        try:
            made.append(MiniRacer())
        except BaseException as error:
            made.append(error)

    thread = threading.Thread(target=make, name="virtual Uno")
    thread.start()
    thread.join()
    (engine,) = made
    if isinstance(engine, BaseException):
        raise BoardError(f"The JavaScript engine of the virtual Uno does not start: {engine}.") from engine
    return engine


def _close(engine: MiniRacer) -> None:
    with contextlib.suppress(RuntimeError):  # called by the garbage collector on the engine's own thread
        engine.close()
