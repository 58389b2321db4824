# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] title
# # 01 · From GPT-3 to an Uno
#
# GPT-3 does not fit the memory of any laptop. An Arduino Uno has less memory than the first picture below needs.
# **After this lesson you can say, with numbers, how far apart they are, and what it takes to cross the gap.**

# %% ladder
from tinyml_course import facts, plots
from tinyml_course.boards import UNO
from tinyml_course.tables import table
from tinyml_course.units import format_bytes, format_ratio
from tinyml_course.widgets import LogScale, predict

plots.model_ladder()

# %% [markdown] objectives tags=["objectives"]
# ## What you will be able to do
#
# - **01.1** count the parameters of a dense network from its layer sizes
# - **01.2** turn a number of parameters and a precision into bytes
# - **01.3** count the parameters of a GPT from four numbers of its configuration
# - **01.4** say how many orders of magnitude lie between two sizes
# - **01.5** tell whether a model fits an Uno
#
# Run each cell with Shift+Enter, from top to bottom. You need no board: later lessons bring a virtual one.

# %% [markdown] warm-up
# ## Three questions before we start
#
# Answer each one for yourself, then open it.
#
# <details><summary>1. What does training change in a neural network?</summary>
#
# Its <b>parameters</b>: the weights of the connections and the biases of the neurons. The layers and their sizes
# stay as they are.
#
# </details>
# <details><summary>2. How many different values can one byte hold?</summary>
#
# A byte has 8 bits, so it holds 2⁸ = 256 different values.
#
# </details>
# <details><summary>3. What is a thousand times a million?</summary>
#
# 10³ × 10⁶ = 10⁹: a billion. To multiply powers of ten, add their exponents.
#
# </details>
#
# ## Predict
#
# An **Arduino Uno** is a small computer board, a **microcontroller** with some pins around it. A microcontroller is
# a whole computer in one chip. It keeps its program in **flash**, a memory that holds its content without power.
# The Uno has {uno.flash_bytes} of flash: 32 times 1,024 bytes.
#
# Commit to a number before you read on. A wrong guess helps you to remember the right answer; no guess does not.

# %% predict
question = "GPT-3's parameters take 2 bytes each. How many Unos hold them in their flash?"
guess = predict(question, "Unos")
guess

# %% [markdown] see-linear
# ## See it
#
# First, the sizes of some well-known models as bars. Below GPT-2 XL there is nothing left to see.

# %% linear
plots.model_ladder(logarithmic=False)

# %% [markdown] see-log
# The picture at the top of the page shows the same models on a **logarithmic axis**: each step to the right
# *multiplies* by ten. Such a step is an **order of magnitude**. Equal distances are equal ratios, so a phone's
# model and a language model fit into one picture. We use this axis in the whole course.
#
# Below is the same picture to play with. Drag the orange memory, or move it with the arrow keys, and read what it
# holds. Choose other ways to store the parameters. Change to the *linear* axis, and walk along it in powers of ten.
# Three things to find out: which models does your telephone hold? How many more when each parameter takes 4 bits
# instead of 32? How long would GPT-3's bar be, if the one of a Bonsai were one millimetre long?

# %% explore
LogScale()

# %% [markdown] count-text
# ## How it works: count the parameters
#
# A **parameter** is a number that training sets. In a **dense layer** every output is a weighted sum of all inputs,
# plus one number of its own. So a layer from 2 inputs to 3 outputs has 2 × 3 **weights** and 3 **biases**.
#
# By hand, for a network 2 → 3 → 1. Below it the same two lines with larger numbers, for small pictures of
# handwritten digits: 64 pixels, 32 neurons in the middle, 10 digits.

# %% by-hand tags=["nbval-check-output"]
print((2 * 3 + 3) + (3 * 1 + 1), "parameters for 2 → 3 → 1")
pixels, hidden, digits = 64, 32, 10
parameters = (pixels * hidden + hidden) + (hidden * digits + digits)
print(f"{parameters:,} parameters for 64 → 32 → 10, and only {hidden + digits} neurons")

# %% [markdown] include="setup"

# %% [markdown] include="01.1"

