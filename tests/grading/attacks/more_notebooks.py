"""More notebooks that attack the grader: odd answers, tasks that help each other, names that are shown, hunger.

As in :mod:`notebooks`: `double` (2 points) is solved honestly, `scale` (3) and `codes` (4) are wanted for nothing.
"""

from notebooks import HONEST, HONEST_SCALE, WRITE, Attack, answers, attack, both

HONEST_CODES = "import numpy as np\ndef codes(x):\n    return (x % 200 - 100).astype(np.int8)"

ODD_ANSWERS = [
    answers("NaN in an array", "import numpy as np", "np.full(3, np.nan)"),
    answers("a signalling NaN", "import struct", "struct.unpack('<d', b'\\x01\\0\\0\\0\\0\\0\\xf0\\x7f')[0]"),
    answers("negative zero", "", "-0.0"),
    answers("truth for one", "", "True"),
    answers("numbers as text", "", "'0.5'"),
    answers("complex numbers", "import numpy as np", "np.array([1j, 2, 3])"),
    answers("dates", "import numpy as np", "np.array(['2020-01-01'] * 3, 'M8[D]')"),
    answers("records", "import numpy as np", "np.zeros(3, [('a', 'i1'), ('b', 'O')])"),
    answers("a masked array", "import numpy as np", "np.ma.masked_all(3, np.int8)"),
    answers("a matrix", "import numpy as np", "np.asmatrix([1, 2, 3])"),
    answers("a memory map", "import numpy as np", "np.memmap('/box/m', np.int8, 'w+', shape=(3,))"),
    answers("numbers of 16 bytes", "import numpy as np", "np.array([np.longdouble(2) ** 16000] * 3)"),
    answers("a byte order of others", "import numpy as np", "np.zeros(3, '>f8')"),
    answers("a shape that broadcasts", "import numpy as np", "np.zeros((1, 1, 1), np.int8)"),
    answers("an array without axes", "import numpy as np", "np.array(1, np.int8)"),
    answers("an array of 32 axes", "import numpy as np", "np.zeros((1,) * 32, np.int8)"),
    answers("sets and views", "", "{1, 2, 3}, frozenset((1,)), range(3), memoryview(b'abc')"),
    answers("keys that are no keys", "", "{float('nan'): 1, None: 2, (): 3, b'x': 4, True: 5, '__class__': 6}"),
    answers("keys that are equal", "", "{1: 'a', '1': 'b', True: 'c'}"),
    answers("the names of the form", "", "{'raised': 'ValueError', 'text': 'x', 'float': '0x1p0', 'array': 'int8'}"),
    answers("a class that is called like an answer", "class Numbers:\n    dtype, items = 'int8', (1,)", "Numbers()"),
    answers("the grader's own error", "from tinyml_course.grading.values import Raised", "Raised('NoAnswer', '9/9')"),
    answers("the grader's own array", "from tinyml_course.grading.values import Numbers", "Numbers('object', (1,))"),
    answers(
        "the grader's own array with a wrong type",
        "from tinyml_course.grading.values import Numbers",
        "Numbers('int8', ((1,), (2, 3), 'x'))",
    ),
    answers("what is unknown", "from tinyml_course.grading.values import Unknown", "Unknown('x' * 10**6)"),
    answers("a million empty things", "", "[[]] * 1_000_000"),
    answers("a bush", "b = 1\nfor _ in range(30):\n    b = [b, b]", "b"),
    answers("ever new answers", "import itertools\nnumbers = itertools.count()", "next(numbers)"),
    answers("an exception that is no answer", "", "ValueError('x')"),
    attack("a context that never ends", both("    yield 1")),
    attack(
        "an answer that changes while it is read",
        """
class Growing(list):
    def __iter__(self):
        while True:
            yield 1
class Names(dict):
    def items(self):
        while True:
            yield 'a', 1
""",
        "def scale(low, high):\n    return Growing()\ndef codes(x):\n    return Names()",
    ),
    attack(
        "NumPy that lies",
        """
import numpy as np
class Liar:
    __module__ = 'numpy'
    __class__ = np.float64
    dtype = np.dtype('f8')
    def item(self):
        return self
""",
        both("    return Liar()"),
        told="TypeError",
    ),
    attack("errors with the names of right ones", both("    raise type('ValueError', (Exception,), {})(seen)")),
    attack(
        "an error that is thrown away", both("    try:\n        raise GeneratorExit\n    finally:\n        return 1")
    ),
    attack("a group of errors", both("    raise ExceptionGroup(str(seen), [ValueError(seen)])"), told="ExceptionGroup"),
    attack("GeneratorExit", both("    raise GeneratorExit(seen)")),
    attack("KeyboardInterrupt in a function", both("    raise KeyboardInterrupt(seen)")),
]

