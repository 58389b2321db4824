/* (value * multiplier + rounding * 2^16) >> 32, exact, from four products of 16 bits: no 64-bit arithmetic.
   No sum overflows: 32767 * 65535 + 65534 + 32768 is 2^31 - 1. */
static model_FAST int32_t model_multiply_high(int32_t value, uint32_t multiplier, uint16_t rounding)
{
    const int16_t high = (int16_t)(value >> 16);
    const uint16_t low = (uint16_t)value;
    const uint16_t m_high = (uint16_t)(multiplier >> 16), m_low = (uint16_t)multiplier;
    const uint32_t lowest = (uint32_t)low * m_low, upper = (uint32_t)low * m_high;
    const int32_t middle = (int32_t)high * (int32_t)m_low + (int32_t)(uint16_t)(lowest >> 16) + (int32_t)rounding;
    const uint32_t carry = ((uint32_t)(uint16_t)middle + (uint16_t)upper) >> 16;
    return (int32_t)high * (int32_t)m_high + (int32_t)(int16_t)(middle >> 16) + (int32_t)(uint16_t)(upper >> 16)
        + (int32_t)carry;
}

/* value / 2^bits, rounded down. */
static inline int32_t model_shift_right(int32_t value, uint8_t bits)
{
#if defined(__AVR__)
    /* An AVR shifts by one bit at a time, or by whole bytes. */
    for (; bits >= 8; bits = (uint8_t)(bits - 8)) value >>= 8;
    for (; bits; bits--) value >>= 1;
    return value;
#else
    return value >> bits;
#endif
}
