"""What a submission may not ask of the kernel (Linux): what outlives it, and what widens its reach.

A filter of system calls, in the kernel's own small language: each instruction is a code, two jumps and a number.
"""

from __future__ import annotations

import ctypes
import platform
import struct
import sys

_LOAD, _JUMP_IF_EQUAL, _JUMP_IF_AT_LEAST, _JUMP_IF_BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _MACHINE, _FIRST_ARGUMENT = 0, 4, 16  # where they stand in what the filter sees
_ALLOW, _REFUSE, _UNKNOWN = 0x7FFF0000, 0x00050000 | 1, 0x00050000 | 38  # go on, EPERM, ENOSYS
_NEW_USERS = 0x10000000  # the flag of clone that makes a user namespace
_FOREIGN = 0x40000000  # numbers from here on belong to the second table of x86-64
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _FILTER = 38, 22, 2

# The machine's number, then those of the calls. Keys outlive a process; shared memory of the old kind and files of
# memory take room that is counted for nobody; the others look into processes, make namespaces, in which a user is root,
# or are large and young parts of the kernel.
_CALLS = {
    "x86_64": (
        0xC000003E,
        {"clone": 56, "clone3": 435},
        {"add_key": 248, "request_key": 249, "keyctl": 250, "ptrace": 101, "process_vm_readv": 310}
        | {"process_vm_writev": 311, "unshare": 272, "setns": 308, "mount": 165, "bpf": 321}
        | {"perf_event_open": 298, "userfaultfd": 323, "io_uring_setup": 425, "shmget": 29, "memfd_create": 319}
        | {"memfd_secret": 447},
    ),
    "aarch64": (
        0xC00000B7,
        {"clone": 220, "clone3": 435},
        {"add_key": 217, "request_key": 218, "keyctl": 219, "ptrace": 117, "process_vm_readv": 270}
        | {"process_vm_writev": 271, "unshare": 97, "setns": 268, "mount": 40, "bpf": 280}
        | {"perf_event_open": 241, "userfaultfd": 282, "io_uring_setup": 425, "shmget": 194, "memfd_create": 279}
        | {"memfd_secret": 447},
    ),
}


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]


def _filter(machine: int, clones: dict[str, int], refused: dict[str, int]) -> bytes:
    """Return the filter's instructions."""
    program = [
        (_LOAD, 0, 0, _MACHINE),
        (_JUMP_IF_EQUAL, 1, 0, machine),
        (_RETURN, 0, 0, _REFUSE),
        (_LOAD, 0, 0, _NUMBER),
        (_JUMP_IF_AT_LEAST, 0, 1, _FOREIGN),
        (_RETURN, 0, 0, _REFUSE),
    ]
    for number in refused.values():
        program += [(_JUMP_IF_EQUAL, 0, 1, number), (_RETURN, 0, 0, _REFUSE)]
    program += [
        (_JUMP_IF_EQUAL, 0, 1, clones["clone3"]),  # its flags stand in memory, which no filter sees: C takes clone
        (_RETURN, 0, 0, _UNKNOWN),
        (_JUMP_IF_EQUAL, 0, 3, clones["clone"]),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_JUMP_IF_BITS, 0, 1, _NEW_USERS),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)


def refuse_calls() -> None:
    """Set the filter for this process and all that descend from it; other machines and systems go without."""
    known = _CALLS.get(platform.machine())
    if sys.platform != "linux" or known is None:
        return
    instructions = _filter(*known)
    program = _Program(len(instructions) // 8, instructions)
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(_PR_SET_SECCOMP, _FILTER, ctypes.byref(program), 0, 0)
