# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] title
# # Exercise 10 · A Bonsai, integer by integer
#
# Six tasks. Together they are a whole Bonsai: each one uses what the tasks before it compute. All numbers are
# integers, in NumPy arrays wide enough for every sum.
#
# Replace each line that raises `NotImplementedError`, run the cell, then run the check below it, as often as you like.
# `tinyml check 10` in a terminal runs all checks; save the notebook before.

# %% [markdown] solution-title tags=["solution-only"]
# **This is the worked solution.** It says why, not only what. Try the exercise first.

# %% task="setup"
import numpy as np

from tinyml_course.grading import check

# %% [markdown] task="10.1"
# ### Your turn: task 10.1, the projection
#
# Complete one line. `x` holds the pixels of one image. `Z` has a row for each projected feature: its **bias** first,
# then one weight for each pixel. The bias is multiplied with `bias_input`, the integer that stands for 1. What are
# the weighted sums? The last line rounds them to the nearest integer, as the board does. With `x` = (6, 10), `Z` =
# ((1, 2, −1), (−1, 1, 2)), `bias_input` = 16 and `shift` = 2, it gives (5, 3).


# %% task="10.1"
def project(x, Z, bias_input, shift):
    """The projected features z of one image."""
    half = (1 << shift) >> 1
    ### BEGIN SOLUTION complete this line, sums = ...
    sums = Z @ np.concatenate(([bias_input], x))
    ### END SOLUTION
    return (sums + half) >> shift


# %% task="10.1"
check("10.1", project)

# %% [markdown] why-1 tags=["solution-only"]
# **Why.** The bias is a weight like the others; its input never changes. So put that input in front of the pixels,
# and one matrix product does it all. A shift alone rounds *down*. Adding half of 2^shift before it makes that
# rounding to the nearest, and costs one addition.

# %% [markdown] task="10.2"
# ### Your turn: task 10.2, the branch
#
# Fill the hole. `theta` is the row of node number `node`. A product above zero sends the path to the left child. All
# others, zero too, go right. Nodes are numbered from 0, level by level; the children of node 1 are 3 and 4.


# %% task="10.2"
def next_node(node, theta, z):
    """The number of the child that the path goes on to."""
    product = theta @ z
    ### BEGIN SOLUTION from node and product to the child's number
    side = 1 if product > 0 else 2
    return 2 * node + side
    ### END SOLUTION


# %% task="10.2"
check("10.2", next_node)

# %% [markdown] why-2 tags=["solution-only"]
# **Why.** The numbers replace pointers. Before node *k* there are *k* nodes, and each of them has two children; the
# root is nobody's child. So the children of node *k* come after 1 + 2*k* others, and are 2*k* + 1 and 2*k* + 2. Not
# one byte is stored for the shape of the tree. Zero must go somewhere: training, the reference and the board have to
# agree where.

# %% [markdown] task="10.3"
# ### Your turn: task 10.3, the scores of one node
#
# Write it yourself. `W` and `V` are those of one node, with one row for each class. A class gets its W z times the
# **hard tanh** of its V z, shifted right by `shift`. The hard tanh keeps what lies between `-one` and `one` and holds
# the rest at these limits. The shift comes last and rounds down.


# %% task="10.3"
def node_scores(z, W, V, one, shift):
    """What one node adds to the score of each class."""
    ### BEGIN SOLUTION write it yourself
    gates = np.clip(V @ z, -one, one)
    return ((W @ z) * gates) >> shift
    ### END SOLUTION


# %% task="10.3"
check("10.3", node_scores)

# %% [markdown] why-3 tags=["solution-only"]
# **Why.** W z says how much a class gets. The gate says whether this node has an opinion about it, and of which sign:
# near 0 it says nothing. A real tanh needs an exponential; the hard one needs two comparisons. The product has the
# scale of W z times the scale of the gate, so the shift brings it back to small numbers. Shifting *first* would throw
# the same bits away from a smaller number, and lose more.

# %% [markdown] task="10.4"
# ### Your turn: task 10.4, the path and its bytes
#
# Write it yourself. `theta` has one row for each inner node; a node without a row is a leaf. Return two things: the
# numbers of the nodes from the root to the leaf, and the bytes that are read. `always_bytes` is read for every image.
# Each node on the path reads `node_bytes` for W and V, and each *inner* one `branch_bytes` for its row of theta.


# %% task="10.4"
def path(z, theta, always_bytes, node_bytes, branch_bytes):
    """The nodes from the root to the leaf, and the bytes read."""
    ### BEGIN SOLUTION write it yourself
    nodes = [0]
    while nodes[-1] < len(theta):
        nodes.append(next_node(nodes[-1], theta[nodes[-1]], z))
    branches = len(nodes) - 1
    return nodes, always_bytes + len(nodes) * node_bytes + branches * branch_bytes
    ### END SOLUTION


