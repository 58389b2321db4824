# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] title
# # Exercise 04 · Quantization by hand
#
# Five tasks, four points each; parts of a task count by themselves. At the end your five functions quantize a real
# layer, and its integers meet the exact reference. Codes are those of int8 in all tasks: −128 to 127.
#
# Replace each line that raises `NotImplementedError`, run the cell, then run the check below it, as often as you like.
# `tinyml check 04` in a terminal runs all checks; save the notebook before.

# %% [markdown] solution-title tags=["solution-only"]
# **This is the worked solution.** It says why, not only what. Try the exercise first.

# %% task="setup"
import numpy as np

from tinyml_course.fixed_point import multiply_by_quantized_multiplier
from tinyml_course.grading import check

# %% [markdown] task="04.1"
# ### Your turn: task 04.1, scale and zero point
#
# Fill the hole with three steps. They work for any range. **Step 1:** widen the range until it holds 0. **Step 2:**
# `scale` is its width divided by 255, the steps between 256 codes; where the width is 0, it is 1.0. **Step 3:**
# `zero_point` is the code of 0: −128 − low / scale, rounded to a whole number. Points: scale, zero point, ranges
# without 0 such as 2 … 5, ranges of one value.


# %% task="04.1"
def scale_and_zero_point(low, high):
    """Scale (float) and zero point (int) of the int8 codes for the range low ... high."""
    ### BEGIN SOLUTION fill the hole with the three steps
    low, high = min(low, 0.0), max(high, 0.0)
    scale = (high - low) / 255 or 1.0
    zero_point = round(-128 - low / scale)
    ### END SOLUTION
    return scale, zero_point


# %% task="04.1"
check("04.1", scale_and_zero_point)

# %% [markdown] why-1 tags=["solution-only"]
# **Why.** Zero is special: padding, dead ReLUs and dark pixels are exactly 0, and they are many. If 0 had no code
# of its own, each of them would carry the same small error, and a sum of many of them would carry a large one. So
# the range is widened first. Between 256 codes there are 255 steps, as five fingers have four gaps. The lowest
# code −128 stands for `low`; from there it is `−low / scale` steps up to zero. The first step also saves a tensor of
# one value: 3 … 3 becomes 0 … 3. Only 0 … 0 has no width. There any scale will do, so take 1: nobody can divide by 0.

# %% [markdown] task="04.2"
# ### Your turn: task 04.2, quantize with rounding and saturation
#
# `x` is an array. Round `x / scale` to the nearest whole number, *halves away from zero*: 2.5 to 3 and −2.5 to −3.
# Add the zero point. What is now below −128 or above 127 becomes −128 or 127. The last line changes the type to int8.
# Helpful: `np.sign`, `np.floor`, `np.abs`, `np.clip`. Points: rounding, saturation, type.


# %% task="04.2"
def quantize(x, scale, zero_point):
    """The int8 codes of real values, in the same shape."""
    quotient = x / scale
    ### BEGIN SOLUTION round, add the zero point, saturate
    rounded = np.sign(quotient) * np.floor(np.abs(quotient) + 0.5)
    codes = np.clip(rounded + zero_point, -128, 127)
    ### END SOLUTION
    return codes.astype(np.int8)


# %% task="04.2"
check("04.2", quantize)

# %% [markdown] why-2 tags=["solution-only"]
# **Why.** `np.floor(… + 0.5)` of the *magnitude* sends halves away from zero, and `np.sign` puts the sign back.
# `np.rint` sends halves to the even neighbour, so 0.5 and 2.5 come out one lower than on the board. Half a code is
# rare and looks harmless. But then your integers are *nearly* those of the board, and "nearly" cannot be tested: you
# would never know whether one difference in a thousand is rounding or a bug. Clip while the numbers are still wide:
# 130 as int8 is −126.

# %% [markdown] task="04.3"
# ### Your turn: task 04.3, dequantize, and bound the error
#
# Go back: which real value does each code stand for? And how far may the original have been from it? Return two
# arrays of the shape of `codes`, the real values and the **bounds**. A value that was rounded to its code is at most
# half a step away. The codes −128 and 127 also stand for all that was clipped, and nobody knows how far out it was:
# their bound is `np.inf`. Careful: `codes` are int8. What does NumPy make of int8 100 minus −128?


# %% task="04.3"
def dequantize(codes, scale, zero_point):
    """Real values of int8 codes, and how far the originals may have been from them."""
    ### BEGIN SOLUTION write it yourself
    wide = codes.astype(np.int32)
    values = scale * (wide - zero_point)
    clipped = (wide == -128) | (wide == 127)
    return values, np.where(clipped, np.inf, scale / 2)
    ### END SOLUTION


# %% task="04.3"
check("04.3", dequantize)

