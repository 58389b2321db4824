# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] title
# # Exercise 12 · Capstone: a board that answers
#
# Five tasks, two points each; an answer that is right in part can earn one of them. The first two let you talk to the
# board, the other three say what it costs. At the end your own two functions ask the virtual Uno to read a digit.

# %% [markdown] solution-title tags=["solution-only"]
# **This is the worked solution.** It says why, not only what. Try the exercise first.

# %% task="setup"
from tinyml_course.boards import UNO
from tinyml_course.grading import check

# %% [markdown] task="12.1"
# ### Your turn: task 12.1, ask the board
#
# Complete one line. `pixels` are whole numbers from 0 to 255. The request is `c`, a space, and two hexadecimal
# digits for each pixel, so 5 becomes `05`. Python writes a number in base 16 with the format code `x`.


# %% task="12.1"
def request(pixels):
    """The request line for one image, such as 'c 00050f10'."""
    ### BEGIN SOLUTION complete this line, digits = ...
    digits = "".join(f"{pixel:02x}" for pixel in pixels)
    ### END SOLUTION
    return "c " + digits


# %% task="12.1"
check("12.1", request)

# %% [markdown] why-1 tags=["solution-only"]
# **Why.** In `02x`, `x` asks for base 16, `2` for at least two digits and `0` for zeros in front. Without the
# zeros, 5 and 15 would become one digit each, and the board could not tell where a byte ends. Fixed widths need no
# separators.

# %% [markdown] task="12.2"
# ### Your turn: task 12.2, read the answer
#
# Fill the hole. From `c 7 2140` return the two whole numbers `(7, 2140)`. A line that does not start with `c` is a
# refusal such as `e length`: raise a `ValueError` with the line as its message. Lines end in `\r\n`, `\n` or
# nothing.


# %% task="12.2"
def parse_reply(line):
    """Class and microseconds from the board's answer; ValueError if it refused."""
    words = line.split()
    ### BEGIN SOLUTION check the first word, then return two numbers
    if words[0] != "c":
        raise ValueError(f"the board refused: {line.strip()}")
    return int(words[1]), int(words[2])
    ### END SOLUTION


# %% task="12.2"
check("12.2", parse_reply)

# %% [markdown] why-2 tags=["solution-only"]
# **Why.** What comes over a wire is text. `'7'` and `7` look alike when printed and are not equal. And an error
# that travels on as if it were a class is the worst kind: everything seems to work. So refuse early and loudly.
# `split()` without an argument also drops the end of the line, whichever it is.

# %% [markdown] task="12.3"
# ### Your turn: task 12.3, room left on the board
#
# Write it yourself. A compiled sketch takes `flash_bytes` of flash, `static_bytes` of SRAM for its variables, and
# at its deepest point `stack_bytes` of SRAM for the stack. Return two numbers: the bytes of flash and the bytes of
# SRAM that are left on an Uno. If it does not fit, they are negative.


# %% task="12.3"
def room_left(flash_bytes, static_bytes, stack_bytes):
    """Bytes of flash and bytes of SRAM that are left."""
    ### BEGIN SOLUTION write it yourself
    sram_taken = static_bytes + stack_bytes
    return UNO.flash_bytes - flash_bytes, UNO.sram_bytes - sram_taken
    ### END SOLUTION


# %% task="12.3"
check("12.3", room_left)

# %% [markdown] why-3 tags=["solution-only"]
# **Why.** Variables grow from one end of the SRAM, the stack from the other. Where they meet, they overwrite each
# other, without any message. The compiler knows the variables only, so its report looks better than the truth. The
# virtual Uno measures the deepest point of the stack too.

# %% [markdown] task="12.4"
# ### Your turn: task 12.4, time and energy from cycles
#
# Write it yourself. `UNO.clock_hz` is the clock in cycles per second. `UNO.nj_per_cycle_board` is what the whole
# board uses in one cycle, in nanojoules: billionths of a joule. Return milliseconds and millijoules.


# %% task="12.4"
def time_and_energy(cycles):
    """Milliseconds and millijoules that so many clock cycles take."""
    ### BEGIN SOLUTION write it yourself
    seconds = cycles / UNO.clock_hz
    joules = cycles * UNO.nj_per_cycle_board * 1e-9
    return seconds * 1000, joules * 1000
    ### END SOLUTION


# %% task="12.4"
check("12.4", time_and_energy)

# %% [markdown] why-4 tags=["solution-only"]
# **Why.** Convert once, at the end, from plain seconds and joules. Most wrong answers here are a power of ten away,
# because two prefixes were juggled at the same time.

# %% [markdown] task="12.5"
# ### Your turn: task 12.5, days on a battery
#
# Write it yourself. Once in `period_s` seconds the board is awake for `active_ms` milliseconds and draws
# `active_ma`. The rest of the time it sleeps and draws `sleep_ma`. The battery holds `capacity_mah`,
# milliampere-hours. How many days does it last? Weigh each current with its share of the time.


# %% task="12.5"
def battery_days(capacity_mah, active_ma, sleep_ma, active_ms, period_s):
    """Days until the battery is empty."""
    ### BEGIN SOLUTION write it yourself
    awake = active_ms / 1000 / period_s
    mean_ma = awake * active_ma + (1 - awake) * sleep_ma
    return capacity_mah / mean_ma / 24
    ### END SOLUTION


# %% task="12.5"
check("12.5", battery_days)

# %% [markdown] why-5 tags=["solution-only"]
# **Why.** A battery stores charge, so currents are averaged over time. When the board sleeps nearly always, the
# *sleep* current decides, not the model. An Uno board cannot sleep well: its regulator, USB chip and LED go on,
# {uno.board_current_asleep} in all. The chip alone sleeps with {uno.chip_current_power_down}. The cell compares
# both, with one image each minute, from AA cells of {battery.aa_capacity}. The second number is beyond the life of
# any battery: they age before they are empty.

# %% tags=["solution-only"]
from tinyml_course import facts

value = {fact.id: fact.value for fact in facts.all_facts()}
aa, board, chip = value["battery.aa_capacity"], "uno.board_current", "uno.chip_current"
on_board = battery_days(aa, value[board + "_running"], value[board + "_asleep"], 2.5, 60)
alone = battery_days(aa, value[chip + "_8mhz"], value[chip + "_power_down"] / 1000, 5, 60)
print(f"whole board: about {on_board:,.0f} days; chip alone: about {alone / 365:,.0f} years")

# %% [markdown] own-board
# ## Your functions, the board's answer
#
# Everything together: export the lesson's Bonsai, compile it, start the virtual Uno, ask it with your `request`, read
# its answer with your `parse_reply`. The Bonsai is stored, so it need not be trained again. This cell is not graded.
# It works as soon as tasks 12.1 and 12.2 do.

# %% own-board-code
import tinyml_course as tc
from tinyml_course.board import UnoSimulator
from tinyml_course.models.trained import digits_bonsai
from tinyml_course.toolchain import find

data = tc.load_digits()
build = find().build(tc.export_arduino(digits_bonsai(), name="digits"))

# %% own-board-ask
with UnoSimulator(build.hex, build.sram_static_end) as uno:
    print(uno.run_until(b"\n", max_cycles=16_000_000).decode().strip())
    for image, label in zip(data.x_test[:5], data.y_test[:5], strict=True):
        uno.send(request(image).encode() + b"\n")
        answer = uno.run_until(b"\n", max_cycles=160_000_000).decode()
        print("label", label, " board", parse_reply(answer)[0])
