/* One output for each class, all integers. */
static inline void model_invoke(const model_input_t *input, model_output_t *output)
{
    int8_t z[model_PROJECTED];
    model_codes(input, codes);
    model_project(codes, z);
#if !defined(__AVR__) /* there, the root starts the scores */
    for (uint8_t c = 0; c < model_OUTPUT_SIZE; c++) output[c] = 0;
#endif
    model_tree(z, output);
}
