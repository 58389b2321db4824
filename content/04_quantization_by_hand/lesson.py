# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] title
# # 04 · Quantization by hand
#
# A trained network is made of real numbers. An Uno computes with whole numbers of one byte. **After this lesson you
# turn the first into the second by hand, you know what each step costs, and your integers are exactly those of the
# board.**

# %% ladder
import tinyml_course as tc
from tinyml_course import plots
from tinyml_course.widgets import QuantizationExplorer, digits_layer, predict

layer, data = digits_layer(), tc.load_digits()
kinds = {"float": 32, "int8": 8, "4-bit": 4}
count = layer.weights.size
rows = [(kind, {kind: count * bits / 8}) for kind, bits in kinds.items()]
alt = f"{count:,} weights: {4 * count:,} bytes as floats, 2 KiB as int8, 1 KiB in 4 bits."
plots.size_ladder(f"{count:,} weights in a quarter of the bytes, or an eighth", rows, alt)

# %% [markdown] objectives tags=["objectives"]
# ## What you will be able to do
#
# - **04.1** find the scale and the zero point of any range
# - **04.2** quantize any array of real numbers, as TensorFlow Lite does it
# - **04.3** turn codes back into real numbers, and say how far off each may be
# - **04.4** quantize a weight matrix with a symmetric scale for each channel
# - **04.5** compute a whole dense layer in integers, exactly as the board does

# %% [markdown] warm-up
# ## Three questions on the lesson before
#
# <details><summary>1. Why do only images count that training has never seen?</summary>
#
# A model can learn its training images by heart. Only new images show what it has learned about digits.
#
# </details>
# <details><summary>2. A dense layer leads from 64 inputs to 32 outputs. How many numbers does it store, and how many
# bytes are that as 32-bit floats?</summary>
#
# 64 × 32 weights and 32 biases: 2,080 numbers of 4 bytes, so 8,320 bytes.
#
# </details>
# <details><summary>3. What does kNN store, and what does a network store?</summary>
#
# kNN stores all its training images. A network stores its weights and biases only.
#
# </details>
#
# ## Predict
#
# To **quantize** is to replace real numbers by a few whole ones, their **codes**. One byte has room for 256 codes:
# −128 to 127. A range is **symmetric** if it reaches equally far below and above zero; then code 0 stands for 0.0,
# and the codes from −127 to 127 are spread evenly around it.
#
# A **ReLU** replaces everything below zero by zero. So the outputs of a ReLU layer are zero or positive.

# %% predict
question = "ReLU outputs get a symmetric range. How many of the 256 codes does that waste?"
guess = predict(question, "codes")
guess

# %% [markdown] see-it
# ## See it
#
# These are the weights of a trained layer: 64 pixels of a digit to 32 outputs. The fine lines above them are the
# codes. The distance between two codes is the **scale**. The code that stands for 0.0 is the **zero point**.
#
# Drag both ends of the range, or press Tab and the arrow keys, and watch the two errors. A range that is too wide
# makes all steps coarse: that is **rounding**. A range that is too narrow cuts values off: that is **clipping**.
# Three things to find out: which range has the smallest error with 8 bits? Which one with 3 bits? And why do the two
# answers differ? Try first, then open the line below the piece.

# %% explore
explorer = QuantizationExplorer(layer.weights)
explorer

# %% [markdown] found-text
# <details><summary>What did you find?</summary>
#
# With 8 bits the steps are fine, and there is nearly nothing to gain: the best range is the whole one, or nearly. With
# 3 bits there are only seven steps, and the few largest weights make all of them coarse. The best range clips these
# few, and the errors of all others shrink by more than that costs. The next cell counts.
#
# </details>

# %% found tags=["nbval-check-output"]
from tinyml_course.convert.affine import measure_error, to_codes, to_reals
from tinyml_course.convert.affine_search import best_encoding, fitted_encoding

