/* z from the sums of one block: high weights first, then low ones. */
static void model_finish(const uint16_t *sums, uint8_t size, uint16_t eight_x, int8_t *z)
{
    for (uint8_t i = 0; i < size; i++) {
        const uint16_t first = sums[2 * i], second = sums[2 * i + 1];
        z[i] = (int8_t)((int16_t)(first - second + 16 * model_Z_HALF) >> (model_Z_SHIFT + 4));
        z[size + i] = (int8_t)((int16_t)(second - eight_x + model_Z_HALF) >> model_Z_SHIFT);
    }
}
