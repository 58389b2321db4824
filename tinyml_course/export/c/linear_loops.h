/* One score for each class, one class after the other. */
static void model_invoke(const model_input_t *input, model_output_t *output)
{
    uint32_t k = 0;
    model_codes(input, codes);
    for (uint16_t c = 0, row = 0; c < model_OUTPUT_SIZE; c++) {
        output[c] = 0;
        if (c == model_DROPPED) continue;
        model_sum_t sum = (model_sum_t)model_bias_of(row);
        for (uint16_t j = 0; j < model_INPUT_SIZE; j++, k++) sum += (model_sum_t)model_weight(k) * codes[j];
        output[c] = sum;
        row++;
    }
}
