"""Notebooks that attack the grader, as data.

Three tasks: `double` (2 points), which most of them solve honestly, `scale` (3) and `codes` (4), which they want for
nothing. In their cells @NAME@ stands for what a test puts in: the port of a listener, the path of a secret.
"""

from dataclasses import dataclass

HONEST = "def double(a):\n    return 2 * a"
HONEST_SCALE = "def scale(low, high):\n    return (high - low) / 255"
# What a forger needs: write into every pipe there is.
WRITE = """
import json, os, stat
def tell(**event):
    for descriptor in range(64):
        try:
            if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
                os.write(descriptor, json.dumps(event).encode() + b"\\n")
        except OSError:
            pass
"""


@dataclass(frozen=True)
class Attack:
    """A notebook, the points of its honest part, and a word that the result must hold."""

    name: str
    cells: tuple[str, ...]
    points: int = 2
    told: str = ""
    memory_bytes: int = 4 << 30
    seconds: float = 5.0


def attack(name, *cells, **expected):
    """An attack after an honest cell."""
    return Attack(name, (HONEST, *(cell.strip("\n") for cell in cells)), **expected)


def answers(name, setup, value, **expected):
    """A forged object as the answer to both tasks."""
    return attack(
        name, f"{setup}\ndef scale(low, high):\n    return {value}\ndef codes(x):\n    return {value}", **expected
    )


def both(body):
    """Functions for both tasks with the same lines."""
    body = body.strip("\n")
    return f"def scale(low, high):\n    seen = low\n{body}\ndef codes(x):\n    seen = x.tolist()\n{body}"


FORGED = [
    answers(
        "an object that is equal to everything",
        """
class Every:
    __eq__ = lambda self, other: True
    __ne__ = lambda self, other: False
    __lt__ = __le__ = __gt__ = __ge__ = __eq__
    __hash__ = lambda self: 0
    __bool__ = lambda self: True
""",
        "Every()",
    ),
    answers(
        "a float that is near everything",
        """
class F(float):
    __sub__ = __rsub__ = lambda s, o: 0.0
    __eq__ = lambda s, o: True
""",
        "F(1)",
    ),
    answers(
        "an int that equals",
        """
class I(int):
    __eq__ = lambda s, o: True
    __hash__ = int.__hash__
""",
        "I(1)",
    ),
    answers(
        "a tuple that equals",
        """
class T(tuple):
    __eq__ = lambda s, o: True
    __len__ = lambda s: 3
""",
        "T((1,))",
    ),
    answers(
        "an ndarray that equals",
        """
import numpy as np
class A(np.ndarray):
    __eq__ = lambda s, o: True
    tolist = lambda s: [1]
""",
        "np.zeros(3, np.int8).view(A)",
    ),
    answers(
        "conversions that lie",
        """
class C:
    __float__ = lambda s: 1.0
    __int__ = __index__ = lambda s: 1
    __array__ = lambda s, *a, **k: __import__('numpy').ones(3)
    __iter__ = lambda s: iter((1, 2, 3))
""",
        "C()",
    ),
    answers(
        "a class that lies about itself",
        """
class L:
    __class__ = property(lambda s: float)
    dtype = 'int8'
    shape = (3,)
""",
        "L()",
    ),
    answers(
        "an object that is pickled as code",
        """
class P:
    def __reduce__(self):
        import os
        return os.system, ('touch @OUTSIDE@/pickled',)
""",
        "P()",
    ),
    answers(
        "a generator",
        """
def many():
    while True:
        yield 1
""",
        "many()",
    ),
    answers("NaN", "", "float('nan')"),
    answers("infinity", "", "float('inf')"),
    answers("the largest number", "", "1.7e308"),
    answers("an integer of 10**9 bits", "", "1 << 10**9"),
    answers("10**6 digits", "", "10**(10**6)"),
    answers("a sparse giant", "import numpy as np", "np.broadcast_to(np.int8(0), (10**9, 10**9))", seconds=5),
    answers("an axis of nothing", "import numpy as np", "np.zeros((10**9, 0), np.int8)", memory_bytes=1 << 30),
    answers(
        "a deep list",
        """
deep = []
for _ in range(100_000):
    deep = [deep]
""",
        "deep",
    ),
    answers(
        "a list that holds itself",
        """
loop = []
loop.append(loop)
""",
        "loop",
    ),
    answers("objects in an array", "import numpy as np", "np.array([object()] * 3)"),
    answers("text that looks like an answer", "", '\'{"float": "0x1p0"}\''),
    answers("surrogates", "", "'\\ud800' * 100"),
    attack(
        "coroutines",
        """
async def scale(low, high):
    return 0.1
async def codes(x):
    return x
""",
    ),
    attack(
        "wrong signatures",
        """
def scale():
    return 1
def codes(*, x):
    return x
""",
        told="TypeError",
    ),
    attack(
        "classes for functions",
        """
class scale:
    def __init__(self, *a): pass
class codes(scale):
    pass
""",
    ),
    attack(
        "names without functions",
        """
scale = 0.5
codes = [1, 2, 3]
""",
        told="there is no function named scale",
    ),
]

