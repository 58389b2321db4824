/* sum += weight * value. An AVR multiplies two bytes in one instruction of two cycles; the compilers know it
   in C but not always in C++, so it is spelled out for them. Elsewhere the plain C below gives the same integers. */
#if defined(__AVR__) && defined(__GNUC__)
#define model_add_signed(sum, weight, value)                                                     \
    __asm__("muls %1, %2 \n\t add %A0, r0 \n\t adc %B0, r1 \n\t clr r1" /* the product is in r1:r0 */ \
            : "+r"(sum) : "d"(weight), "d"(value) : "r0")
#define model_add_unsigned(sum, weight, value)                                                     \
    __asm__("mulsu %1, %2 \n\t add %A0, r0 \n\t adc %B0, r1 \n\t clr r1" /* mulsu: signed * unsigned */ \
            : "+r"(sum) : "a"(weight), "a"(value) : "r0")
#else
#define model_add_signed(sum, weight, value) ((sum) += (int16_t)((int16_t)(weight) * (value)))
#define model_add_unsigned(sum, weight, value) ((sum) += (int16_t)((int16_t)(weight) * (value)))
#endif
