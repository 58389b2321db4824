"""What a long command does when it is told to stop, by Ctrl-C or by a system that shuts down."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

import click

from tinyml_course.errors import GradingError


@contextlib.contextmanager
def stoppable(told: str) -> Iterator[None]:
    """Let a block end in good order at the first Ctrl-C or SIGTERM; a second one leaves at once.

    Parameters
    ----------
    told : str
        What is said meanwhile.

    Raises
    ------
    GradingError
        Instead of KeyboardInterrupt.
    """
    numbers = (signal.SIGINT, signal.SIGTERM) if threading.current_thread() is threading.main_thread() else ()
    before = {number: signal.getsignal(number) for number in numbers}

    def stop(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        click.echo(f"\n{told}", err=True)
        raise KeyboardInterrupt

    for number in numbers:
        signal.signal(number, stop)
    try:
        yield
    except KeyboardInterrupt as error:
        raise GradingError("Stopped. What was graded is kept: run the command again to go on.") from error
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
