/* The output channels of a layer. */
typedef struct {
    const int8_t *weights;       /* a row for each channel */
    const model_bias_T_t *bias;  /* zero_point * (sum of the row) is taken off: the loops multiply plain codes */
    const uint32_t *multiplier;  /* from a sum to an output: multiplier / 2^32 * 2^shift */
    const int8_t *shift;
    model_size_t terms;          /* weights in a row */
    model_size_t channels;
    uint8_t each;                /* 1: a multiplier for each channel, 0: one for all */
    uint8_t rounding;            /* 0: once, 1: twice, 2: once, with a multiplier of 15 bits */
    int16_t zero_point, minimum, maximum; /* of the output codes */
} model_channels_T_t;

/* From a channel's sum to its output. */
static inline model_value_T model_finish_T(const model_channels_T_t *layer, model_sum_T_t sum, model_size_t channel)
{
    const model_size_t k = layer->each ? channel : 0;
    const uint32_t multiplier = (uint32_t)model_read_32(layer->multiplier + k);
    const int8_t shift = (int8_t)model_read(layer->shift + k);
    const int32_t result = model_rescale_T(sum, multiplier, shift, layer->rounding) + layer->zero_point;
    return (model_value_T)model_clamp(result, layer->minimum, layer->maximum);
}
