# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] title
# # Exercise 01 · Parameters, bytes and ratios
#
# Five tasks, two points each; an answer that is right in part can earn one of them. Replace each line that raises
# `NotImplementedError`, run the cell, then run the check below it. A check answers in one line and says which part is
# right. You can run it as often as you like.

# %% [markdown] solution-title tags=["solution-only"]
# **This is the worked solution.** It says why, not only what. Try the exercise first.

# %% task="setup"
import math
from itertools import pairwise

from tinyml_course.boards import UNO
from tinyml_course.grading import check

# %% [markdown] task="01.1"
# ### Your turn: task 01.1, parameters of a dense network
#
# `sizes` lists the layers from input to output, such as `(64, 32, 10)`. `pairwise` goes through the neighbours:
# (64, 32), then (32, 10). Complete one line: what does the layer from `inputs` to `outputs` add?


# %% task="01.1"
def dense_parameters(sizes):
    """Weights and biases of a dense network, from its layer sizes."""
    total = 0
    for inputs, outputs in pairwise(sizes):
        ### BEGIN SOLUTION complete this line, total += ...
        total += inputs * outputs + outputs
        ### END SOLUTION
    return total


# %% task="01.1"
check("01.1", dense_parameters)

# %% [markdown] why-1 tags=["solution-only"]
# **Why.** Each output is a weighted sum of *all* inputs: one weight for every pair. Then it adds a number of its
# own, so the biases follow the outputs. The number of neurons appears nowhere as a sum. A wide layer costs much
# because its inputs and outputs are *multiplied*.

# %% [markdown] task="01.2"
# ### Your turn: task 01.2, bytes of a model
#
# How many bytes hold `parameters` numbers of `bits` bits each? The bits are packed without gaps. Memory comes in
# whole bytes, so a last byte that is half empty still counts. Use integers all the way.


# %% task="01.2"
def model_bytes(parameters, bits):
    """Whole bytes that hold so many parameters."""
    all_bits = parameters * bits
    ### BEGIN SOLUTION turn bits into whole bytes
    full, rest = divmod(all_bits, 8)
    return full + (rest > 0)
    ### END SOLUTION


# %% task="01.2"
check("01.2", model_bytes)

# %% [markdown] why-2 tags=["solution-only"]
# **Why.** Three weights of 4 bits are 12 bits: one full byte and half of another. The half needs a byte too.
# `divmod` gives both parts at once. `math.ceil(all_bits / 8)` looks the same, and is wrong for very large models:
# `/` makes a float, which has only 53 bits of precision.

# %% [markdown] task="01.3"
# ### Your turn: task 01.3, parameters of a GPT
#
# Write it yourself, from the table of parts in the lesson: attention 4 *w*² + 4 *w*, feed-forward 8 *w*² + 5 *w*
# and normalizations 4 *w* in each layer; once each, a row of width *w* for every word and for every place, and 2
# *w* for the last normalization. Test it in your head with 1 layer, width 2, 10 words, 4 places: 106.


# %% task="01.3"
def gpt_parameters(layers, width, vocabulary, context):
    """All parameters of a GPT with these numbers in its configuration."""
    ### BEGIN SOLUTION write it yourself
    layer = 12 * width**2 + 13 * width
    tables = (vocabulary + context) * width
    last_normalization = 2 * width
    return layers * layer + tables + last_normalization
    ### END SOLUTION


# %% task="01.3"
check("01.3", gpt_parameters)

# %% [markdown] why-3 tags=["solution-only"]
# **Why.** The squares decide. For GPT-3, 12 × layers × width² makes up nearly all parameters, as the cell below
# shows. Everything else, tables, biases and normalizations, is less than one percent. That is why people say "12 ×
# layers × width²" and are nearly right. In a *small* model the tables weigh more.

# %% tags=["solution-only"]
big = gpt_parameters(96, 12288, 50257, 2048)
print(f"{big:,} parameters, {12 * 96 * 12288**2 / big:.1%} of them in the squares")

# %% [markdown] task="01.4"
# ### Your turn: task 01.4, orders of magnitude
#
# How many factors of ten lie between two sizes? For 1,000 and 10 it is 2. Do not round.


# %% task="01.4"
def orders_between(large, small):
    """Orders of magnitude between two positive numbers."""
    ### BEGIN SOLUTION write it yourself
    return math.log10(large / small)
    ### END SOLUTION


# %% task="01.4"
check("01.4", orders_between)

# %% [markdown] why-4 tags=["solution-only"]
# **Why.** Orders of magnitude count *factors*, so the sizes are divided, and the logarithm to base ten counts the
# tens. The fraction matters: 8.2 orders are 10^0.2 = 1.6 times 8 orders.

# %% [markdown] task="01.5"
# ### Your turn: task 01.5, what fits an Uno
#
# A model has `weights_bytes` of parameters, which never change, and needs `working_bytes` for its working values.
# Return `True` if an Uno can hold both. `UNO.flash_bytes` is the flash without the boot loader, `UNO.sram_bytes`
# the SRAM.


# %% task="01.5"
def fits_an_uno(weights_bytes, working_bytes):
    """Whether the weights fit the flash and the working values fit the SRAM."""
    ### BEGIN SOLUTION write it yourself
    weights_fit = weights_bytes <= UNO.flash_bytes
    working_values_fit = working_bytes <= UNO.sram_bytes
    return weights_fit and working_values_fit
    ### END SOLUTION


# %% task="01.5"
check("01.5", fits_an_uno)

# %% [markdown] why-5 tags=["solution-only"]
# **Why.** The two memories do not help each other. Flash keeps what never changes; SRAM keeps what changes at every
# step. So the two conditions are joined by *and*, and the sizes are never added. A model of 1,888 bytes with 500
# bytes of working values fits with ease, although the sum is more than {uno.sram_bytes}.
