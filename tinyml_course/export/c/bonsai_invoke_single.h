/* One output for each class, all integers. The tree is a single node. */
static inline void model_invoke(const model_input_t *input, model_output_t *output)
{
    int8_t z[model_PROJECTED];
    model_codes(input, codes);
    for (uint8_t c = 0; c < model_OUTPUT_SIZE; c++) output[c] = 0;
    model_project(codes, z);
    model_add_node(0, z, output);
}