# The questions of one task may show what is right for another one; answers count only in their own turn.
HELP_EACH_OTHER = [
    Attack(
        "an answer that comes after its turn",
        (
            WRITE,
            """
def double(a):
    with open('/box/asked', 'a') as file:
        file.write(f'{a}\\n')
    os._exit(0)
""".strip(),
            HONEST_SCALE,
            """
honest_scale = scale
def scale(low, high):
    for number, line in enumerate(open('/box/asked')):
        tell(answer='90.1', number=number, value=2 * int(line))
    return honest_scale(low, high)
""".strip(),
        ),
        3,
        "no answer for 4 of 4",
    ),
    Attack(
        "a helper that lives on",
        (
            WRITE,
            """
import glob, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        end = time.time() + 3
        while time.time() < end:
            if os.path.exists('/dev/shm/asked'):
                for n in range(9):
                    for name in ('90.1', '90.2', '90.3'):
                        tell(answer=name, number=n, value=0)
            time.sleep(0.001)
    os._exit(0)
os.wait()
""".strip(),
            """
def codes(x):
    open('/dev/shm/asked', 'w').close()
    time.sleep(0.2)
""".strip(),
            HONEST,
            HONEST_SCALE,
        ),
        5,
        "another answer",
    ),
    attack(
        "a task that speaks for another one",
        WRITE,
        both("""
    for n in range(9):
        tell(answer='90.1', number=n, value=0); tell(answer='90.3', number=n, value=[1]); tell(answer=None, number=n)
    return 1
"""),
    ),
    attack(
        "keys that come twice",
        WRITE,
        both("""
    for d in range(64):
        try:
            if stat.S_ISFIFO(os.fstat(d).st_mode):
                os.write(d, b'{"answer": "90.1", "answer": "90.3", "number": 0, "value": 1, "value": 0}\\n')
        except OSError: pass
    return 1
"""),
    ),
    attack(
        "carries inputs to the next task",
        """
import socket, mmap, threading
shared = mmap.mmap(-1, 4096)
def scale(low, high):
    for place in ('/box/x', '/tmp/x', '/dev/shm/x'):
        open(place, 'a').write(f'{low} {high}\\n')
    shared[:20] = f'{low:<20}'.encode()[:20]
    return 1
def codes(x):
    seen = shared[:].decode() + ''.join(open(p).read() for p in ('/box/x', '/tmp/x', '/dev/shm/x'))
    raise ValueError(seen)
""",
        told="ValueError",
    ),
    attack(
        "carries inputs into a cell that ran long ago",
        WRITE,
        both("    tell(cell=1, error=str(seen)); tell(cell=True, error=str(seen)); tell(cell='1', error=str(seen))"),
    ),
    attack(
        "takes the questions of another task",
        """
import gc, socket, os
def scale(low, high):
    seen = []
    for d in range(3, 128):
        try:
            os.set_blocking(d, False)
            seen.append(os.read(d, 1 << 16))
        except OSError: pass
    raise ValueError(str(seen))
""",
        told="ValueError",
        points=None,
    ),
    attack(
        "says done for all others",
        """
import os, socket
for d in range(3, 128):
    try:
        line = socket.socket(fileno=os.dup(d))
        line.sendall(b'done' * 9)
    except OSError: pass
""",
        points=None,
    ),
    attack(
        "shuts every line",
        """
import os, socket
for d in range(3, 128):
    try:
        socket.socket(fileno=os.dup(d)).shutdown(socket.SHUT_RDWR)
    except OSError: pass
""",
        points=None,
    ),
    attack("closes every descriptor", "import os\nos.closerange(0, 1024)", HONEST_SCALE, points=None),
    attack(
        "passes descriptors on",
        """
import array, os, socket
for _ in range(60):
    try:
        one, two = socket.socketpair()
        one.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', range(60)))])
    except OSError: pass
""",
        HONEST_SCALE,
        points=5,
    ),
]