W = layer.weights
for bits in (8, 3):
    for name, search in (("whole", fitted_encoding), ("best", best_encoding)):
        encoding = search(W, bits)
        error = measure_error(W, encoding, bits)
        print(f"{bits} bits, {name:5} range: step {encoding.one_scale:.4f}", end=", ")
        print(f"mean error {error.mean:.4f}, {error.clipped:2} weights clipped")

# %% [markdown] reveal-text
# ### The reveal
#
# Weights lie on both sides of zero. Outputs of a ReLU do not. Here are those of the same layer, for the training
# images, first with a symmetric range, then with the range from their minimum to their maximum.

# %% activations tags=["nbval-check-output"]
from tinyml_course.graph import Encoding

activations = layer.activations(data.x_train)
for symmetric in (True, False):
    encoding = fitted_encoding(activations, symmetric=symmetric)
    codes, error = to_codes(activations, encoding), measure_error(activations, encoding).mean
    print(f"codes {codes.min():4} to {codes.max()}, step {encoding.one_scale:.4f}", end=", ")
    print(f"zero point {encoding.zero_point:4}, mean error {error:.4f}")

# %% reveal
unused = sum(code < 0 for code in range(-128, 128))
why = "No output is below 0: −127 to −1 wait in vain. And a symmetric range leaves −128 out."
guess.reveal(unused, why)

# %% [markdown] how
# ## How it works: eight numbers by hand
#
# A thermometer measures from −32 to 95.5 degrees. Between 256 codes there are 255 steps, so the scale is (95.5 + 32)
# / 255 = **0.5**. The lowest code, −128, stands for −32. From there to zero it is 32 / 0.5 = 64 steps, so the zero
# point is −128 + 64 = **−64**. Now each number: divide by the scale, round, add the zero point. What lies outside
# −128 … 127 becomes the nearest code at the end: it **saturates**.
#
# | degrees | / 0.5 | rounded | − 64 | code | back again | off by |
# |--:|--:|--:|--:|--:|--:|--:|
# | −40 | −80 | −80 | −144 | **−128** | −32 | **8** |
# | −32 | −64 | −64 | −128 | −128 | −32 | 0 |
# | −10.25 | −20.5 | **−21** | −85 | −85 | −10.5 | 0.25 |
# | 0 | 0 | 0 | −64 | −64 | 0 | 0 |
# | 0.25 | 0.5 | **1** | −63 | −63 | 0.5 | 0.25 |
# | 21.3 | 42.6 | 43 | −21 | −21 | 21.5 | 0.2 |
# | 95.5 | 191 | 191 | 127 | 127 | 95.5 | 0 |
# | 110 | 220 | 220 | 156 | **127** | 95.5 | **14.5** |
#
# Back again is (code − zero point) × scale. Inside the range nothing is off by more than half a step, 0.25. Outside
# it, there is no limit. The library says the same:

# %% by-hand tags=["nbval-check-output"]
thermometer = Encoding(0.5, -64)
codes = to_codes([-40, -32, -10.25, 0, 0.25, 21.3, 95.5, 110], thermometer)
print(codes.tolist())
print(to_reals(codes, thermometer).tolist())

# %% [markdown] include="setup"

# %% [markdown] include="04.1"

# %% [markdown] rounding-text
# ### Why the halves matter
#
# −20.5 has two nearest whole numbers. TensorFlow Lite, and so this course, takes the one *away from zero*. NumPy's
# `rint` takes the *even* one. Both are fair. But the program on the board rounds in one way, and your Python must
# round in the same way. Then you can ask for equal codes, and each difference is a bug.
#
# The order matters too: round first, then add the zero point. 20.5 becomes 21, and 21 − 64 = −43. The other way
# round, 20.5 − 64 = −43.5 would become −44.

# %% [markdown] include="04.2"

# %% [markdown] channels-text
# ## A scale for each row of weights
#
# Weights keep a symmetric range: their zero point is 0, so the board has nothing to subtract from a weight. But one
# range for a whole matrix follows its largest weight, wherever it is. Each output of the layer has a row of weights,
# its **channel**. So give each row a scale of its own. It costs one number a row.

