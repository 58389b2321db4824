/* Codes of one scale and zero point to codes of another. */
typedef struct {
    model_size_t count;
    int16_t input_zero_point;
    uint32_t multiplier;
    int8_t shift;
    uint8_t rounding;
    int16_t zero_point, minimum, maximum; /* of the output */
} model_change_scale_T_t;

static model_FAST void model_change_scale_T(
    const model_value_T *x, model_result_T *y, const model_change_scale_T_t *where)
{
    model_change_scale_T_t layer;
    model_fetch(layer, where);
    for (; layer.count; layer.count--) {
        const int32_t value = (int32_t)*x++ - layer.input_zero_point;
        const int32_t result = model_requantize(value, layer.multiplier, layer.shift, layer.rounding);
        *y++ = (model_result_T)model_clamp(result + layer.zero_point, layer.minimum, layer.maximum);
    }
}
