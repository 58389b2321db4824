/* The class with the most votes; the first one of equals. */
static inline uint8_t model_classify(const model_input_t *input)
{
    return model_run(input, 0);
}

/* The votes of all trees, class by class. */
static inline void model_invoke(const model_input_t *input, model_output_t *output)
{
    (void)model_run(input, output);
}
