/* x[feature] <= threshold for a float32, without floating point. Floats of one sign are ordered as their bits are, and
   negative numbers have the highest bit set: so the bits decide, as a signed integer where the threshold is zero or
   more, as an unsigned one, the other way round, where it is negative. */
#include <string.h>
static inline uint32_t model_bits(const float *value)
{
    uint32_t bits;
    memcpy(&bits, value, sizeof bits);
    return bits;
}
#define model_at_most(x, feature, threshold) ((int32_t)model_bits(&(x)[feature]) <= (int32_t)(threshold))
#define model_at_most_negative(x, feature, threshold) (model_bits(&(x)[feature]) >= (uint32_t)(threshold))
