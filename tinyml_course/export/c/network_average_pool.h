/* The mean of the values under each window that lie inside the picture, halves away from zero. No division: the sum
   is multiplied with a reciprocal that is proven to give the same integers for every sum. */
typedef struct {
    model_window_t window;
    const uint32_t *reciprocals; /* 2^(31 + shift) / count, rounded up, for each count from `fewest` on */
    uint16_t fewest;
    int16_t minimum, maximum;    /* of the output */
} model_average_pool_T_t;

static model_FAST int16_t model_average_T(int32_t sum, uint16_t count, const uint32_t *reciprocal)
{
    const int32_t magnitude = (sum < 0 ? -sum : sum) + (count >> 1);
    int32_t mean = model_multiply_high(2 * magnitude, (uint32_t)model_read_32(reciprocal), 0);
    for (; count > 1; count >>= 1) mean >>= 1; /* the shift is the number of bits of count, less one */
    return (int16_t)(sum < 0 ? -mean : mean);
}

static model_FAST void model_average_pool_T(
    const model_value_T *x, model_value_T *y, const model_average_pool_T_t *where)
{
    model_average_pool_T_t layer;
    int16_t top, left;
    model_fetch(layer, where);
    top = (int16_t)-layer.window.top;
    for (int16_t row = 0; row < layer.window.rows; row++, top = (int16_t)(top + layer.window.down)) {
        left = (int16_t)-layer.window.left;
        for (int16_t column = 0; column < layer.window.columns; column++) {
            const model_part_t part = model_part_inside(&layer.window, top, left);
            const uint16_t count = (uint16_t)(part.rows * part.columns);
            const uint32_t *reciprocal = layer.reciprocals + (count - layer.fewest);
            for (model_size_t channel = 0; channel < layer.window.depth; channel++) {
                const model_value_T *line = x + part.first + channel;
                int32_t sum = 0;
                for (int16_t i = part.rows; i; i--, line += part.line) {
                    const model_value_T *value = line;
                    for (int16_t j = part.columns; j; j--, value += layer.window.depth) sum += *value;
                }
                *y++ = (model_value_T)model_clamp(
                    model_average_T(sum, count, reciprocal), layer.minimum, layer.maximum);
            }
            left = (int16_t)(left + layer.window.right);
        }
    }
}