PATCHED = [
    attack(
        "patched builtins",
        """
import builtins
builtins.abs = lambda x: 0
builtins.all = builtins.any = builtins.isinstance = lambda *a: True
builtins.sum = lambda *a: 10**6
builtins.type = lambda x: float
""",
        both("    return 1"),
    ),
    attack(
        "patched NumPy",
        """
import numpy as np
np.array_equal = np.allclose = np.isclose = lambda *a, **k: True
np.testing = None
np.ndarray = object
""",
        both("    return 1"),
    ),
    attack(
        "patched json",
        """
import json
json.dumps = lambda *a, **k: '{"points": 9, "passed": true}'
""",
        both("    return 1"),
        points=2,
    ),
    attack(
        "patched engine",
        """
import tinyml_course.grading.judge as j, tinyml_course.grading.values as v, tinyml_course.grading.ask as a
j.judge = lambda *a, **k: 9
v.same = lambda *a: True
v.plain = lambda x: x
a.call = lambda f, x: 0.5
""",
        both("    return 1"),
        points=2,
    ),
    attack(
        "overwritten checker",
        """
from pathlib import Path
import tinyml_course.grading as g
g.check = print
Path(g.__file__).write_text('points = 9')
""",
        both("    return 1"),
        told="Read-only file system",
    ),
    attack(
        "no checks",
        """
check = lambda *a: print('✓ 9 of 9 points')
for _ in range(9):
    check()
print('score: 9/9')
""",
    ),
    attack(
        "edited check cell",
        """
from tinyml_course.grading import check
check('90.2', lambda *a: 1); check('90.3', abs)
""",
    ),
    attack(
        "magics",
        """
%matplotlib inline
%%bash
!touch @OUTSIDE@/magic
scale = 1
""",
        "%load_ext evil",
        """
?scale
!kill -9 1
""",
    ),
    attack("a syntax error", "def scale(low, high) return 1", told="SyntaxError"),
]

