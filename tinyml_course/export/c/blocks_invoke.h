/* One output for each class, all integers. */
static inline void model_invoke(const model_input_t *input, model_output_t *output)
{
    int8_t z[model_PROJECTED + 1]; /* and a zero that ends them */
    model_codes(input, codes);
    model_project(codes, z);
    for (uint8_t c = 0; c < model_OUTPUT_SIZE; c++) output[c] = 0;
    model_tree(z, output);
}
