/* A point on the straight lines through 513 points, for x from -32768 to 32767. */
static model_FAST int16_t model_on_line(const int16_t *points, int32_t x)
{
    const uint16_t from_start = x < -32768 ? 0 : x > 32767 ? 65535 : (uint16_t)(x + 32768);
    const uint8_t part = from_start & 127;
    int16_t lower, upper;
    points += from_start >> 7;
    lower = (int16_t)model_read_16(points);
    upper = (int16_t)model_read_16(points + 1);
    return (int16_t)(lower + ((((int32_t)upper - lower) * part + 64) >> 7));
}

/* Softmax of each row of 16-bit codes, in steps of 1/32768: exp from one table, 1 / (1 + x) from another. */
typedef struct {
    model_size_t rows, length;
    const int16_t *exponentials, *reciprocals;
    uint32_t multiplier;
    int8_t shift;
    uint8_t rounding;
} model_softmax_16_t;

static model_FAST void model_softmax_16(const int16_t *x, int16_t *y, const model_softmax_16_t *where)
{
    model_softmax_16_t layer;
    model_fetch(layer, where);
    for (; layer.rows; layer.rows--, x += layer.length, y += layer.length) {
        int16_t largest = x[0], reciprocal;
        uint32_t sum = 0;
        uint8_t bits = 31;
        for (model_size_t k = 1; k < layer.length; k++) {
            if (x[k] > largest) largest = x[k];
        }
        for (model_size_t k = 0; k < layer.length; k++) {
            const int32_t below = (int32_t)x[k] - largest;
            y[k] = model_on_line(
                layer.exponentials, model_requantize(below, layer.multiplier, layer.shift, layer.rounding) + 32767);
            sum += (uint16_t)y[k];
        }
        for (; !(sum & 0x80000000UL); sum <<= 1) bits--;
        reciprocal = model_on_line(layer.reciprocals, (int32_t)(((sum >> 1) + 8192) >> 14) - 98304);
        for (model_size_t k = 0; k < layer.length; k++) {
            const int32_t share = ((int32_t)y[k] * reciprocal + ((int32_t)1 << (bits - 1))) >> bits;
            y[k] = (int16_t)(share < 0 ? 0 : share > 32767 ? 32767 : share);
        }
    }
}
