# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] title
# # 12 · Deploy to an Uno
#
# You have trained, quantized and sized models for eleven lessons. Now one of them leaves the computer. **After this
# lesson a model of yours reads handwritten digits on an Arduino Uno, and you know what that costs: flash, SRAM,
# time and energy.**

# %% digits
import tinyml_course as tc
from tinyml_course import plots
from tinyml_course.tables import table
from tinyml_course.widgets import predict

data = tc.load_digits()
alt = "Ten handwritten digits, 0 to 9, of 8 by 8 grey pixels, each with its label below."
first = [list(data.y_test).index(digit) for digit in range(10)]
images = data.x_test[first].reshape(-1, 8, 8)
plots.digit_gallery("64 pixels are enough to read a digit", images, range(10), range(10), alt)

# %% [markdown] objectives tags=["objectives"]
# ## What you will be able to do
#
# - **12.1** write any image as a request that the board understands
# - **12.2** read the board's answers, and notice when it refuses
# - **12.3** tell how much flash and SRAM are left on the board
# - **12.4** turn clock cycles into milliseconds and millijoules
# - **12.5** tell how long a battery lasts
#
# No board is needed. The **virtual Uno** that comes with the course executes the same machine code, instruction by
# instruction, and counts every clock cycle. With a real Uno you get the same answers.

# %% [markdown] warm-up
# ## Three questions on the lessons before
#
# <details><summary>1. Which numbers does a Bonsai store, and where on the Uno do they lie?</summary>
#
# The projection Z, the score matrices W and V of each node, and the branch vectors theta. They never change, so
# they lie in flash.
#
# </details>
# <details><summary>2. Why are they integers?</summary>
#
# They need fewer bytes, and the Uno's processor computes with 8-bit integers. It has no floating-point unit: every
# float operation is a small program.
#
# </details>
# <details><summary>3. What needs SRAM while the model runs?</summary>
#
# The input, the sums, the scores of the classes, and the stack with its return addresses.
#
# </details>
#
# ## Predict
#
# The Uno's clock makes {uno.clock:count} cycles in a second. For each image the model multiplies and adds a few
# thousand times. A multiplication alone takes 2 cycles; each weight must also be read from flash and unpacked.

# %% predict
guess = predict("How many milliseconds does the Uno take for one image?", "ms")
guess

# %% [markdown] see-it
# ## See it: six steps, six lines
#
# | step | what goes in | what comes out |
# |---|---|---|
# | 1 load | – | images and labels, already split |
# | 2 train | training images | a **Bonsai** of at most {bonsai.budget_bytes} |
# | 3 quantize | the Bonsai | a **Graph**: the same model, in integers only |
# | 4 size | the graph | what it takes on the board |
# | 5 export | the graph | a **Sketch**: a program for the Arduino, as text |
# | 6 run | the sketch | compiled, loaded, and the board's answers |
#
# **Step 1.** The pixels are whole numbers from 0 to 16, as a sensor would give them. Nothing is scaled: the sketch
# takes raw values.

# %% data tags=["nbval-check-output"]
print("train:", data.x_train.shape, data.x_train.dtype, "  test:", data.x_test.shape)
print("pixels from", data.x_train.min(), "to", data.x_train.max())

# %% [markdown] train-text
# **Step 2.** Train. The budget counts *every* stored number of the model. Training takes less than a minute and
# rounds the weights to their final integers while it learns, so nothing is lost afterwards.
#
# **Step 3.** Make the graph. `graph.classify` computes with integers only, exactly as the board will. A **test
# image** is one that training has never seen; only those count.

# %% train
bonsai = tc.Bonsai(budget_bytes=2048, seed=0).fit(data.x_train, data.y_train)
graph = tc.quantize(bonsai, data.x_train)
right = graph.classify(data.x_test) == data.y_test
print(f"{right.mean():.1%} of {len(right)} test images right, with {graph.model_bytes:,} bytes")

# %% [markdown] size-text
# **Step 4.** Will it fit? Each figure says how it was found: *measured* is counted byte by byte in the model, or comes
# from a compiled program that ran; *estimated* comes from a rule of thumb, where no compiler is installed or no board
# of that kind is at hand. Open the two lists below the table: every operator, and every board the course knows.

# %% size
tc.size(graph, board="uno")

