
/* A dense layer in integers, in plain C. The bias holds -(zero point of the input) * (sum of the row). */
static model_FAST void model_invoke(const model_input_t *input, model_output_t *output)
{
    const int8_t *weight = model_weights;
    for (uint8_t o = 0; o < model_UNITS; o++) {
        int32_t sum = (int32_t)model_read_32(model_bias + o);
        for (uint16_t i = 0; i < model_INPUT_SIZE; i++) sum += (int8_t)model_read(weight++) * input[i];
        output[o] = model_finish(sum, o);
    }
}
