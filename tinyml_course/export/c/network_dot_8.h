/* start + values * weights */
static model_FAST int32_t model_dot_T(const int8_t *value, const int8_t *weight, model_size_t count, int32_t start)
{
#if defined(__AVR__) && defined(__GNUC__)
    /* 19 cycles a product: its sign, 0 or 255, is what is added to the upper bytes. */
    int8_t v, w;
    uint8_t sign;
    __asm__("1: ld %[v], X+ \n\t lpm %[w], Z+ \n\t muls %[v], %[w] \n\t"
            "clr %[sign] \n\t sbrc r1, 7 \n\t com %[sign] \n\t"
            "add %A[sum], r0 \n\t adc %B[sum], r1 \n\t adc %C[sum], %[sign] \n\t adc %D[sum], %[sign] \n\t"
            "sbiw %[n], 1 \n\t brne 1b \n\t clr r1"
            : "+x"(value), "+z"(weight), [n] "+w"(count), [sum] "+r"(start), [v] "=&d"(v), [w] "=&d"(w),
              [sign] "=&r"(sign)
            :
            : "r0", "memory");
#else
    for (; count; count--) start += (int16_t)((int16_t)*value++ * (int16_t)*weight++);
#endif
    return start;
}