# %% [markdown] why-3 tags=["solution-only"]
# **Why.** The difference of two int8 codes needs nine bits, so widen first. Rounding moves a value to the nearest
# code; the farthest place from both neighbours is the middle, half a step away. That holds *between* the ends. At
# 127 arrive the values that round to it, and with them everything larger. So a quantized tensor tells you itself
# where to be careful: count its codes −128 and 127.

# %% [markdown] task="04.4"
# ### Your turn: task 04.4, a scale for each channel
#
# `weights` has a row for each output of a layer, its **channel**. Give each row a symmetric scale: its largest
# magnitude gets the code 127 or −127, and the zero point is 0. A row of zeros gets the scale 1. Return the scales,
# shape (rows,), and the int8 codes, in the shape of `weights`. Round to the nearest code; no weight here lies near a
# half, so halves may go either way.


# %% task="04.4"
def quantize_rows(weights):
    """A scale for each row, and the int8 codes."""
    ### BEGIN SOLUTION write it yourself
    largest = np.abs(weights).max(axis=1)
    scales = np.where(largest > 0, largest / 127, 1.0)
    codes = np.rint(weights / scales[:, np.newaxis])
    return scales, codes.astype(np.int8)
    ### END SOLUTION


# %% task="04.4"
check("04.4", quantize_rows)

# %% [markdown] why-4 tags=["solution-only"]
# **Why.** One large weight somewhere would make the steps of *all* rows coarse. A scale for each row costs one
# number a row, and the layer can afford it: the sums of a row are scaled once, at the end. `axis=1` goes along the
# row. `scales[:, np.newaxis]` is a column, so that each row meets its own scale. −128 stays unused: with −127 … 127
# each weight and its negative have codes of the same size, and the zero point is exactly 0.

# %% [markdown] task="04.5"
# ### Your turn: task 04.5, a dense layer in integers
#
# Write all of it. `codes` has a row of int8 for each image, `weights` a row of int8 for each output. The zero point
# of the weights is 0.
#
# 1. Sums: take `zero_in` off the codes, multiply with the weights and add up, add `bias`. Sums are int32.
# 2. `multiply_by_quantized_multiplier(sums, multiplier, shift)` brings them to the scale of the output.
# 3. Add `zero_out`, saturate, change the type to int8.


# %% task="04.5"
def dense_int8(codes, zero_in, weights, bias, multiplier, shift, zero_out):
    """int8 outputs of a dense layer: one row for each image, one column for each output."""
    ### BEGIN SOLUTION write it yourself
    distances = codes.astype(np.int32) - zero_in
    sums = distances @ weights.T.astype(np.int32) + bias
    scaled = multiply_by_quantized_multiplier(sums, multiplier, shift)
    return np.clip(scaled + zero_out, -128, 127).astype(np.int8)
    ### END SOLUTION


# %% task="04.5"
check("04.5", dense_int8)

# %% [markdown] why-5 tags=["solution-only"]
# **Why.** Real input times real weight is scale × scale × (code − zero point) × code. Both scales are the same for a
# whole sum, so they wait outside: inside there are only integers. The bias was stored in the scale of the sums, so
# it is added there. Then one multiplication takes the sum from the scale of the sums to the scale of the output.
# Zero point, saturation and type come last, in this order.

# %% [markdown] real-layer
# ## Your functions, a real layer
#
# The first layer of a trained network, 64 pixels to 32 units: your functions quantize the pixels and the weights, and
# compute the layer for all test images. The library does the same in its own way: `graph` is its exact reference,
# the one that the board agrees with. This cell is not graded. It works as soon as all tasks do.

# %% real-layer-data
import tinyml_course as tc
from tinyml_course.convert.one_layer import layer_graph
from tinyml_course.graph import Encoding
from tinyml_course.widgets import digits_layer

layer, pixels = digits_layer(), tc.load_digits().x_test / 16
zero_in, zero_out = -128, -128
scale_in, scale_out = 1 / 255, 5.7 / 255
inputs, outputs = Encoding(scale_in, zero_in), Encoding(scale_out, zero_out)
graph = layer_graph(layer.weights, layer.bias, inputs, outputs)

# %% real-layer-compare
multiplier, shift = (graph.tensors[name].values for name in ("multiplier", "shift"))
scales, weights = quantize_rows(layer.weights)
bias = np.rint(layer.bias / (scale_in * scales)).astype(np.int32)
codes = quantize(pixels, *scale_and_zero_point(0.0, 1.0))
yours = dense_int8(codes, zero_in, weights, bias, multiplier, shift, zero_out)
same = (yours == graph.predict(codes)).all(axis=1)
print(f"{same.sum()} of {len(same)} images: all {yours.shape[1]} codes equal the reference")
error = abs(dequantize(yours, scale_out, zero_out)[0] - layer.activations(16 * pixels)).mean()
print(f"mean error against the layer in floats: {error:.4f}")
