/* A depthwise convolution: each channel has a window of its own. A row of weights belongs to one output channel;
   `multiplicity` output channels read the same input channel. */
typedef struct {
    model_channels_T_t channels;
    model_window_t window;
    int16_t outside; /* the input's zero point */
    model_size_t multiplicity;
} model_depthwise_T_t;

/* Where one window lies: its first row, how many of its columns are left of the picture, how many inside. */
typedef struct {
    int16_t top, before, inside;
    model_step_t first; /* index of the first value inside, were its row inside */
} model_columns_T_t;

/* The columns of a window that lie inside the picture. */
static model_FAST void model_columns_T(
    model_columns_T_t *place, const model_window_t *window, int16_t top, int16_t left)
{
    int16_t column = left;
    place->top = top;
    place->before = 0;
    place->inside = 0;
    for (int16_t j = 0; j < window->window_width; j++, column = (int16_t)(column + window->apart_right)) {
        if (column < 0) place->before++;
        else if (column < window->width) place->inside++;
    }
    column = (int16_t)(left + place->before * window->apart_right);
    place->first = ((model_step_t)top * (model_step_t)window->width + column) * (model_step_t)window->depth;
}

/* The weighted values of one channel under one window. What lies outside the picture counts as `outside`. */
static model_FAST model_sum_T_t model_under_window_T(
    const model_value_T *x, const int8_t *weight, const model_depthwise_T_t *layer, const model_columns_T_t *place,
    model_sum_T_t sum)
{
    const model_window_t *window = &layer->window;
    const model_step_t next = (model_step_t)(window->apart_right * (model_step_t)window->depth);
    const model_step_t rows = (model_step_t)((model_step_t)window->apart_down * window->width);
    const model_step_t line = (model_step_t)(rows * (model_step_t)window->depth);
    const model_value_T outside = (model_value_T)layer->outside;
    model_step_t start = place->first;
    int16_t row = place->top;
    for (int16_t i = window->window_height; i; i--, row = (int16_t)(row + window->apart_down)) {
        const uint8_t row_inside = row >= 0 && row < window->height;
        int16_t j = window->window_width;
        if (row_inside) {
            model_step_t at = start;
            const int16_t right = (int16_t)(j - place->before - place->inside);
            for (j = place->before; j; j--, weight++) model_add_product_T(sum, outside, (int8_t)model_read(weight));
            for (j = place->inside; j; j--, weight++, at = (model_step_t)(at + next)) {
                model_add_product_T(sum, x[at], (int8_t)model_read(weight));
            }
            j = right;
        }
        for (; j; j--, weight++) model_add_product_T(sum, outside, (int8_t)model_read(weight));
        start = (model_step_t)(start + line);
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
            const int8_t *weights = layer.channels.weights;
            const model_value_T *source = x; /* the input channel */
            model_size_t uses = layer.multiplicity;
            model_columns_T_t place;
            model_columns_T(&place, &layer.window, top, left);
            for (model_size_t channel = 0; channel < layer.channels.channels; channel++) {
                const model_sum_T_t start = model_start_T(layer.channels.bias + channel);
                const model_sum_T_t sum = model_under_window_T(source, weights, &layer, &place, start);
                *y++ = model_finish_T(&layer.channels, sum, channel);
                weights += layer.channels.terms;
                if (--uses == 0) {
                    uses = layer.multiplicity;
                    source++;
                }
            }
            left = (int16_t)(left + layer.window.right);
        }
    }
}
