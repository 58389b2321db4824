/* One output for each class, all integers. */
static inline void model_invoke(const model_input_t *input, model_output_t *output)
{
    const model_output_t *scores = model_run(input);
    for (model_size_t c = 0; c < model_OUTPUT_SIZE; c++) output[c] = scores[c];
}

/* The class with the largest output; the first one of equals. */
static inline model_class_t model_classify(const model_input_t *input)
{
    const model_output_t *scores = model_run(input);
    model_class_t best = 0;
    for (model_size_t c = 1; c < model_OUTPUT_SIZE; c++) {
        if (scores[c] > scores[best]) best = (model_class_t)c;
    }
    return best;
}
