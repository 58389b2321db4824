"""A message that came without a wake-up is found within half a second; without a message waiting ends in time."""

from __future__ import annotations

import asyncio
from queue import Empty

import pytest
import zmq.asyncio
from jupyter_client.session import Session

from tinyml_course.authoring.kernel_client import LOOK_AGAIN_S, PatientChannel


class Sleepy(zmq.asyncio.Socket):
    """Sleeps through the first looks, however long each is."""

    sleeps = 0
    looks = ()

    async def poll(self, timeout=None, flags=zmq.POLLIN):
        self.looks = (*self.looks, timeout)
        if len(self.looks) <= self.sleeps:
            return 0
        return await super().poll(timeout, flags)


def receive(timeout, *, sleeps=0, send=True):
    """Wait for a message; return its content and how long each look was meant to last, in milliseconds."""

    async def both():
        with zmq.asyncio.Context() as context, Sleepy(context, zmq.PAIR) as here, context.socket(zmq.PAIR) as there:
            here.sleeps, session = sleeps, Session(key=b"")
            here.bind("inproc://kernel")
            there.connect("inproc://kernel")
            if send:
                await there.send_multipart(session.serialize(session.msg("status", {"state": "idle"})))
            try:
                message = await PatientChannel(here, session).get_msg(timeout)
            except Empty:
                return None, here.looks
            return message["content"], here.looks

    return asyncio.run(both())


@pytest.mark.parametrize("timeout", [None, 300])
def test_a_missed_message_is_found_at_the_next_look(timeout):
    content, looks = receive(timeout, sleeps=3)
    assert content == {"state": "idle"}
    assert looks == (int(1000 * LOOK_AGAIN_S),) * 4


def test_a_message_that_does_not_come_is_not_waited_for():
    assert receive(0, send=False) == (None, (0,))
    content, looks = receive(LOOK_AGAIN_S / 2, send=False)
    assert content is None
    assert len(looks) == 1
