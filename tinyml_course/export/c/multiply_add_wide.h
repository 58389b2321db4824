/* sum += weight * value, for sums that need 32 bits. */
#define model_add_signed_wide(sum, weight, value) ((sum) += (int32_t)(weight) * (value))
#define model_add_unsigned_wide(sum, weight, value) ((sum) += (int32_t)(weight) * (value))
