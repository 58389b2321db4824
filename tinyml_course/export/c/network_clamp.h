/* A result becomes a code: the zero point is added, then the activation's limits hold. */
static inline int16_t model_clamp(int32_t value, int16_t minimum, int16_t maximum)
{
    return value < minimum ? minimum : value > maximum ? maximum : (int16_t)value;
}