CHANNEL = [
    attack("a fake end", WRITE + "tell(over='ended'); tell(heard=True)", HONEST_SCALE, points=5),
    attack(
        "an end of another type",
        WRITE + "tell(over=[]); tell(over={}); tell(late=[1]); tell(ready=0)",
        HONEST_SCALE,
        points=5,
    ),
    attack(
        "fake answers",
        WRITE
        + """
for n in range(9):
    tell(answer='90.2', number=n, value={'float': '0x1p0'})
""",
        points=2,
    ),
    attack("fake definitions", WRITE + "tell(defined='90.2'); tell(defined='77.7'); tell(defined=9)", points=2),
    attack(
        "fake numbers",
        WRITE
        + "tell(answer='90.1', number=10**300, value=1); tell(answer='90.1', number=-1); tell(cell=10**99, error=[[]])",
    ),
    attack(
        "no JSON",
        WRITE
        + """
for d in range(64):
    if os.path.exists(f'/proc/self/fd/{d}') and stat.S_ISFIFO(os.fstat(d).st_mode):
        os.write(d, b'\\xff{[\\n' + b'[' * 60_000 + b'\\n')
""",
        HONEST_SCALE,
        points=5,
    ),
    attack(
        "a flood on the channel",
        WRITE
        + """
while True:
    tell(cell=0, error='x' * 60_000)
""",
        points=0,
        told="more output",
    ),
    attack(
        "a wrong size",
        WRITE
        + """
def scale(low, high):
    tell(answer='90.2', number=0, value={'array': 'int8', 'items': {'shape': [10**9, 0], 'hex': ''}})
    return 0
def codes(x):
    tell(answer='90.3', number=0, value={'array': '(', 'items': {'shape': [9] * 9**5, 'hex': ''}})
""",
    ),
    attack(
        "a flood on the screen",
        """
import os
for _ in range(3000):
    os.write(1, b'x' * 65536); os.write(2, b'x' * 65536)
""",
        HONEST_SCALE,
        points=5,
    ),
    attack(
        "an answer that is too long",
        """
def scale(low, high):
    return 'x' * 30_000_000
""",
        told="another answer",
    ),
    attack(
        "forged text in an error",
        "raise ValueError('\\ud800 \\x1b[2J \\u202e <script>alert(1)</script> \\n 9 of 9 points')",
        told="Code cell 2",
    ),
    attack(
        "an error that fails",
        """
class E(Exception):
    def __str__(self): raise SystemExit
raise E
""",
        HONEST_SCALE,
        points=2,
    ),
]

READS = [
    attack(
        name,
        """
from pathlib import Path
import glob
found = [Path(f).read_text() for f in glob.glob('@PLACE@') if Path(f).is_file()]
raise RuntimeError(f'read {len(found)}: ' + ' '.join(found)[:250])
""".replace("@PLACE@", place),
        told="RuntimeError: read 0:",
    )
    for name, place in {
        "reads the definitions": "@REPOSITORY@/content/*/*",
        "reads the solutions": "@REPOSITORY@/solutions/*",
        "reads the sheets": "@REPOSITORY@/tinyml_course/grading/sheets/*",
        "reads the repository": "@REPOSITORY@/*",
        "reads other students' work": "@OUTSIDE@/*",
        "reads the home folder": "@HOME@/*",
        "reads accounts": "/etc/passwd",
    }.items()
] + [
    attack(
        "reads the environment",
        """
import os
raise RuntimeError(str(dict(os.environ)))
""",
        told="'HOME': '/box'",
    ),
    attack(
        "reads the environment of others",
        """
import glob
seen = []
for f in glob.glob('/proc/[0-9]*/environ'):
    try: seen.append(open(f).read())
    except OSError: pass
raise RuntimeError(f'read: {"@SECRET_NAME@" in str(seen)}')
""",
        told="read: False",
    ),
    attack(
        "reads the supervisor's memory and pipes",
        """
import os
parent = os.getppid()
for name in ('mem', 'fd/0', 'fd/1', 'maps', 'environ'):
    try:
        open(f'/proc/{parent}/{name}', 'rb').read(10)
    except (PermissionError, FileNotFoundError):
        continue
    raise RuntimeError('open: ' + name)
raise RuntimeError('all shut')
""",
        told="all shut",
    ),
    attack(
        "reads the questions from standard input",
        """
import os
if os.fork() == 0:
    import sys
    said = os.read(0, 10**6)
    open('/box/said', 'wb').write(said)
    os._exit(0)
os.wait()
raise RuntimeError('bytes: ' + str(os.path.getsize('/box/said')))
""",
        told="bytes: 0",
    ),
]

