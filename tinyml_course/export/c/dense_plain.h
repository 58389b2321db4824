#if !model_REGISTERS
/* A dense layer. Table, block after block of outputs: the biases, for each value one weight of every output in
   the block, and what the requantization needs. Weights beside 3-byte sums are stored plus 128. */
static void model_dense(const model_narrow_t *form, const uint8_t *table, uint8_t sum_size, uint8_t block,
                        const uint8_t *values, uint16_t count, uint8_t *results, uint8_t outputs)
{
    const uint8_t constant_size = (uint8_t)(form->multiplier_bytes + form->rounding_count);
    while (outputs) {
        const uint8_t *weights = table + block * sum_size;
        const uint8_t *constants = weights + (uint32_t)count * block;
        const uint8_t size = outputs < block ? outputs : block;
        for (uint8_t j = 0; j < size; j++) {
            uint32_t sum = 0;
            for (uint8_t k = 0; k < sum_size; k++) sum |= (uint32_t)model_read(table + j * sum_size + k) << (8 * k);
            for (uint16_t i = 0; i < count; i++) {
                const uint8_t w = model_read(weights + (uint32_t)i * block + j);
                sum += (uint32_t)((sum_size == 3 ? w - 128 : (int8_t)w) * (int16_t)values[i]);
            }
            sum <<= 32 - 8 * sum_size; /* modulo the size of the sums, which is proven to be enough */
            *results++ = model_narrow(form, constants + j * constant_size, (int32_t)sum >> (32 - 8 * sum_size));
        }
        outputs = (uint8_t)(outputs - size);
        table = constants + block * constant_size;
    }
}
#endif
