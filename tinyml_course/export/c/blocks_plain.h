/* The same integers in plain C: a block's sums, high weights first. */
static inline void model_block(const uint8_t *bytes, uint8_t size, int16_t value, int32_t *high, int32_t *low)
{
    for (uint8_t i = 0; i < size; i++) {
        const uint8_t both = model_read(bytes + i);
        low[i] += ((both & 15) - 8) * value;
        high[i] += (int8_t)(both & 0xF0) / 16 * value;
    }
}

/* z = (Z * [bias, x] + half) >> shift: every input feature, as a few numbers. */
static void model_project(const uint8_t *x, int8_t *z)
{
    const uint8_t *bytes = model_Z;
    for (uint8_t b = 0; b < sizeof model_row_blocks; b++) {
        int32_t sums[2 * model_LARGEST_BLOCK] = {0};
        const uint8_t size = model_row_blocks[b];
        model_block(bytes, size, model_BIAS_INPUT, sums, sums + size);
        for (uint8_t j = 0; j < model_INPUT_SIZE; j++) {
            bytes += size;
            model_block(bytes, size, x[j], sums, sums + size);
        }
        for (uint8_t i = 0; i < 2 * size; i++) *z++ = (int8_t)((sums[i] + model_Z_HALF) >> model_Z_SHIFT);
        bytes += size;
    }
}

/* Adds one node's scores: (W z) * clip(V z), class by class. */
static void model_add_node(uint8_t node, const int8_t *z, int16_t *scores)
{
    const uint8_t *bytes = model_nodes + node * model_NODE_BYTES;
    for (uint8_t b = 0; b < sizeof model_class_blocks; b++) {
        int32_t w[model_LARGEST_BLOCK] = {0}, v[model_LARGEST_BLOCK] = {0};
        const uint8_t size = model_class_blocks[b];
        for (uint8_t j = 0; j < model_PROJECTED; j++, bytes += size) model_block(bytes, size, z[j], w, v);
        for (uint8_t i = 0; i < size; i++) {
            if (v[i] > model_ONE) v[i] = model_ONE; /* the hard tanh */
            if (v[i] < -model_ONE) v[i] = -model_ONE;
            *scores++ += (int16_t)(w[i] * v[i] >> model_SCORE_SHIFT);
        }
    }
}

/* Adds the scores of every node on the way from the root to a leaf. */
static void model_tree(const int8_t *z, int16_t *scores)
{
    uint8_t node = 0;
    model_add_node(node, z, scores);
#if model_DEPTH > 0
    for (uint8_t level = 0; level < model_DEPTH; level++) { /* the sign of theta z decides which child comes next */
        const uint8_t *bytes = model_theta + node * model_THETA_BYTES;
        int16_t sum = 0;
        for (uint8_t i = 0; i < model_PROJECTED; i += 2, bytes++) {
            const uint8_t both = model_read(bytes);
            sum += (int16_t)((int8_t)(both & 0xF0) / 16 * z[i] + (int8_t)(uint8_t)(both << 4) / 16 * z[i + 1]);
        }
        node = sum > 0 ? 2 * node + 1 : 2 * node + 2;
        model_add_node(node, z, scores);
    }
#endif
}