# Every one of them knows hidden inputs; nothing of them may stand in the result.
CARRIES = [
    attack("carries inputs in an error's text", both("    raise ValueError(f'{seen}')"), told="ValueError"),
    attack(
        "carries inputs in an error's name",
        both("    raise type(f'E{seen}', (Exception,), {})()"),
        told="an error of its own",
    ),
    attack(
        "carries inputs as a task that is not done",
        both("    raise NotImplementedError(f'{seen}')"),
        told="not done yet",
    ),
    attack("carries inputs in an answer", both("    return f'{seen}'"), told="another answer"),
    attack("carries inputs in a class", both("    return type(f'E{seen}', (), {})()"), told="another answer"),
    attack(
        "carries inputs in a warning",
        both("    import warnings; warnings.warn(f'{seen}'); print(seen)"),
        told="another answer",
    ),
    attack(
        "carries inputs in events",
        WRITE,
        both("    tell(cell=0, error=str(seen)); tell(defined=str(seen)); tell(late=str(seen)); tell(over=str(seen))"),
        told="another answer",
    ),
    attack(
        "carries inputs from frames",
        """
import sys, gc
def scale(low, high):
    frame = sys._getframe()
    seen = []
    while frame:
        seen.append(str(frame.f_locals)); frame = frame.f_back
    raise KeyError(str(seen) + str(gc.get_objects()[:9]))
""",
        told="KeyError",
    ),
    attack(
        "carries inputs in the hook of a fork",
        WRITE
        + """
import sys
def hook():
    for frame in sys._current_frames().values():
        while frame:
            tell(cell=2, error=str(frame.f_locals)); frame = frame.f_back
os.register_at_fork(after_in_child=hook)
""",
        both("    os.fork(); return 1"),
        told="another answer",
    ),
    attack(
        "a process that listens for the questions",
        WRITE
        + """
import threading, time, glob, sys, gc, socket
if os.fork() == 0:
    end = time.time() + 3
    while time.time() < end:
        for d in range(64):
            try:
                os.set_blocking(d, False); said = os.read(d, 65536)
                tell(cell=1, error=said.decode()); tell(defined=said.decode())
            except (OSError, UnicodeError): pass
        time.sleep(0.001)
    os._exit(0)
""",
        HONEST_SCALE,
        points=None,
    ),
]

NETWORK = [
    attack(
        f"connects to {name}",
        """
import socket
try:
    line = socket.socket(@FAMILY@)
    line.settimeout(1)
    line.connect(@ADDRESS@)
    line.sendall(b'hello')
except OSError as error:
    raise RuntimeError('no way') from None
raise RuntimeError('connected')
""".replace("@FAMILY@", family).replace("@ADDRESS@", address),
        told="no way",
    )
    for name, family, address in [
        ("IPv4", "socket.AF_INET", "('127.0.0.1', @PORT4@)"),
        ("IPv6", "socket.AF_INET6", "('::1', @PORT6@)"),
        ("a socket in the file system", "socket.AF_UNIX", "'@OUTSIDE@/socket'"),
        ("an abstract socket", "socket.AF_UNIX", "'\\0tinyml-@PORT4@'"),
    ]
] + [
    attack(
        "listens itself",
        """
import socket
socket.create_server(('', 0))
""",
        HONEST_SCALE,
        points=5,
    )
]

ENDS = [
    attack(
        "os._exit",
        """
import os
os._exit(0)
""",
        HONEST_SCALE,
        told="before the last cell",
    ),
    attack(
        "os._exit with the code of an end",
        """
import os
os._exit(42)
""",
        HONEST_SCALE,
    ),
    attack("SystemExit", "raise SystemExit(0)", HONEST_SCALE, points=5),
    attack("KeyboardInterrupt", "raise KeyboardInterrupt", HONEST_SCALE, points=5),
    attack(
        "a crash",
        """
import ctypes
ctypes.string_at(0)
""",
        told="before the last cell",
    ),
    attack(
        "kills its parent",
        """
import os, signal
for p in (os.getppid(), 1, 2):
    for s in (signal.SIGSTOP, signal.SIGKILL):
        try: os.kill(p, s)
        except OSError: pass
""",
        HONEST_SCALE,
        points=None,
    ),
    attack(
        "kills everything",
        """
import os
os.kill(-1, 9)
""",
        HONEST_SCALE,
        points=None,
    ),
    attack(
        "stops its parent",
        """
import os
try: os.kill(os.getppid(), 19)
except OSError: pass
""",
        HONEST_SCALE,
        points=None,
    ),
    attack(
        "exits in a function",
        """
import os
def scale(low, high):
    os._exit(0)
""",
        told="no answer for 5 of 5",
    ),
    attack("SystemExit in a function", both("    raise SystemExit(str(seen))"), told="an error of its own"),
    attack(
        "does not want to die",
        """
import signal
for s in range(1, 32):
    try: signal.signal(s, signal.SIG_IGN)
    except (OSError, ValueError): pass
while True:
    pass
""",
        told="longer than is allowed",
        seconds=1.5,
    ),
    attack(
        "an endless loop in a cell",
        """
while True:
    pass
""",
        HONEST_SCALE,
        points=5,
        told="not done after 0.5 s",
        seconds=1.5,
    ),
    attack(
        "an endless loop that catches everything",
        """
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
""",
        HONEST_SCALE,
        told="longer than is allowed",
        seconds=1.5,
    ),
    attack(
        "an endless loop in a function",
        """
def scale(low, high):
    while True:
        pass
""",
        told="too long",
    ),
    attack(
        "endless recursion",
        """
def scale(low, high):
    return scale(low, high)
scale(1, 2)
""",
        told="RecursionError",
    ),
    attack(
        "endless repr",
        """
class R(Exception):
    __repr__ = __str__ = lambda s: 'x' * 10**7
raise R
""",
        HONEST_SCALE,
        points=5,
    ),
]

