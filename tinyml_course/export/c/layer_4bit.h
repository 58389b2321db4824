
/* A dense layer in integers, in plain C, two weights in a byte: the first in the high half, the second in the low
   half. Shifting right copies the sign. The bias holds -(zero point of the input) * (sum of the row). */
static model_FAST void model_invoke(const model_input_t *input, model_output_t *output)
{
    const uint8_t *pair = model_weights;
    for (uint8_t o = 0; o < model_UNITS; o++) {
        int32_t sum = (int32_t)model_read_32(model_bias + o);
        for (uint16_t i = 0; i < model_INPUT_SIZE; i += 2) {
            const uint8_t both = model_read(pair++);
            sum += ((int8_t)both >> 4) * input[i];
            sum += ((int8_t)(uint8_t)(both << 4) >> 4) * input[i + 1];
        }
        output[o] = model_finish(sum, o);
    }
}
