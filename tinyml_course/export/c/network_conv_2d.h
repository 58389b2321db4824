/* A convolution. The values under the window are gathered first: what lies outside the picture is the zero point.
   Then each position is a row of values times a matrix. */
typedef struct {
    model_channels_T_t channels;
    model_window_t window;
    int16_t outside; /* the input's zero point */
} model_conv_2d_T_t;

/* The values under one window; top and left may lie outside the picture. */
static model_FAST void model_gather_T(
    const model_value_T *x, model_value_T *patch, const model_window_t *window, int16_t top, int16_t left,
    int16_t outside)
{
    for (int16_t i = 0; i < window->window_height; i++, top = (int16_t)(top + window->apart_down)) {
        int16_t column = left;
        for (int16_t j = 0; j < window->window_width; j++, column = (int16_t)(column + window->apart_right)) {
            model_size_t n = window->depth;
            if (top < 0 || top >= window->height || column < 0 || column >= window->width) {
                for (; n; n--) *patch++ = (model_value_T)outside;
            } else {
                const model_size_t position = (model_size_t)top * (model_size_t)window->width + (model_size_t)column;
                const model_value_T *value = x + position * n;
                for (; n; n--) *patch++ = *value++;
            }
        }
    }
}

static model_FAST void model_conv_2d_T(
    const model_value_T *x, model_value_T *y, model_value_T *patch, const model_conv_2d_T_t *where)
{
    model_conv_2d_T_t layer;
    int16_t top, left;
    model_fetch(layer, where);
    top = (int16_t)-layer.window.top;
    for (int16_t row = 0; row < layer.window.rows; row++, top = (int16_t)(top + layer.window.down)) {
        left = (int16_t)-layer.window.left;
        for (int16_t column = 0; column < layer.window.columns; column++) {
            model_gather_T(x, patch, &layer.window, top, left, layer.outside);
            model_multiply_row_T(patch, y, &layer.channels);
            y += layer.channels.channels;
            left = (int16_t)(left + layer.window.right);
        }
    }
}
