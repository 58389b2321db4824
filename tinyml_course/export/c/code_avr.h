/* Weights as code: multiples of a value stay in registers, and a weight is an addition of one of them.
   Ten sums at a time, in r2 to r21; X reads the values, Y writes. */
#define model_KERNEL static __attribute__((noinline))

/* A sum that starts at a constant. */
#define model_SUM(low, high, value) \
    "ldi r24, lo8(" #value ") \n\t ldi r25, hi8(" #value ") \n\t movw r" #low ", r24 \n\t"
/* z: the sum, shifted so that it ends up in r23. */
#define model_Z(low, high) "movw r22, r" #low " \n\t" model_SHIFT_LOW "st Y+, r23 \n\t"

/* One class: t = clip(v, -one, one); score += 16 * w * t >> 8. The second sum is v + one, from 0 to 2 * one where
   the gate is not flat. r25 is zero. The root starts the scores, the other nodes add to them. */
#define model_GATE(a, a1, b, b1, score, score1)                                                          \
    "lsl r" #a " \n\t rol r" #a1 " \n\t lsl r" #a " \n\t rol r" #a1 " \n\t"                              \
    "lsl r" #a " \n\t rol r" #a1 " \n\t lsl r" #a " \n\t rol r" #a1 " \n\t movw r22, r" #b " \n\t"       \
    "tst r23 \n\t brmi 5f \n\t cpi r22, %[top] \n\t cpc r23, r25 \n\t brlo 6f \n\t"                      \
    "ldi r22, %[two] \n\t rjmp 6f \n\t 5: ldi r22, 0 \n\t 6: subi r22, %[one] \n\t"                      \
    "mov r23, r" #a " \n\t mov r24, r" #a1 " \n\t"                                                       \
    "muls r24, r22 \n\t add r30, r0 \n\t adc r31, r1 \n\t"                                               \
    "mulsu r22, r23 \n\t sbc r0, r0 \n\t add r30, r1 \n\t adc r31, r0 \n\t"                              \
    "std Y+" #score ", r30 \n\t std Y+" #score1 ", r31 \n\t"
#define model_FIRST(a, a1, b, b1, score, score1) \
    "ldi r30, 0 \n\t ldi r31, 0 \n\t" model_GATE(a, a1, b, b1, score, score1)
#define model_NEXT(a, a1, b, b1, score, score1) \
    "ldd r30, Y+" #score " \n\t ldd r31, Y+" #score1 " \n\t" model_GATE(a, a1, b, b1, score, score1)
