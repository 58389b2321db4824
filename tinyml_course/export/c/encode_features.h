/* Raw values to codes: code = clip(floor(x * 2^shift) - zero_point, 0, 255). Exact, since 2^shift is a power of two. */
static void model_encode(const model_input_t *x, uint8_t *codes)
{
    for (uint16_t j = 0; j < model_INPUT_SIZE; j++) {
        const model_scaled_t code = model_scale(x[j], model_feature_shift(j)) - model_feature_zero_point(j);
        codes[j] = code <= 0 ? 0 : code >= 255 ? 255 : (uint8_t)code;
    }
}