# %% [markdown] bytes-text
# ## From parameters to bytes
#
# Each parameter is stored with some number of bits, its **precision**. Training uses 32-bit or 16-bit **floats**,
# numbers with a moving decimal point. This course stores most models as 8-bit or 4-bit **integers**. Lesson 04
# shows how that works and what it costs.
#
# For the digits network:

# %% bytes-code tags=["nbval-check-output"]
for kind in ("fp32", "fp16", "int8", "int4"):
    bits = int(facts.get(f"bits_per.{kind}").value)
    print(f"{kind}: {bits:2} bits each, {parameters * bits // 8:6,} B in all")

# %% [markdown] include="01.2"

# %% [markdown] two-kilobytes
# ### Which kilobyte?
#
# | name | bytes | used for |
# |---|--:|---|
# | **kB**, MB, GB | 1,000 · 1,000² · 1,000³ | files, disks and, in this course, big models |
# | **KiB**, MiB, GiB | 1,024 · 1,024² · 1,024³ | the memory of a microcontroller |
#
# When the course says "2 KB" of an Uno or of a Bonsai, it means **2 KiB = 2,048 bytes**, as the data sheet and the
# Bonsai paper do.
#
# ## GPT-3, counted
#
# You need four numbers to count all parameters of a **GPT**, the kind of network behind GPT-2 and GPT-3. It is a
# stack of equal **layers**. Between them flow lists of numbers; the length of a list is the **width**. The network
# knows a **vocabulary** of words and parts of words, and reads up to its **context** of them at a time.
#
# | part | how often | parameters, width *w* | for *w* = 2 |
# |---|---|--:|--:|
# | attention: four square matrices and their biases | in each layer | 4 *w*² + 4 *w* | 24 |
# | feed-forward: *w* → 4 *w* → *w*, with biases | in each layer | 8 *w*² + 5 *w* | 42 |
# | two normalizations, two lists each | in each layer | 4 *w* | 8 |
# | table of words: a row of width *w* for each | once | vocabulary × *w* | 20, for 10 words |
# | table of positions: a row for each place | once | context × *w* | 8, for 4 places |
# | last normalization | once | 2 *w* | 4 |
#
# The output uses the table of words again, so it adds nothing. A toy with one layer has 24 + 42 + 8 + 20 + 8 + 4 =
# **106** parameters. What the parts *do* does not matter here. Counting is enough.

# %% [markdown] include="01.3"

# %% [markdown] gpt3-text
# The paper about GPT-3 gives its numbers: {gpt3.layers}, width {gpt3.width:count}, a context of {gpt3.context}. Its
# vocabulary has {gpt3.vocabulary}. The paper also gives a total, so we can test our counting.

# %% gpt3-count tags=["nbval-check-output"]
counted, printed = facts.get("gpt3.parameters_counted"), facts.get("gpt3.parameters")
print(f"counted: {counted.value:,.0f}   printed in the paper: {printed.value:,.0f}")
kinds = {"32-bit floats": 32, "16-bit floats": 16, "8-bit integers": 8, "4-bit integers": 4}
sizes = {kind: printed.value * bits / 8 for kind, bits in kinds.items()}
rows = [(kind, format_bytes(size, "decimal")) for kind, size in sizes.items()]
table(("GPT-3 as", "size"), rows)

# %% [markdown] reveal-text
# The two counts agree to four digits: **{gpt3.parameters}**. Not one of them is a neuron.
#
# ## The reveal
#
# How many Unos for GPT-3 at 16 bits? An Uno's start program, the **boot loader**, keeps {uno.bootloader_bytes} of
# the flash; the rest is ours.

# %% reveal
unos = sizes["16-bit floats"] / UNO.flash_bytes
why = "Many people say thousands. But from KiB to GB it is a factor of a million already."
guess.reveal(unos, why)

# %% ratio tags=["nbval-check-output"]
budget = facts.get("bonsai.budget_bytes").value
print("16 bits, to 2 KiB:  ", format_ratio(sizes["16-bit floats"], budget))
print("32 bits, to 0.5 KiB:", format_ratio(sizes["32-bit floats"], budget / 4))

