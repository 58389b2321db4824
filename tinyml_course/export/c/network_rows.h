/* A dense layer, or a convolution of 1x1: every row of values times the same matrix. */
typedef struct {
    model_channels_T_t channels;
    model_size_t count;
} model_rows_T_t;

static model_FAST void model_rows_T(const model_value_T *x, model_value_T *y, const model_rows_T_t *where)
{
    model_rows_T_t layer;
    model_fetch(layer, where);
    for (; layer.count; layer.count--) {
        model_multiply_row_T(x, y, &layer.channels);
        x += layer.channels.terms;
        y += layer.channels.channels;
    }
}
