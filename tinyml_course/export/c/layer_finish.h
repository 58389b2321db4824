
static uint8_t model_above(const model_output_t *output, uint8_t one, uint8_t other)
{
    return output[one] > output[other];
}

/* From a sum to an output code: requantize, add the zero point, saturate. */
static model_output_t model_finish(int32_t sum, uint8_t o)
{
    const uint32_t multiplier = (uint32_t)model_read_32(model_multiplier + o);
    const int8_t shift = (int8_t)model_read(model_shift + o);
    return (model_output_t)model_clamp(model_requantize(sum, multiplier, shift, 1) + model_ZERO_POINT, -128, 127);
}