# %% [markdown] ratio-text
# Eight to nine orders of magnitude, depending on which pair you compare. So always say which.
#
# **Bonsai** is a small decision tree with a tiny network in each node (Kumar, Goyal and Varma, 2017). In lesson 11
# you train one that reads handwritten digits and fits {bonsai.budget_bytes}. In lesson 12 it runs on the Uno. No
# one will talk with it about Shakespeare: a small model does *one* small task.
#
# ## On the board: two memories
#
# | memory | what for | on the Uno |
# |---|---|--:|
# | **flash** | program, parameters: what never changes | {uno.flash_bytes}, {uno.usable_flash_bytes} of it ours |
# | **SRAM** | working values: inputs, sums, the stack; lost without power | {uno.sram_bytes} |
#
# Parameters stay in flash and are read from there, one by one. Only the working values need SRAM. Two questions
# decide whether a model fits: *do the parameters fit the flash? Do the working values fit the SRAM?*

# %% fits-code tags=["nbval-check-output"]
models = {"GPT-2 XL": "gpt2_xl", "MobileNet": "mobilenet_v1", "spoken commands": "tiny_kws"}
for name, key in models.items():
    size = facts.get(f"{key}.parameters").value
    share = f"{size / UNO.flash_bytes:8,.1f} times the flash"
    print(f"{name:15} as 8-bit integers: {format_bytes(size, 'decimal'):>7}, {share}")

# %% [markdown] fits-text
# The parameters of the last one, which listens for spoken commands, would fit the flash. The Uno still cannot run
# it: its working values need far more than the {uno.sram_bytes} of SRAM. Lesson 07 is about that. Tasks 01.4 and
# 01.5 wait for you in the exercise.
#
# ## What can go wrong
#
# **1. Bits for bytes.** The number is right and the unit is not: eight times too much. **2. KiB for kB.** Harmless
# at first, and then it grows with the prefix.

# %% wrong-units tags=["nbval-check-output"]
wrong = printed.value * 16
print("wrong:", format_bytes(wrong, "decimal"), "  right:", format_bytes(wrong / 8, "decimal"))
pairs = ("KiB for kB", "MiB for MB", "GiB for GB", "TiB for TB")
for power, pair in enumerate(pairs, start=1):
    print(f"{pair}: {(1.024**power - 1):.1%} off")

# %% [markdown] wrong-neurons
# **3. Neurons for parameters.** The article that inspired this course writes that GPT-3 has
# {article.gpt3_neurons:count} *neurons*, more than a brain. Counted as hidden units, GPT-3 has this many:

# %% wrong-neurons-code tags=["nbval-check-output"]
units = facts.get("gpt3.hidden_units")
brain = facts.get("brain.neurons")
print(f"GPT-3: {units}.  A brain: {brain}, {brain.value / units.value:,.0f} times as many.")

# %% [markdown] article
# ## The article, examined
#
# M. Stewart's article *Tiny Machine Learning: The Next AI Revolution* (2020) made many people curious, and its idea
# holds. Some of its numbers do not. The left column says in our words what it claims.

# %% article-table
rows = [(claim.said, claim.verdict, claim.correction) for claim in facts.claims()]
table(("the article", "verdict", "what holds"), rows, numbers="left")

# %% [markdown] summary
# ## Summary
#
# 1. A parameter is a number that training sets. A dense layer has inputs × outputs weights and one bias for each
#    output.
# 2. Bytes = parameters × bits / 8, rounded up. Say whether you mean kB or KiB.
# 3. GPT-3 has {gpt3.parameters}, {gpt3.bytes_fp16} at 16 bits. That is {gpt3.fp16_over_bonsai:round} times a Bonsai
#    of {bonsai.budget_bytes}.
# 4. On an Uno, parameters lie in {uno.usable_flash_bytes} of flash; working values share {uno.sram_bytes} of SRAM.
# 5. Large numbers deserve a source. The table below has those of this lesson.
#
# **Next:** do the exercise `exercises/01_from_gpt3_to_an_uno.ipynb`. It holds the tasks from above and two more.
# Then lesson 02 asks when it pays to compute on the board at all.

# %% sources
names = ["gpt3.parameters", "gpt3.layers", "gpt3.training_energy_gwh", "brain.synapses"]
names += ["uno.flash_bytes", "uno.sram_bytes", "kumar.whale_bonsai_accuracy"]
chosen = [facts.get(name) for name in names]
table(("fact", "number", "source"), [(f.id, f, f.source) for f in chosen], numbers="left")
