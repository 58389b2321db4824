/* Softmax of each row, in steps of 1/256. A table has exp(-k) for a code that is k below the largest one. */
static model_FAST void model_softmax(
    const int8_t *x, int8_t *y, model_size_t rows, model_size_t length, uint16_t exponentials, const int32_t *table)
{
    for (; rows; rows--, x += length, y += length) {
        uint32_t sum = 0;
        uint8_t bits = 34; /* what goes at the end, less one */
        int8_t largest = x[0];
        int32_t scale;
        for (model_size_t k = 1; k < length; k++) {
            if (x[k] > largest) largest = x[k];
        }
        for (model_size_t k = 0; k < length; k++) {
            const uint16_t below = (uint16_t)(largest - x[k]);
            if (below < exponentials) sum += (((uint32_t)model_read_32(table + below) >> 11) + 1) >> 1;
        }
        for (; !(sum & 0x80000000UL); sum <<= 1) bits--;
        scale = model_reciprocal(sum >> 1);
        scale = scale >= 0x40000000 ? 0x7FFFFFFF : 2 * scale;
        if (bits > 31) bits = 31; /* nothing is left */
        for (model_size_t k = 0; k < length; k++) {
            const uint16_t below = (uint16_t)(largest - x[k]);
            int32_t share = 0;
            if (below < exponentials) {
                share = model_multiply_high((int32_t)model_read_32(table + below), 2 * (uint32_t)scale, 0x8000);
                share = (model_shift_right(share, bits) + 1) >> 1;
            }
            y[k] = (int8_t)(share > 255 ? 127 : share - 128);
        }
    }
}