# %% [markdown] export-text
# **Step 5.** Export. A **sketch** is what the Arduino world calls a program. Ours is a folder of text files.
# `digits.ino` opens in the Arduino IDE; `digits_model.h` holds the model. Read its first lines: you know every word
# by now.

# %% export
sketch = tc.export_arduino(graph, name="digits")
for name, text in sketch.files.items():
    print(f"{name:18} {len(text.splitlines()):4} lines")
header = sketch.files["digits_model.h"].splitlines()
start = next(number for number, line in enumerate(header) if "digits_PROJECTED" in line)
print("\n".join(["", *header[:6], "...", *header[start : start + 25]]))

# %% [markdown] run-text
# **Step 6.** Compile it and run it on the virtual Uno. The 540 test images travel to the board one by one over its
# serial line, and the answers travel back.

# %% run
run = tc.simulate(sketch, data.x_test)
print(run)

# %% [markdown] promise-text
# ### The promise, tested, and the reveal
#
# The course promises: **the graph on your computer and the board give the same integers.** Not nearly: exactly. So
# count the images for which any of the ten scores differs. Then see your guess beside the truth, and what the board
# reads: first the images it gets wrong, then some it gets right.

# %% promise tags=["nbval-check-output"]
different = (run.outputs != graph.predict(data.x_test)).any(axis=1)
print(different.sum(), "of", len(different), "images differ")

# %% reveal
why = "Guesses are often far off, up or down: reading a weight costs more than using it."
guess.reveal(run.milliseconds.mean(), why)

# %% gallery
on_board = run.classes == data.y_test
order, wrong = on_board.argsort(kind="stable")[:20], (~on_board).sum()
alt = f"Twenty test images, the board's answers below. The {wrong} wrong ones come first."
images = data.x_test[order].reshape(-1, 8, 8)
title = f"The Uno reads {len(right) - wrong} of {len(right)} test images right"
plots.digit_gallery(title, images, run.classes[order], data.y_test[order], alt)

# %% [markdown] talk-text
# ## How it works: talk to the board
#
# The next cell puts the board onto this page, with your program in it. Draw a digit with the mouse; or go to the
# grid with Tab, move with the arrow keys and press Space. The board answers each stroke. *Next example* shows it a
# test image. Watch the lamps TX and RX, the deepest stack in SRAM and the cycles of the last inference. Which
# drawings fool it?
#
# What you see in its *serial monitor* is a **protocol**, an agreement on who says what. Ours has one line for each
# request and one for each answer, in plain text. Type `i` there, or `hello`:
#
# | you send | the board answers | meaning |
# |---|---|---|
# | *(reset)* | `ready digits` | the board waits |
# | `c 00050f10…` | `c 7 2140` | class 7, found in 2,140 µs |
# | `o 00050f10…` | `o 7 2140 -306 299 …` | the same, and the score of every class; the grid asks like this |
# | `i` | `i digits 64 1 10 0 16 …` | its name, sizes, range of inputs and bytes |
# | anything else | `e length`, `e hex`, `e range`, `e command` | refused, and why |
#
# An image travels as **hexadecimal digits**, base 16: two for each byte. By hand, for four pixels 0, 5, 15, 16: 16
# is one sixteen and no ones, so the line is `c 00050f10`. The last cell sends that line from Python, to a board
# that has no picture. It wants 64 pixels, so it refuses.

# %% touch
board = tc.VirtualUno(sketch, examples=data.x_test, labels=data.y_test)
board

# %% talk tags=["nbval-check-output"]
from tinyml_course.board import UnoSimulator
from tinyml_course.toolchain import find

build = find().build(sketch)
with UnoSimulator(build.hex, build.sram_static_end) as uno:
    for line in ("", "c 00050f10\n", "hello\n"):
        uno.send(line.encode())
        answer = uno.run_until(b"\n", max_cycles=16_000_000).decode()
        print(line.strip() or "(reset)", "->", answer.strip())

# %% [markdown] include="setup"

# %% [markdown] include="12.1"

# %% [markdown] include="12.2"

# %% [markdown] board-text
# ## On the board: what it costs
#
# The virtual Uno counts **cycles**, the ticks of the clock, with all interruptions switched off. Everything else
# follows from them. The energy is an *estimate*: cycles times the {uno.board_nj_per_cycle} that the whole board
# uses in one of them, or the {uno.chip_nj_per_cycle} of its chip alone.
#
# A battery lasts longer when the chip **sleeps** between two images: its clock stands still until a timer wakes it.
# Below the table is what that brings. The chip alone gains years. The whole board gains hours, because its
# regulator, its USB chip and its lamp never sleep.

