/* An AVR does not take a byte apart. For each byte two sums are kept, of (16 * high + low + 8) * value and of
   (low + 8) * value. Their difference is 16 * (sum of high * value), and 8 * (sum of values) taken off the second
   leaves (sum of low * value). It is proven that 16 * the first fits 16 bits; what wraps on the way, wraps back.
   The sums stay in registers: r2 to r21 hold those of five bytes. */
#define model_KERNEL static __attribute__((noinline))

/* r22: a byte of weights, r23: the value, Z: the next byte, a: register of the first sum, b: of the second.
   12 cycles for two weights. */
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

/* r25:r24 = one - 8 * (sum of z), where all sums of a node start; X runs over z and back. */
#define model_SUM_UP_Z                                                                         \
    "ldi r24, 0 \n\t ldi r25, 0 \n\t ldi r22, %[count] / 2 \n\t 1: \n\t"                       \
    "ld r23, X+ \n\t add r24, r23 \n\t adc r25, r1 \n\t sbrc r23, 7 \n\t dec r25 \n\t"         \
    "ld r23, X+ \n\t add r24, r23 \n\t adc r25, r1 \n\t sbrc r23, 7 \n\t dec r25 \n\t"         \
    "dec r22 \n\t brne 1b \n\t"                                                                \
    "subi r26, %[count] \n\t sbci r27, 0 \n\t ldi r22, %[one] \n\t clr r23 \n\t"               \
    "lsl r24 \n\t rol r25 \n\t lsl r24 \n\t rol r25 \n\t lsl r24 \n\t rol r25 \n\t"            \
    "sub r22, r24 \n\t sbc r23, r25 \n\t movw r24, r22 \n\t"

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

/* Z = table + r23 * bytes: where the weights of node r23 begin. The high byte only where there is one. */
#define model_AT_NODE(table, bytes, high)                                                    \
    "ldi r21, lo8(%[" #bytes "]) \n\t mul r23, r21 \n\t movw r30, r0 \n\t" high(bytes)    \
    "clr r1 \n\t subi r30, lo8(-(%[" #table "])) \n\t sbci r31, hi8(-(%[" #table "])) \n\t"
#define model_AND_HIGH(bytes) "ldi r21, hi8(%[" #bytes "]) \n\t mul r23, r21 \n\t add r31, r0 \n\t"
#define model_NO_HIGH(bytes)

/* Which child comes next: the sign of theta z decides. r23 is the node; both halves of a byte count times 16,
   and it is proven that 16 * (theta z) fits 16 bits. X runs over z and back. */
#define model_BRANCH_START(repeats) "clr r2 \n\t clr r3 \n\t ldi r18, " #repeats " \n\t 1: \n\t"
#define model_BRANCH_BYTE                                                                      \
    "lpm r20, Z+ \n\t mov r21, r20 \n\t andi r20, 0xF0 \n\t ld r19, X+ \n\t muls r20, r19 \n\t" \
    "add r2, r0 \n\t adc r3, r1 \n\t"                                                          \
    "swap r21 \n\t andi r21, 0xF0 \n\t ld r19, X+ \n\t muls r21, r19 \n\t add r2, r0 \n\t adc r3, r1 \n\t"
#define model_BRANCH_END                                                                           \
    "dec r18 \n\t brne 1b \n\t clr r1 \n\t subi r26, %[count] \n\t sbci r27, 0 \n\t"              \
    "lsl r23 \n\t inc r23 \n\t cp r1, r2 \n\t cpc r1, r3 \n\t brlt 6f \n\t inc r23 \n\t 6: \n\t"