# %% task="10.4"
check("10.4", path)

# %% [markdown] why-4 tags=["solution-only"]
# **Why.** A heap with *I* inner nodes has their numbers first, 0 to *I* − 1, so every larger number is a leaf. The
# path has one node for each level. The tree has twice as many with each level more. That is the bargain: one more
# level doubles the nodes that are stored, and adds one to those that are read.

# %% [markdown] task="10.5"
# ### Your turn: task 10.5, the whole classifier
#
# Write it yourself, with your four functions. For each image: project it, walk the path, add up the scores of the
# nodes on it. The class is the number of the largest score, the first one of equals. Return one class for each image.
# `W` and `V` have one matrix for each node: those of node 2 are `W[2]` and `V[2]`.


# %% task="10.5"
def classify(images, model):
    """The class of each image."""
    Z, bias_input, z_shift, theta, W, V, one, score_shift = model
    ### BEGIN SOLUTION write it yourself
    picked = []
    for x in images:
        z = project(x, Z, bias_input, z_shift)
        nodes, _ = path(z, theta, 0, 0, 0)
        totals = sum(node_scores(z, W[node], V[node], one, score_shift) for node in nodes)
        picked.append(totals.argmax())
    return picked
    ### END SOLUTION


# %% task="10.5"
check("10.5", classify)

# %% [markdown] why-5 tags=["solution-only"]
# **Why.** The tree decides *which* nodes speak; their scores decide the class. Every node on the path is heard, not
# only the leaf. A softmax would turn the scores into shares of 1 and keep their order, so the largest stays the
# largest: for a class, `argmax` is enough. It takes the first of equals, and so does the board.

# %% [markdown] task="10.6"
# ### Your turn: task 10.6, one node in C
#
# Write it yourself, for the board. Return the C of this function as text:
#
# ```c
# int16_t node_score(const int8_t *z, const int8_t *w, const int8_t *v)
# ```
#
# It is your 10.3 for one class: W z times the hard tanh of V z, shifted right. `N`, `ONE` and `SHIFT` are defined. `z`
# lies in SRAM; `w` and `v` lie in flash, so read them with `pgm_read_byte(&w[i])`, which gives 0 to 255. An `int` of
# the Uno has 16 bits. The check compiles your function, runs it on the virtual Uno, and counts. Points: the same
# integers as in Python, at most 1,000 cycles, at most 220 bytes of flash.


# %% task="10.6"
def node_in_c():
    """The C of node_score."""
    ### BEGIN SOLUTION return the C as text
    return """int16_t node_score(const int8_t *z, const int8_t *w, const int8_t *v) {
        int16_t wz = 0, gate = 0;
        for (uint8_t i = 0; i < N; i++) {
            wz += (int8_t)pgm_read_byte(&w[i]) * z[i];
            gate += (int8_t)pgm_read_byte(&v[i]) * z[i];
        }
        gate = gate > ONE ? ONE : gate < -ONE ? -ONE : gate;
        return (int32_t)wz * gate >> SHIFT; }"""
    ### END SOLUTION


# %% task="10.6"
check("10.6", node_in_c)

# %% [markdown] why-6 tags=["solution-only"]
# **Why.** Three things are different from Python. A byte from flash has no sign until you give it one. A sum of 16
# products fits 16 bits here, but the product of two such sums does not: on the Uno nothing grows by itself, and too
# large a product wraps around without a word. And a shift of a negative number rounds down, while a division cuts
# towards zero. Make `wz` and `gate` floats, and their product an int32_t: the integers stay the same, and the check
# tells you what floats cost.

# %% [markdown] own-digits
# ## Your classifier and the real one
#
# Now your functions read digits. Here is a trained Bonsai, taken apart into the eight things that your `classify`
# takes. It should answer as the library does, for every test image. This cell is not graded; it works as soon as the
# first five tasks do.

# %% own-digits-code
import tinyml_course as tc
from tinyml_course.models.trained import digits_bonsai

graph, data = digits_bonsai(), tc.load_digits()
names = ("Z", "bias_input", "z_shift", "theta", "W", "V", "one", "score_shift")
model = tuple(graph.tensors[name].values.astype(int) for name in names)
answers = np.array(classify(data.x_test, model))
print((answers != graph.classify(data.x_test)).sum(), "of", len(answers), "answers differ")
print(f"{(answers == data.y_test).mean():.1%} of the digits are read right")
