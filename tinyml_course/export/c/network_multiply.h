/* (value * multiplier + rounding * 2^16) >> 32, exact, without 64-bit arithmetic. */
#if defined(__AVR__) && defined(__GNUC__)
/* Sixteen products of two bytes. Bytes 1 to 7 of their sum are in `low` and `high`; products that lie two bytes
   apart are added in one chain of carries. The multiplier is taken off for a negative value's sign. */
#define model_THREE(a, b, c, d, e, f)                                                               \
    "mul %" a ", %" b " \n\t movw %A[t], r0 \n\t mul %" c ", %" d " \n\t movw %A[u], r0 \n\t"       \
    "mul %" e ", %" f " \n\t add %B[low], %A[t] \n\t adc %C[low], %B[t] \n\t adc %D[low], %A[u] \n\t" \
    "adc %A[high], %B[u] \n\t adc %B[high], r0 \n\t adc %C[high], r1 \n\t adc %D[high], %A[low] \n\t"
#define model_TWO(a, b, c, d)                                                                       \
    "mul %" a ", %" b " \n\t movw %A[t], r0 \n\t mul %" c ", %" d " \n\t add %C[low], %A[t] \n\t"   \
    "adc %D[low], %B[t] \n\t adc %A[high], r0 \n\t adc %B[high], r1 \n\t"                           \
    "adc %C[high], %A[low] \n\t adc %D[high], %A[low] \n\t"
#define model_ONE(a, b)                                                                             \
    "mul %" a ", %" b " \n\t add %D[low], r0 \n\t adc %A[high], r1 \n\t"                            \
    "adc %B[high], %A[low] \n\t adc %C[high], %A[low] \n\t adc %D[high], %A[low] \n\t"
static model_FAST int32_t model_multiply_high(int32_t value, uint32_t multiplier, uint16_t rounding)
{
    int32_t high;
    uint32_t low; /* its first byte stays zero: no carry comes from there */
    uint16_t t, u;
    __asm__("clr %A[low] \n\t mul %A[v], %A[m] \n\t mov %B[low], r1 \n\t mul %C[v], %A[m] \n\t movw %C[low], r0 \n\t"
            "mul %C[v], %C[m] \n\t movw %A[high], r0 \n\t mul %D[v], %D[m] \n\t movw %C[high], r0 \n\t"
            model_THREE("B[v]", "A[m]", "D[v]", "A[m]", "D[v]", "C[m]")
            model_THREE("A[v]", "B[m]", "C[v]", "B[m]", "C[v]", "D[m]")
            model_TWO("B[v]", "B[m]", "D[v]", "B[m]")
            model_TWO("A[v]", "C[m]", "B[v]", "D[m]")
            model_ONE("B[v]", "C[m]")
            model_ONE("A[v]", "D[m]")
            "add %C[low], %A[r] \n\t adc %D[low], %B[r] \n\t adc %A[high], %A[low] \n\t adc %B[high], %A[low] \n\t"
            "adc %C[high], %A[low] \n\t adc %D[high], %A[low] \n\t clr r1 \n\t sbrs %D[v], 7 \n\t rjmp 1f \n\t"
            "sub %A[high], %A[m] \n\t sbc %B[high], %B[m] \n\t sbc %C[high], %C[m] \n\t sbc %D[high], %D[m] \n\t 1:"
            : [high] "=&r"(high), [low] "=&r"(low), [t] "=&r"(t), [u] "=&r"(u)
            : [v] "r"(value), [m] "r"(multiplier), [r] "r"(rounding)
            : "r0");
    return high;
}
#else
/* Four products of 16 bits. No sum overflows: 32767 * 65535 + 65534 + 32768 is 2^31 - 1. */
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
#endif

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
