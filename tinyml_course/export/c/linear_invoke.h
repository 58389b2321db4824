/* The class with the largest score; the first one of equals. */
static inline uint8_t model_classify(const model_input_t *input)
{
    model_codes(input, codes);
    return model_run(codes, 0);
}

/* One score for each class. */
static inline void model_invoke(const model_input_t *input, model_output_t *output)
{
    model_codes(input, codes);
    (void)model_run(codes, output);
}