EATS = [
    attack(
        "a fork bomb",
        """
import os
while True:
    try: os.fork()
    except OSError: pass
""",
        seconds=2,
    ),
    attack(
        "a thread bomb",
        """
import threading, time
while True:
    threading.Thread(target=time.sleep, args=(99,)).start()
""",
        HONEST_SCALE,
        points=2,
        told="RuntimeError",
    ),
    attack(
        "orphans",
        """
import os, time
for _ in range(9):
    if not os.fork():
        os.setsid()
        if not os.fork():
            time.sleep(999)
        os._exit(0)
    os.wait()
""",
        HONEST_SCALE,
        points=5,
    ),
    attack(
        "20 GB",
        """
x = bytearray(20 << 30)
x[::4096] = b'x' * len(x[::4096])
""",
        HONEST_SCALE,
        points=5,
        told="MemoryError",
    ),
    attack(
        "20 GB by many",
        """
import os, time
for _ in range(20):
    if not os.fork():
        x = b'x' * (200 << 20)
        time.sleep(60)
time.sleep(60)
""",
        points=0,
        told="more memory",
        memory_bytes=1 << 30,
    ),
    attack(
        "one large file",
        """
f = open('/box/f', 'wb')
while True:
    f.write(b'x' * 2**20)
""",
        points=2,
    ),
    attack(
        "every disk there is",
        """
places = {line.split()[1] for line in open('/proc/mounts')} | {'/', '/home', '/var/tmp', '/run', '@REPOSITORY@'}
total = 0
for place in sorted(places):
    for n in range(60):
        try:
            with open(f'{place}/fill{n}', 'wb', buffering=0) as f:
                for _ in range(8): total += f.write(b'x' * 2**20)
        except OSError: break
raise RuntimeError('small' if total <= 100 << 20 else f'wrote {total}')
""",
        HONEST_SCALE,
        points=5,
        told="small",
        seconds=15,
    ),
    attack(
        "many files",
        """
n = 0
while True:
    open(f'/tmp/{n}', 'w').close(); n += 1
""",
        told="not done after",
        seconds=1.5,
    ),
    attack(
        "many descriptors",
        """
files = []
while True:
    files.append(open('/dev/null'))
""",
        HONEST_SCALE,
        points=5,
        told="Too many open files",
    ),
]

KEEPS = [
    attack(
        "leaves keys with the kernel",
        """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
key = libc.syscall(@ADD_KEY@, b'user', b'tinyml-attack', b'x', 1, -3)
raise RuntimeError('kept' if key > 0 else 'refused')
""",
        told="refused",
    ),
    attack(
        "makes a world of its own",
        """
import ctypes
done = ctypes.CDLL(None).unshare(0x10000000)
raise RuntimeError('refused' if done else 'made')
""",
        told="refused",
    ),
]

ATTACKS = [*FORGED, *PATCHED, *CHANNEL, *READS, *CARRIES, *NETWORK, *ENDS, *EATS, *KEEPS]
