/* The product of two tensors, brought to the output's scale. */
typedef struct {
    model_pair_t pair;
    int16_t a_zero_point, b_zero_point;
    uint32_t multiplier;
    int8_t shift;
    uint8_t rounding;
    int16_t zero_point, minimum, maximum; /* of the output */
} model_mul_T_t;

static model_FAST void model_mul_T(
    const model_value_T *a, const model_value_T *b, model_value_T *y, const model_mul_T_t *where)
{
    model_mul_T_t layer;
    model_size_t indices[4] = {0, 0, 0, 0};
    model_step_t i = 0, j = 0;
    model_fetch(layer, where);
    do {
        const int32_t product = ((int32_t)a[i] - layer.a_zero_point) * ((int32_t)b[j] - layer.b_zero_point);
        const int32_t result = model_requantize(product, layer.multiplier, layer.shift, layer.rounding);
        *y++ = (model_value_T)model_clamp(result + layer.zero_point, layer.minimum, layer.maximum);
    } while (model_next_pair(&layer.pair, indices, &i, &j));
}
