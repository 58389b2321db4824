/* The largest value under each window; what lies outside the picture does not count. */
typedef struct {
    model_window_t window;
    int16_t minimum, maximum; /* of the output */
} model_max_pool_T_t;

static model_FAST void model_max_pool_T(const model_value_T *x, model_value_T *y, const model_max_pool_T_t *where)
{
    model_max_pool_T_t layer;
    int16_t top, left;
    model_fetch(layer, where);
    top = (int16_t)-layer.window.top;
    for (int16_t row = 0; row < layer.window.rows; row++, top = (int16_t)(top + layer.window.down)) {
        left = (int16_t)-layer.window.left;
        for (int16_t column = 0; column < layer.window.columns; column++) {
            const model_part_t part = model_part_inside(&layer.window, top, left);
            for (model_size_t channel = 0; channel < layer.window.depth; channel++) {
                const model_value_T *line = x + part.first + channel;
                int16_t largest = layer.minimum;
                for (int16_t i = part.rows; i; i--, line += part.line) {
                    const model_value_T *value = line;
                    for (int16_t j = part.columns; j; j--, value += layer.window.depth) {
                        if (*value > largest) largest = *value;
                    }
                }
                *y++ = (model_value_T)(largest > layer.maximum ? layer.maximum : largest);
            }
            left = (int16_t)(left + layer.window.right);
        }
    }
}
