/* From a sum to a result, before the zero point is added. */
#define model_rescale_T(sum, multiplier, shift, rounding) model_requantize(sum, multiplier, shift, rounding)
