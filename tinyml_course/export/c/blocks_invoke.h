/* One output for each class, all integers. */
static inline void model_invoke(const model_input_t *input, model_output_t *output)
{
    int8_t z[model_PROJECTED];
    uint16_t z_sum = 0; /* wraps around, as all that is computed from it */
    uint8_t node = 0;
    model_codes(input, codes);
    model_project(codes, z);
    for (uint8_t i = 0; i < model_PROJECTED; i++) z_sum = (uint16_t)(z_sum + (uint16_t)z[i]);
    for (uint8_t c = 0; c < model_OUTPUT_SIZE; c++) output[c] = 0;
    model_add_node(node, z, z_sum, output);
    for (uint8_t level = 0; level < model_DEPTH; level++) {
        node = model_next_node(node, z);
        model_add_node(node, z, z_sum, output);
    }
}
