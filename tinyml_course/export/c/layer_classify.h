
/* The unit with the largest output, the first one of equals. */
static uint8_t model_classify(const model_input_t *input)
{
    model_output_t output[model_OUTPUT_SIZE];
    uint8_t best = 0;
    model_invoke(input, output);
    for (uint8_t o = 1; o < model_UNITS; o++) {
        if (model_above(output, o, best)) best = o;
    }
    return best;
}
