"""A connection to a kernel that misses no message.

pyzmq's asyncio sockets now and then do not wake up for a message that has come; it is found when somebody looks again.
nbclient looks again when the time for a cell is over: minutes later. This client looks twice a second.
"""

from __future__ import annotations

import time
from queue import Empty
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.channels import AsyncZMQSocketChannel
from traitlets import Type

#: Seconds between two looks.
LOOK_AGAIN_S = 0.5


class PatientChannel(AsyncZMQSocketChannel):
    """A channel that looks again for a message while it waits."""

    async def get_msg(  # type: ignore[override]  # its base is not asynchronous
        self, timeout: float | None = None
    ) -> dict[str, Any]:
        """Return the next message.

        Parameters
        ----------
        timeout : float, optional
            Seconds to wait; without it, as long as it takes.

        Raises
        ------
        queue.Empty
            If none has come by then.
        """
        end = float("inf") if timeout is None else time.monotonic() + timeout
        while True:
            rest = max(0.0, end - time.monotonic())
            try:
                return await super().get_msg(min(rest, LOOK_AGAIN_S))
            except Empty:
                if rest <= LOOK_AGAIN_S:
                    raise


class PatientKernelClient(AsyncKernelClient):
    """A client whose channels look again."""

    shell_channel_class = Type(PatientChannel)
    iopub_channel_class = Type(PatientChannel)
    stdin_channel_class = Type(PatientChannel)
    control_channel_class = Type(PatientChannel)