# %% board
uno = run.board
cycles = run.cycles.mean()
rows = [
    ("flash, whole sketch", f"{run.flash_bytes:,} of {uno.flash_bytes:,} B"),
    ("SRAM at its peak, whole sketch", f"{run.sram_peak_bytes:,} of {uno.sram_bytes:,} B"),
    ("time for one image", f"{cycles:,.0f} cycles = {uno.milliseconds(cycles):.2f} ms"),
    ("energy for one image, whole board", f"{uno.millijoules(cycles):.3f} mJ"),
    ("energy for one image, chip alone", f"{cycles * uno.nj_per_cycle_chip * 1e-6:.3f} mJ"),
]
table(("on the virtual Uno", "measured, energy estimated"), rows)

# %% battery
tc.battery_picture(run, period_seconds=10)

# %% [markdown] include="12.4"

# %% [markdown] rivals-text
# ### On a real Uno
#
# Do you have one? Connect it with a USB cable that carries data, and run this in a new cell. It replaces the
# program on the board:
#
# ```python
# tc.upload(sketch, x=data.x_test, y=data.y_test, graph=graph)
# ```
#
# It finds the board, compiles, uploads, verifies, and asks the board for all test images. The report counts the
# answers that differ from the virtual Uno's and from Python's: expect none. If something is missing, the message
# says what to do. `tinyml upload` does the same in a terminal.
#
# ## Was it worth it?
#
# Compare with two models that have no budget, trained on the same images: **kNN**, which stores all training images
# and looks for the nearest, and a neural network of ordinary size. And with GPT-3, for scale: it has no row for
# accuracy, because nobody asks it to read 64 pixels.

# %% rivals
from tinyml_course import facts
from tinyml_course.models import baselines

knn, network = baselines.nearest_neighbours(data), baselines.neural_network(data)
rows = [("GPT-3, 16 bits", {"big": facts.get("gpt3.bytes_fp16").value})]
for key, rival in (("knn", knn), ("network", network)):
    rows += [(f"{rival.name}: {rival.accuracy:.1%}", {key: rival.stored_bytes})]
rows += [(f"Bonsai: {right.mean():.1%}", {"bonsai": graph.model_bytes})]
title = f"{right.mean():.1%} right, 1/{knn.stored_bytes // graph.model_bytes} of kNN's bytes"
plots.size_ladder(title, rows, f"{title}. The network takes {network.stored_bytes:,} bytes.")

# %% [markdown] wrong-text
# ## What can go wrong
#
# **1. Other inputs than in training.** A camera that gives 0 to 255 is a different sensor. **2. A name that C does
# not allow.** The library refuses both, and says what to do. On a real board the sketch checks too: it answers `e
# range`.

# %% wrong
attempts = [
    lambda: graph.classify(data.x_test * 15),
    lambda: tc.export_arduino(graph, name="my-digits"),
]
for attempt in attempts:
    try:
        attempt()
    except tc.TinyMLError as error:
        print("refused:", error)

# %% [markdown] summary
# ## Summary
#
# 1. Six lines lead from images to answers of the board: load, train, quantize, size, export, simulate.
# 2. The graph, the program on your computer and the board agree on every integer.
# 3. The model's numbers lie in flash; SRAM holds the input, the sums and the stack.
# 4. Time is cycles over clock. Energy is time times power, so fewer cycles are less energy.
# 5. A model knows its inputs' range, and its program refuses all others.
#
# **Next:** the exercise `exercises/12_deploy_to_an_uno.ipynb` is the capstone of the course. It adds room and
# batteries, and lets you talk to the virtual board with your own code. The Arduino IDE opens the sketch too, after
# `sketch.write("my_sketches")`.
#
# **Sources.** Model: Kumar, Goyal and Varma 2017, PMLR 70:1935. Energy of the board: their Table 5,
# {uno.kumar_energy_mj} in {uno.kumar_time_ms}. Memory, clock and energy of the chip: ATmega328P datasheet (Atmel
# 8271), Table 29-9. Digits: UCI optdigits, test part, from scikit-learn.
