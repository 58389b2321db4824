/* z = (Z * [bias, x] + half) >> shift: every input feature, as a few numbers.
   Two rows of Z at a time; their weights lie side by side. An input of zero costs no multiplication. */
static model_FAST void model_project(const uint8_t *x, int8_t *z)
{
    const uint8_t *pair = model_Z;
    int8_t a, b;
    for (uint8_t i = 0; i < model_PROJECTED; i += 2) {
        model_load(pair, a, b);
        model_z_sum_t first = (model_z_sum_t)a * model_BIAS_INPUT + model_Z_HALF;
        model_z_sum_t second = (model_z_sum_t)b * model_BIAS_INPUT + model_Z_HALF;
        pair += model_PAIR_BYTES;
        for (model_index_t j = 0; j < model_INPUT_SIZE; j++, pair += model_PAIR_BYTES) {
            const uint8_t value = x[j];
            if (value == 0) continue;
            model_load(pair, a, b);
            model_z_add(first, a, value);
            model_z_add(second, b, value);
        }
        z[i] = (int8_t)(first >> model_Z_SHIFT);
        z[i + 1] = (int8_t)(second >> model_Z_SHIFT);
    }
}

/* Adds one node's scores: (W z) * clip(V z), class by class. W's and V's weights lie side by side. */
static model_FAST void model_add_node(uint8_t node, const int8_t *z, int16_t *scores)
{
    const uint8_t *pair = model_nodes + (uint16_t)(node * (uint16_t)model_NODE_BYTES);
    int8_t a, b;
    for (uint8_t c = 0; c < model_OUTPUT_SIZE; c++) {
        model_node_sum_t w = 0, v = 0;
        for (uint8_t i = 0; i < model_PROJECTED; i++, pair += model_PAIR_BYTES) {
            const int8_t value = z[i];
            model_load(pair, a, b);
            model_node_add(w, a, value);
            model_node_add(v, b, value);
        }
        if (v > model_ONE) v = model_ONE; /* the hard tanh: the identity between -1 and 1, flat outside */
        if (v < -model_ONE) v = -model_ONE;
        scores[c] += (int16_t)((int32_t)w * v >> model_SCORE_SHIFT);
    }
}
