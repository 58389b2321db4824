/* The logistic function of 16 bits: entry i of a table is its value at i / 24, in 65,536 parts; a straight line lies
   between two entries. Below zero it is 1 less the value above. */
static model_FAST uint32_t model_between(const uint16_t *table, int32_t x, uint8_t bits)
{
    const uint32_t magnitude = x < 0 ? 0 - (uint32_t)x : (uint32_t)x;
    const uint16_t *entry = table + (uint8_t)(magnitude >> bits);
    const uint16_t lower = model_read_16(entry), upper = model_read_16(entry + 1);
    const uint16_t part = (uint16_t)(magnitude & (((uint32_t)1 << bits) - 1));
    return ((uint32_t)lower << bits) + (uint32_t)part * (uint16_t)(upper - lower);
}

static inline int16_t model_logistic(const uint16_t *table, int32_t x)
{
    int32_t value = 0x1FFFC00;
    if (x > -130560 && x < 130560) value = (int32_t)model_between(table, x, 9); /* 255 * 2^9 */
    return (int16_t)((x >= 0 ? value + 512 : 0x2000000 - value + 511) >> 10);
}

static inline int16_t model_tanh(const uint16_t *table, int32_t x)
{
    int32_t value = 0xFFFF00;
    if (x > -65280 && x < 65280) value = (int32_t)model_between(table, x, 8); /* 255 * 2^8 */
    return (int16_t)((x >= 0 ? value - 0x800000 + 128 : 0x800000 - value + 127) >> 8);
}

static model_FAST void model_lookup_16(
    const int16_t *x, int16_t *y, model_size_t count, const uint16_t *table, int16_t multiplier, uint8_t shift,
    int16_t (*function)(const uint16_t *, int32_t))
{
    const int32_t half = shift ? (int32_t)1 << (shift - 1) : 0;
    for (; count; count--) {
        *y++ = function(table, model_shift_right((int32_t)*x++ * multiplier + half, shift));
    }
}
