/* Which child comes next: the sign of theta z decides. */
static model_FAST uint8_t model_next_node(uint8_t node, const int8_t *z)
{
    const uint8_t *pair = model_theta + (uint16_t)(node * (uint16_t)model_THETA_BYTES);
    model_node_sum_t sum = 0;
    int8_t a, b;
    for (uint8_t i = 0; i < model_PROJECTED; i += 2, pair += model_PAIR_BYTES) {
        model_load(pair, a, b);
        model_node_add(sum, a, z[i]);
        model_node_add(sum, b, z[i + 1]);
    }
    return sum > 0 ? 2 * node + 1 : 2 * node + 2;
}