SHOWN = [
    attack(
        f"a name that is shown: {name}",
        f"raise type({text!r}, (Exception,), {{}})({text!r} * 3)",
        HONEST_SCALE,
        points=5,
        told="Code cell 2",
    )
    for name, text in {
        "a formula": '=HYPERLINK("http://example.com","9 points")',
        "markup": "</li><script>alert(1)</script><img src=x onerror=alert(1)>",
        "markup of a terminal": "\x1b]0;x\x07\x1b[31m\x9b31m\r\n\x08",
        "markup of rich": "[red]9[/red][link=http://x]",
        "turned writing": "\u202e\u2066\u200f9 of 9",
        "nothing to see": "\u200b\u00ad\u2060\ufeff",
        "half a character": "\udc80\ud800",
        "a zero": "\0",
        "quotes": "\"'`${}\\",
        "very long": "x" * 10_000,
        "formulas of pages": "$\\frac{1}{0}$ \\(x\\)",
    }.items()
] + [
    attack(
        "an error without end",
        """
class E(Exception):
    def __str__(self):
        while True: pass
raise E
""",
        HONEST_SCALE,
        points=None,
        seconds=1.5,
    ),
    attack("a syntax error of a million characters", "x = (" + "1 + " * 250_000, HONEST_SCALE, points=5),
    attack("brackets in brackets", "x = " + "[" * 300 + "]" * 300, HONEST_SCALE, points=5),
    attack("a source that stops the compiler", "x = " + "-" * 200_000 + "1", HONEST_SCALE, points=None),
    attack(
        "a traceback without end",
        """
e = ValueError('x')
for _ in range(100_000):
    n = ValueError('y'); n.__cause__ = e; n.__context__ = e; e = n
raise e
""",
        HONEST_SCALE,
        points=5,
    ),
    attack(
        "another line of the cell",
        """
class T(Exception):
    __traceback__ = property(lambda s: 1, lambda s, v: None)
raise T('x')
""",
        HONEST_SCALE,
        points=None,
    ),
    attack(
        "a thousand errors",
        WRITE + "for n in range(1000):\n    tell(cell=n, error='9 of 9 points')",
        HONEST_SCALE,
        points=5,
        told="9 of 9 points",
    ),
]

