/* The mean over two axes of five: x[outer][first][keep][second][inner] gives y[outer][keep][inner].
   1 / (number of values) is part of the multiplier. */
typedef struct {
    model_size_t outer, first, keep, second, inner;
    int32_t start; /* less the zero point of every value */
    uint32_t multiplier;
    int8_t shift;
    uint8_t rounding;
    int16_t zero_point, minimum, maximum; /* of the output */
} model_mean_T_t;

static model_FAST void model_mean_T(const model_value_T *x, model_value_T *y, const model_mean_T_t *where)
{
    model_mean_T_t layer;
    model_size_t row; /* values from one step of `keep` to the next */
    model_fetch(layer, where);
    row = layer.second * layer.inner;
    for (; layer.outer; layer.outer--) {
        for (model_size_t k = 0; k < layer.keep; k++, x += row) {
            for (model_size_t i = 0; i < layer.inner; i++) {
                const model_value_T *source = x + i;
                int32_t sum = layer.start;
                for (model_size_t a = layer.first; a; a--, source += (layer.keep - 1) * row) {
                    for (model_size_t b = layer.second; b; b--, source += layer.inner) sum += *source;
                }
                sum = model_requantize(sum, layer.multiplier, layer.shift, layer.rounding) + layer.zero_point;
                *y++ = (model_value_T)model_clamp(sum, layer.minimum, layer.maximum);
            }
        }
        x += (layer.first - 1) * layer.keep * row;
    }
}
