/* The class of the leaf that a sample reaches. */
static inline uint8_t model_classify(const model_input_t *input)
{
    return model_tree(input);
}

/* The same as votes: one for that class, none for the others. */
static inline void model_invoke(const model_input_t *input, model_output_t *output)
{
    const uint8_t best = model_classify(input);
    for (uint16_t c = 0; c < model_OUTPUT_SIZE; c++) output[c] = c == best;
}