# %% channels tags=["nbval-check-output"]
from tinyml_course.convert.affine import channel_encoding

for bits in (8, 4):
    one = measure_error(W, fitted_encoding(W, bits, symmetric=True), bits).mean
    each = measure_error(W, channel_encoding(W, bits), bits).mean
    print(f"{bits} bits: mean error {one:.5f} with one scale, {each:.5f} with one for each row")

# %% [markdown] layer-text
# ## A layer in integers
#
# A dense layer adds up products: real output = bias + Σ real input × real weight. Put the codes in. The input has
# scale *sx* and zero point *zx*, the weights have scale *sw* and no zero point:
#
# > real sum = *sx* × *sw* × ( Σ (code − *zx*) × weight + bias code )
#
# In the brackets stand whole numbers only. They are added up in 32 bits, the **accumulator**, because products of
# two bytes soon need more than 16. The output has a scale *sy* of its own. So the accumulator is multiplied by *sx* ×
# *sw* / *sy*: it is **requantized**. That factor is no whole number, but it can be stored as one, the **multiplier**,
# with a **shift** that says how many bits to move.
#
# By hand, with two inputs: codes 10 and −5, zero point −3, weights 4 and −7, bias code 6. The distances from the zero
# point are 13 and −2. The accumulator is 13 × 4 + (−2) × (−7) + 6 = 72. With the factor 0.125 that is 9, and with
# the zero point −20 of the output the code is −11.

# %% requantize tags=["nbval-check-output"]
from tinyml_course.fixed_point import quantize_multiplier

multiplier, shift = quantize_multiplier(0.125)
print(f"0.125 = {multiplier:,} / 2^31 × 2^{shift}")
print("72 becomes", multiply_by_quantized_multiplier(72, multiplier, shift))

# %% [markdown] include="04.5"

# %% [markdown] exact-text
# In the exercise your function meets the library's **reference** on all 540 test images: every code must be equal.
# Pixels go from 0 to 1, outputs from 0 to 5.7, which is as far as they went with the training images. The ReLU of the
# layer costs nothing: its output range begins at 0, so the lowest code −128 stands for 0.0, and saturation does what
# the ReLU would do.

# %% exact tags=["nbval-check-output"]
from tinyml_course.convert.one_layer import layer_graph

inputs, outputs = Encoding(1 / 255, -128), Encoding(5.7 / 255, -128)
pixels = (data.x_test / 16).astype(np.float32)
codes, graphs = to_codes(pixels, inputs).astype(np.int8), {}
for bits in (8, 4):
    graphs[bits] = graph = layer_graph(W, layer.bias, inputs, outputs, bits=bits)
    off = np.abs(to_reals(graph.predict(codes), outputs) - layer.activations(data.x_test))
    print(f"{bits}-bit weights: outputs 0 to 5.7 are off by {off.mean():.4f} on average")

# %% [markdown] board-text
# ## On the board
#
# The same layer on the virtual Uno, three times as the plain loop that anybody would write in C, and once with the
# **kernel** that this course exports: code that is tuned for one kind of layer. All figures are measured there; the
# energy is estimated from the cycles.

# %% board
from tinyml_course.export.one_layer import plain_float_layer, plain_layer

sketches = {"32-bit floats": plain_float_layer(layer.weights, layer.bias)}
sketches |= {"int8": plain_layer(graphs[8]), "4-bit weights": plain_layer(graphs[4])}
sketches |= {"int8, tuned kernel": tc.export_arduino(graphs[8], "layer")}
runs = {}
for name, sketch in sketches.items():
    runs[name] = tc.simulate(sketch, pixels[:5] if name == "32-bit floats" else codes[:5])

# %% board-table
from tinyml_course.tables import table

