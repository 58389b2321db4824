/* From a sum to a result, before the zero point is added: with a multiplier of 15 bits where rounding is 2. */
#define model_rescale_T(sum, multiplier, shift, rounding)                                 \
    ((rounding) == 2 ? model_requantize_reduced(sum, (uint16_t)(multiplier), shift) \
                     : model_requantize((int32_t)(sum), multiplier, shift, rounding))
