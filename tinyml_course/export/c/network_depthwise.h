/* A depthwise convolution: each channel has a window of its own. A row of weights belongs to one output channel;
   `multiplicity` output channels read the same input channel. */
typedef struct {
    model_channels_T_t channels;
    model_window_t window;
    int16_t outside; /* the input's zero point */
    model_size_t multiplicity;
} model_depthwise_T_t;

/* The weighted values of one channel under one window; top and left may lie outside the picture. */
static model_FAST model_sum_T_t model_under_window_T(
    const model_value_T *x, const int8_t *weight, const model_window_t *window, int16_t top, int16_t left,
    int16_t outside, model_sum_T_t sum)
{
    for (int16_t i = 0; i < window->window_height; i++, top = (int16_t)(top + window->apart_down)) {
        const uint8_t row_inside = top >= 0 && top < window->height;
        int16_t column = left;
        for (int16_t j = 0; j < window->window_width; j++, column = (int16_t)(column + window->apart_right)) {
            model_value_T value = (model_value_T)outside;
            if (row_inside && column >= 0 && column < window->width) {
                value = x[((model_size_t)top * (model_size_t)window->width + (model_size_t)column) * window->depth];
            }
            model_add_product_T(sum, value, (int8_t)model_read(weight));
            weight++;
        }
    }
    return sum;
}

static model_FAST void model_depthwise_T(const model_value_T *x, model_value_T *y, const model_depthwise_T_t *where)
{
    model_depthwise_T_t layer;
    int16_t top, left;
    model_fetch(layer, where);
    top = (int16_t)-layer.window.top;
    for (int16_t row = 0; row < layer.window.rows; row++, top = (int16_t)(top + layer.window.down)) {
        left = (int16_t)-layer.window.left;
        for (int16_t column = 0; column < layer.window.columns; column++) {
            const int8_t *weight = layer.channels.weights;
            const model_value_T *source = x; /* the input channel */
            model_size_t uses = layer.multiplicity;
            for (model_size_t channel = 0; channel < layer.channels.channels; channel++) {
                const model_sum_T_t start = model_start_T(layer.channels.bias + channel);
                const model_sum_T_t sum =
                    model_under_window_T(source, weight, &layer.window, top, left, layer.outside, start);
                *y++ = model_finish_T(&layer.channels, sum, channel);
                weight += layer.channels.terms;
                if (--uses == 0) {
                    uses = layer.multiplicity;
                    source++;
                }
            }
            left = (int16_t)(left + layer.window.right);
        }
    }
}
