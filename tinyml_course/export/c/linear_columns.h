static uint8_t model_run(const uint8_t *x, model_output_t *output)
{
    const int8_t *biases = model_columns; /* of a block; its columns follow */
    int16_t scores[model_OUTPUT_SIZE] = {0};
    uint8_t c = 0, best = 0;
    for (uint8_t b = 0; b < sizeof model_blocks; b++) {
        const uint8_t size = model_blocks[b];
        const int8_t *weights = biases + 2 * size;
        for (uint8_t k = 0; k < size; k++) {
            int16_t sum = (int16_t)(model_read(&biases[2 * k]) | model_read(&biases[2 * k + 1]) << 8);
            for (uint16_t j = 0; j < model_INPUT_SIZE; j++)
                sum += (int16_t)((int8_t)model_read(&weights[j * size + k]) * x[j]);
            if (c == model_DROPPED) c++;
            scores[c++] = sum;
        }
        biases = weights + model_INPUT_SIZE * size;
    }
    for (c = 0; c < model_OUTPUT_SIZE; c++) {
        if (scores[c] > scores[best]) best = c;
        if (output) output[c] = scores[c];
    }
    return best;
}
