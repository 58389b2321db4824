/* Which child comes next: the sign of theta z decides. */
static model_FAST uint8_t model_next_node(uint8_t node, const int8_t *z)
{
    const uint8_t *bytes = model_theta + (uint16_t)(node * (uint16_t)model_THETA_BYTES);
    int16_t sum = 0;
#if defined(__AVR__)
    /* Both halves of a byte, each times 16; it is proven that 16 * (theta z) fits 16 bits. */
    uint8_t count = model_THETA_BYTES;
    __asm__("1: lpm r22, Z+ \n\t mov r23, r22 \n\t andi r22, 0xF0 \n\t ld r20, X+ \n\t muls r22, r20 \n\t"
            "add %A[sum], r0 \n\t adc %B[sum], r1 \n\t swap r23 \n\t andi r23, 0xF0 \n\t ld r20, X+ \n\t"
            "muls r23, r20 \n\t add %A[sum], r0 \n\t adc %B[sum], r1 \n\t dec %[count] \n\t brne 1b \n\t clr r1"
            : "+z"(bytes), "+x"(z), [sum] "+r"(sum), [count] "+r"(count)
            :
            : "r0", "r20", "r22", "r23", "memory");
#else
    for (uint8_t i = 0; i < model_PROJECTED; i += 2, bytes++) {
        const uint8_t both = model_read(bytes);
        sum += (int16_t)((int8_t)(both & 0xF0) / 16 * z[i] + (int8_t)(uint8_t)(both << 4) / 16 * z[i + 1]);
    }
#endif
    return sum > 0 ? 2 * node + 1 : 2 * node + 2;
}
