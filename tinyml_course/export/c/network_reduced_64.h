/* (sum * multiplier + half) >> (15 - shift) for sums or shifts that need more than 32 bits on the way. */
static model_FAST int32_t model_requantize_reduced(int64_t sum, uint16_t multiplier, int8_t shift)
{
    const int8_t bits = (int8_t)(15 - shift);
    return (int32_t)((sum * (int64_t)multiplier + ((int64_t)1 << (bits - 1))) >> bits);
}
