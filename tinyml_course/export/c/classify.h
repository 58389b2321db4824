/* The class with the largest output; the first one of equals. */
static inline uint8_t model_classify(const model_input_t *input)
{
    model_output_t output[model_OUTPUT_SIZE];
    model_output_t top;
    uint8_t best = 0;
    model_invoke(input, output);
    top = output[0];
    for (uint8_t c = 1; c < model_OUTPUT_SIZE; c++) {
        if (output[c] > top) {
            top = output[c];
            best = c;
        }
    }
    return best;
}
