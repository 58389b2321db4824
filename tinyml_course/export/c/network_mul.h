/* The product of two tensors, brought to the output's scale. */
typedef struct {
    model_size_t count;
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
    model_fetch(layer, where);
    for (; layer.count; layer.count--) {
        const int32_t product = ((int32_t)*a++ - layer.a_zero_point) * ((int32_t)*b++ - layer.b_zero_point);
        const int32_t result = model_requantize(product, layer.multiplier, layer.shift, layer.rounding);
        *y++ = (model_value_T)model_clamp(result + layer.zero_point, layer.minimum, layer.maximum);
    }
}
