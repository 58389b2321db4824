/* (sum * multiplier + half) >> (15 - shift), exact, for multipliers of 15 bits and shifts below -1: the bits that
   go cover the lower half of the product, so 32 bits hold what is left. */
static model_FAST int32_t model_requantize_reduced(int32_t sum, uint16_t multiplier, int8_t shift)
{
    const uint32_t low = (uint32_t)(uint16_t)sum * multiplier;
    const int32_t high = (int32_t)(int16_t)(sum >> 16) * (int32_t)multiplier + (int32_t)(uint16_t)(low >> 16);
    return (model_shift_right(high, (uint8_t)(-shift - 2)) + 1) >> 1;
}
