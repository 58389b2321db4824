/* Raw values to codes: a code is the number of thresholds that a value reaches, less 128. Eight comparisons find it. */
static model_FAST void model_encode_thresholds(
    const model_input_t *x, int8_t *y, model_size_t count, const int32_t *thresholds)
{
    for (; count; count--, x++) {
        const int32_t value = model_ordered(x);
        uint8_t reached = 0;
        for (uint8_t step = 128; step; step >>= 1) {
            if ((int32_t)model_read_32(thresholds + (uint8_t)(reached + step - 1)) <= value) reached |= step;
        }
        *y++ = (int8_t)(reached - 128);
    }
}
