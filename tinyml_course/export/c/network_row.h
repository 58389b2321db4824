/* All channels for one row of values: a matrix times a vector. */
static model_FAST void model_multiply_row_T(const model_value_T *x, model_value_T *y, const model_channels_T_t *layer)
{
    const int8_t *weights = layer->weights;
    for (model_size_t channel = 0; channel < layer->channels; channel++, weights += layer->terms) {
        const model_sum_T_t sum = model_dot_T(x, weights, layer->terms, model_start_T(layer->bias + channel));
        *y++ = model_finish_T(layer, sum, channel);
    }
}