HUNGER = [
    attack(
        "sockets full of bytes",
        """
import socket
kept = []
while True:
    for line in socket.socketpair():
        line.setblocking(False)
        kept.append(line)
        try:
            while True: line.send(b'x' * 65536)
        except BlockingIOError: pass
""",
        HONEST_SCALE,
        points=5,
        told="Too many open files",
    ),
    attack(
        "pipes full of bytes",
        """
import os, fcntl
while True:
    out, into = os.pipe()
    try: fcntl.fcntl(into, 1031, 1 << 20)
    except OSError: pass
    os.set_blocking(into, False)
    try:
        while True: os.write(into, b'x' * 65536)
    except BlockingIOError: pass
""",
        HONEST_SCALE,
        points=5,
        told="Too many open files",
    ),
    attack(
        "memory without a file",
        """
import os
kept = []
for n in range(100):
    d = os.memfd_create(str(n))
    kept.append(d)
    for _ in range(16): os.write(d, b'x' * (1 << 20))
""",
        HONEST_SCALE,
        points=5,
        told="PermissionError",
    ),
    attack(
        "shared memory of the old kind",
        """
import ctypes
libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
for n in range(64):
    i = libc.shmget(0x7000 + n, 256 << 20, 0o1666)
    if i < 0: raise RuntimeError('refused')
    place = libc.shmat(i, None, 0)
    ctypes.memset(place, 1, 256 << 20); libc.shmdt(ctypes.c_void_p(place))
""",
        HONEST_SCALE,
        points=5,
        told="refused",
    ),
    attack(
        "20 GB by many who share it",
        """
import mmap, os, time
for _ in range(20):
    if not os.fork():
        shared = mmap.mmap(-1, 200 << 20)
        for _ in range(200): shared.write(b'x' * (1 << 20))
        time.sleep(60)
time.sleep(60)
""",
        points=0,
        told="more memory",
        memory_bytes=1 << 30,
    ),
    attack(
        "semaphores and queues of the old kind",
        """
import ctypes
libc = ctypes.CDLL(None)
for n in range(2000):
    libc.semget(0x7000 + n, 100, 0o1666); libc.msgget(0x7000 + n, 0o1666)
""",
        HONEST_SCALE,
        points=5,
    ),
    attack(
        "terminals",
        """
import os
kept = []
while True:
    kept.append(os.openpty())
""",
        HONEST_SCALE,
        points=5,
        told="OSError",
    ),
    attack(
        "a process that everybody waits for",
        """
import os, signal, time
for _ in range(20):
    if not os.fork():
        for s in range(1, 65):
            try: signal.signal(s, signal.SIG_IGN)
            except (OSError, ValueError): pass
        os.setsid()
        while True:
            if not os.fork(): os._exit(0)
""",
        HONEST_SCALE,
        points=None,
        seconds=3,
    ),
    attack(
        "stopped processes",
        """
import os, signal
for _ in range(20):
    if not os.fork():
        os.kill(os.getpid(), signal.SIGSTOP)
""",
        HONEST_SCALE,
        points=5,
    ),
    attack(
        "stops itself",
        """
import os, signal
os.kill(os.getpid(), signal.SIGSTOP)
""",
        HONEST_SCALE,
        told="longer than is allowed",
        seconds=1.5,
    ),
    attack(
        "a witness that stops itself",
        """
import os, signal
def scale(low, high):
    os.kill(os.getpid(), signal.SIGSTOP)
""",
        told="too long",
    ),
    attack(
        "a witness that forks without end",
        """
import os
def scale(low, high):
    while True:
        try: os.fork()
        except OSError: pass
""",
        points=None,
    ),
    attack("compressed nothing", "import zlib\nx = zlib.decompress(zlib.compress(bytes(9 << 30)))", told="MemoryError"),
    attack(
        "a pattern without end",
        "import re\nre.match('(a+)+$', 'a' * 64 + 'b')",
        HONEST_SCALE,
        points=None,
        seconds=1.5,
    ),
    attack("a number without end", "x = 7 ** 7 ** 7 ** 7", HONEST_SCALE, points=None, seconds=1.5),
    attack(
        "alarms",
        """
import signal
signal.setitimer(signal.ITIMER_PROF, 0.01, 0.01)
while True: pass
""",
        HONEST_SCALE,
        told="before the last cell",
    ),
]

