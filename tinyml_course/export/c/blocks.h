/* Weights lie in blocks of up to five bytes, one byte for two weights: 16 * high + low + 8. For one value, all
   bytes of a block follow each other, so a value is loaded once, and a value of zero skips its bytes.

   On an AVR a byte is not taken apart. For each byte two sums are kept, of (16 * high + low + 8) * value and of
   (low + 8) * value. Their difference is 16 * (sum of high * value), and 8 * (sum of values) taken off the second
   leaves (sum of low * value). It is proven that 16 * the first fits 16 bits; what wraps on the way, wraps back. */
#if defined(__AVR__)
#define model_KERNEL static __attribute__((noinline))

/* r22: a byte of weights, r23: the value, Z: the next byte, a: register of the first sum, b: of the second */
#define model_PAIR(a, a1, b, b1)                                                                    \
    "lpm r22, Z+ \n\t muls r22, r23 \n\t add r" #a ", r0 \n\t adc r" #a1 ", r1 \n\t"                \
    "andi r22, 15 \n\t muls r22, r23 \n\t add r" #b ", r0 \n\t adc r" #b1 ", r1 \n\t"
#define model_UNSIGNED_PAIR(a, a1, b, b1)                                     \
    "lpm r22, Z+ \n\t mulsu r22, r23 \n\t add r" #a ", r0 \n\t adc r" #a1 ", r1 \n\t" \
    "andi r22, 15 \n\t mul r22, r23 \n\t add r" #b ", r0 \n\t adc r" #b1 ", r1 \n\t"
#define model_CLEAR(a, a1, b, b1) "clr r" #a " \n\t clr r" #a1 " \n\t clr r" #b " \n\t clr r" #b1 " \n\t"
/* z from the two sums: rounded, shifted, one byte stored. What the shifts leave is the upper byte, r23. */
#define model_HIGH(a, a1, b, b1)                                                                    \
    "sub r" #a ", r" #b " \n\t sbc r" #a1 ", r" #b1 " \n\t movw r22, r" #a " \n\t"                  \
    "subi r22, lo8(%[round]) \n\t sbci r23, hi8(%[round]) \n\t" model_SHIFT_HIGH "st Y+, r23 \n\t"
#define model_LOW(a, a1, b, b1) "movw r22, r" #b " \n\t" model_SHIFT_LOW "st Y+, r23 \n\t"
#define model_LOW_FIRST(a, a1, b, b1) "add r" #b ", r24 \n\t adc r" #b1 ", r25 \n\t" model_LOW(a, a1, b, b1)
#define model_START(a, a1, b, b1) "movw r" #a ", r24 \n\t movw r" #b ", r24 \n\t"

/* One class: t = clip(v, -one, one); score += 16 * w * t >> 8. The second sum started at one - 8 * (sum of z),
   so it ends at v + one, from 0 to 2 * one where the gate is not flat. r25 is zero; Y points at the scores. */
#define model_GATE(a, a1, b, b1, score, score1)                                                     \
    "sub r" #a ", r" #b " \n\t sbc r" #a1 ", r" #b1 " \n\t movw r22, r" #b " \n\t"                  \
    "tst r23 \n\t brmi 5f \n\t cpi r22, %[top] \n\t cpc r23, r25 \n\t brlo 6f \n\t"                 \
    "ldi r22, %[two] \n\t rjmp 6f \n\t 5: ldi r22, 0 \n\t 6: subi r22, %[one] \n\t"                 \
    "ldd r26, Y+" #score " \n\t ldd r27, Y+" #score1 " \n\t mov r23, r" #a " \n\t mov r24, r" #a1 " \n\t" \
    "muls r24, r22 \n\t add r26, r0 \n\t adc r27, r1 \n\t"                                        \
    "mulsu r22, r23 \n\t sbc r0, r0 \n\t add r26, r1 \n\t adc r27, r0 \n\t"                      \
    "std Y+" #score ", r26 \n\t std Y+" #score1 ", r27 \n\t"

#else

/* The same integers in plain C: a block's sums, high weights first. */
static inline void model_block(const uint8_t *bytes, uint8_t size, int16_t value, int32_t *high, int32_t *low)
{
    for (uint8_t i = 0; i < size; i++) {
        const uint8_t both = model_read(bytes + i);
        low[i] += ((both & 15) - 8) * value;
        high[i] += (int8_t)(both & 0xF0) / 16 * value;
    }
}

#endif