rows = []
for name, run in runs.items():
    stored, flash = sketches[name].model_bytes, run.model_flash_bytes
    cost = f"{run.cycles.mean():,.0f}", f"{run.energy_millijoules.mean():.2f}"
    rows.append((name, f"{stored:,}", f"{flash:,}", run.model_sram_peak_bytes, *cost))
table(("one layer", "stored B", "flash B", "SRAM B", "cycles", "mJ, whole board"), rows)

# %% [markdown] board-why
# The Uno has no hardware for floats: each product and each sum is a small program. Whole numbers of one byte it
# multiplies in two cycles. Four bits halve the weights, and cost some cycles again, because two weights must be
# taken out of each byte. The tuned kernel keeps its sums in registers, and skips inputs that are 0.

# %% [markdown] wrong-text
# ## What can go wrong
#
# **1. Zero without a code.** Values from 0.5 to 3.5 got exactly that range. Then somebody pads the picture with zeros.
#
# **2. The sign of the zero point.** One minus is a plus, and everything is off by twice the zero point.

# %% wrong-zero tags=["nbval-check-output"]
from tinyml_course.convert.affine import range_encoding

narrow, wide = range_encoding(0.5, 3.5, with_zero=False), range_encoding(0.5, 3.5)
for encoding in (narrow, wide):
    zeros = to_reals(to_codes(np.zeros(64), encoding), encoding)
    print(f"zero point {encoding.zero_point}: 64 zeros add up to {zeros.sum():.2f}")
turned = Encoding(thermometer.scale, -thermometer.zero_point)
warm = to_codes([21.3], thermometer)
print("sign turned: 21.3 degrees come back as", to_reals(warm, turned)[0])

# %% [markdown] wrong-overflow-text
# **3. A tensor of one value.** Its range has no width, so the scale is 0, and 0 / 0 is no number (`nan`). A range that
# is widened to zero first has no such hole.
#
# **4. Overflow.** Codes are int8, and NumPy stays in int8 when it adds and multiplies arrays of them. No error, no
# warning: the numbers wrap around. On the Uno, C computes in 16 bits. That hides the mistake until the sums are long.

# %% wrong-overflow tags=["nbval-check-output"]
same = np.full(4, 2.0)
with np.errstate(invalid="ignore"):
    print("no width:", (same - same.min()) / ((same.max() - same.min()) / 255))
print("widened: ", to_codes(same, range_encoding(2, 2)))
some = np.array([100, 100], np.int8)
print("in int8:", some @ some, some + some, some - np.int8(-128))
wide = some.astype(np.int32)
print("wide:   ", wide @ wide, wide + wide, wide - np.int8(-128))

# %% [markdown] summary
# ## Summary
#
# 1. code = saturate(round(x / scale) + zero point); back again is scale × (code − zero point).
# 2. The range must hold 0, and its 256 codes make 255 steps. A range that fits wastes no codes.
# 3. Inside the range the error is at most scale / 2. Clipped values can be off by anything.
# 4. Weights: symmetric, a scale for each output. Their zero point is 0, so the sums stay short.
# 5. A layer in integers: subtract the zero point, add up in 32 bits, requantize, add the zero point, saturate.
#
# **Next:** the exercise `exercises/04_quantization_by_hand.ipynb` adds the way back with its error bound, and the
# scales for each row. At its end your own functions compute a real layer. Lesson 05 does this to whole models.
#
# **Sources.** Scale, zero point and integer layers: Jacob et al., *Quantization and Training of Neural Networks for
# Efficient Integer-Arithmetic-Only Inference*, CVPR 2018, sections 2.1 to 2.4. A scale for each channel:
# Krishnamoorthi, *Quantizing deep convolutional networks for efficient inference*, arXiv 1806.08342, section 3. Ranges
# of int8, and which tensors are symmetric: TensorFlow Lite's *8-bit quantization specification*. Cycles of `mul` and
# `lpm`: ATmega328P datasheet (Atmel 8271), instruction set summary.
