/* The sum of two tensors: each is brought to a common scale with `left` more bits, then to the output's scale. */
typedef struct {
    model_pair_t pair;
    uint8_t left;
    int16_t a_zero_point, b_zero_point;
    uint32_t a_multiplier, b_multiplier, multiplier;
    int8_t a_shift, b_shift, shift;
    uint8_t rounding;
    int16_t zero_point, minimum, maximum; /* of the output */
} model_add_T_t;

static model_FAST void model_add_T(
    const model_value_T *a, const model_value_T *b, model_value_T *y, const model_add_T_t *where)
{
    model_add_T_t layer;
    model_size_t indices[4] = {0, 0, 0, 0};
    model_step_t i = 0, j = 0;
    model_fetch(layer, where);
    do {
        const int32_t wide_a = ((int32_t)a[i] - layer.a_zero_point) * ((int32_t)1 << layer.left);
        const int32_t wide_b = ((int32_t)b[j] - layer.b_zero_point) * ((int32_t)1 << layer.left);
        const int32_t sum = model_requantize(wide_a, layer.a_multiplier, layer.a_shift, layer.rounding)
            + model_requantize(wide_b, layer.b_multiplier, layer.b_shift, layer.rounding);
        const int32_t result = model_requantize(sum, layer.multiplier, layer.shift, layer.rounding);
        *y++ = (model_value_T)model_clamp(result + layer.zero_point, layer.minimum, layer.maximum);
    } while (model_next_pair(&layer.pair, indices, &i, &j));
}