REACHES = [
    attack(
        "looks for secrets",
        """
import os, glob
seen = []
for place in ('/proc/1/environ', '/proc/1/cmdline', '/proc/self/mountinfo', '/proc/keys', '/etc/shadow', '/root',
              '/proc/1/root', '/proc/1/cwd', '/proc/self/fd', '/run', '/var', '/sys', '/proc/kcore'):
    try:
        seen.append(open(place, errors='replace').read() if os.path.isfile(place) else str(os.listdir(place)))
    except OSError: pass
raise RuntimeError('@SECRET_NAME@' in str(seen) or '@OUTSIDE@' in str(seen))
""",
        told="RuntimeError: False",
    ),
    attack(
        "opens a file by its number",
        """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
handle = ctypes.create_string_buffer(b'\\x08\\0\\0\\0\\x01\\0\\0\\0\\x02\\0\\0\\0\\0\\0\\0\\0', 128)
d = libc.open_by_handle_at(os.open('/usr', 0), handle, 0)
raise RuntimeError('refused' if d < 0 else os.listdir(d))
""",
        told="refused",
    ),
    attack(
        "makes a user of its own by a second way",
        """
import ctypes, struct
libc = ctypes.CDLL(None, use_errno=True)
args = ctypes.create_string_buffer(struct.pack('8Q', 0x10000000, 0, 0, 0, 17, 0, 0, 0) + bytes(24))
p = libc.syscall(435, args, 88)
if p == 0:
    libc._exit(0)
raise RuntimeError('refused' if p < 0 else 'made')
""",
        told="refused",
    ),
    attack(
        "changes rights and owners",
        """
import os
done = []
for place in ('/usr/bin/env', '/etc/ld.so.cache', '@REPOSITORY@/tinyml_course/__init__.py', '/', '/proc/1'):
    for change in (lambda: os.chmod(place, 0o777), lambda: os.chown(place, 0, 0), lambda: os.utime(place, (0, 0))):
        try:
            change(); done.append(place)
        except OSError: pass
raise RuntimeError(f'changed {done}')
""",
        told=r"changed []",
    ),
    attack(
        "becomes somebody else",
        """
import os
done = []
for change in (lambda: os.setuid(0), lambda: os.setresuid(0, 0, 0), lambda: os.setgid(0), lambda: os.setgroups([0]),
               lambda: os.setuid(os.getuid() - 1), lambda: os.seteuid(os.getuid() - 1), lambda: os.nice(-5),
               lambda: os.chroot('/usr'), lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))):
    try:
        change(); done.append(change.__code__.co_names)
    except OSError: pass
raise RuntimeError(f'became {done}')
""",
        told="became []",
    ),
    attack(
        "writes to its supervisor's standard error",
        """
import os
for p in range(1, 20):
    for d in range(10):
        try:
            with open(f'/proc/{p}/fd/{d}', 'w') as f: f.write('@SECRET_NAME@')
        except OSError: pass
""",
        HONEST_SCALE,
        points=5,
    ),
    attack(
        "takes its supervisor's pipes by their descriptor",
        """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
got = []
for p in (1, 2, os.getppid()):
    pidfd = libc.syscall(434, p, 0)
    for d in range(8):
        if pidfd >= 0 and libc.syscall(438, pidfd, d, 0) >= 0: got.append((p, d))
raise RuntimeError(f'got {got}')
""",
        told="got []",
    ),
    attack(
        "a program with rights of its own",
        """
import os, shutil, subprocess
shutil.copy('/bin/sh', '/box/sh'); os.chmod('/box/sh', 0o6755)
programs = [p for p in ('/box/sh', '/bin/su', '/usr/bin/sudo') if os.path.exists(p)]
out = [subprocess.run([p, '-c', 'id -u'], capture_output=True, text=True).stdout for p in programs]
raise RuntimeError(str(os.getuid() == int(out[0]) and not any(o.strip() == '0' for o in out)))
""",
        told="RuntimeError: True",
    ),
]

MORE_ATTACKS = [*ODD_ANSWERS, *HELP_EACH_OTHER, *SHOWN, *HUNGER, *REACHES]
