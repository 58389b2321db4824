"""Silence: nothing of this thread is heard, everything comes back, other threads are not touched."""

from __future__ import annotations

import logging
import os
import sys
import threading
import warnings

import pytest

from tinyml_course.models.silence import silence


def make_noise(word):
    print(word)
    print(word, file=sys.stderr)
    os.write(1, word.encode())
    os.write(2, word.encode())
    warnings.warn(word, stacklevel=2)
    logging.getLogger("absl").warning(word)


def test_nothing_is_heard_and_everything_comes_back(capfd, recwarn):
    streams = sys.stdout, sys.stderr
    with silence():
        make_noise("hidden")
    os.write(1, b"one")
    os.write(2, b"two")
    heard = capfd.readouterr()
    assert (heard.out, heard.err) == ("one", "two")
    assert (sys.stdout, sys.stderr) == streams
    assert not recwarn.list


def test_an_exception_passes_and_ends_the_silence(capfd):
    level = logging.getLogger("absl").level
    with pytest.raises(ValueError, match="mine"), silence():
        raise ValueError("mine")
    os.write(2, b"heard")
    print("too")
    heard = capfd.readouterr()
    assert (heard.out, heard.err) == ("too\n", "heard")
    assert logging.getLogger("absl").level == level


def test_blocks_may_be_nested(capfd):
    with silence():
        with silence():
            make_noise("inner")
        make_noise("outer")
    print("after")
    assert capfd.readouterr().out == "after\n"


def test_other_threads_are_heard(capfd):
    inside, done = threading.Event(), threading.Event()
    kept = []

    def other():
        inside.wait(10)
        kept.append(sys.stdout)
        print("other thread")
        done.set()

    thread = threading.Thread(target=other)
    thread.start()
    with silence():
        inside.set()
        assert done.wait(10)
        print("this thread")
    thread.join(10)
    kept[0].write("late\n")  # a stream that somebody took while it was silent still works
    assert capfd.readouterr().out == "other thread\nlate\n"


def test_threads_wait_for_each_other(capfd):
    def work():
        for _ in range(20):
            with silence():
                os.write(1, b"hidden")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    os.write(1, b"end")
    assert capfd.readouterr().out == "end"


def test_a_program_without_streams(capfd, monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    with silence():
        os.write(1, b"hidden")
    assert sys.stdout is None
    os.write(1, b"end")
    assert capfd.readouterr().out == "end"
