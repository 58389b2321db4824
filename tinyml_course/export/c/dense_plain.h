/* Whether the register kernels are used: a GNU compiler for an AVR that multiplies. */
#if defined(__AVR_HAVE_MUL__) && defined(__GNUC__)
#define model_REGISTERS 1
#else
#define model_REGISTERS 0

/* The same integers in plain C, from the same tables. */
typedef struct {
    uint8_t is_signed, sum_bytes, multiplier_bytes, lowest, result, rounding_first, rounding_count;
    uint8_t below, above, base; /* limits of the result, and the byte that stands for zero */
} model_narrow_t;

/* A sum times a channel's multiplier, without the products that are proven not to matter: bytes are multiplied
   column by column, and each column carries into the next one. */
static uint8_t model_narrow(const model_narrow_t *form, const uint8_t *constants, int32_t sum)
{
    const uint8_t *rounding = constants + form->multiplier_bytes;
    const uint8_t negative = sum < 0;
    const uint8_t limit = negative ? form->below : form->above;
    const uint32_t a = negative ? 0u - (uint32_t)sum : (uint32_t)sum;
    uint32_t total = 0;
    if (negative && !form->is_signed) return form->base;
    if (a >> (8 * form->sum_bytes)) return (uint8_t)(form->base + limit);
    for (uint8_t p = form->lowest; p <= form->result || p < form->sum_bytes + form->multiplier_bytes; p++) {
        uint32_t column = 0;
        for (uint8_t i = 0; i < form->sum_bytes && i <= p; i++) {
            const uint8_t j = (uint8_t)(p - i);
            if (j < form->multiplier_bytes) column += (a >> (8 * i) & 255) * model_read(constants + j);
        }
        if (p >= form->rounding_first && p < form->rounding_first + form->rounding_count) {
            column += model_read(rounding + (p - form->rounding_first));
        }
        if (p <= form->result) total = (total >> 8) + column;
        else total += column << (8 * (p - form->result));
    }
    if (total > limit) total = limit;
    return (uint8_t)(negative ? form->base - total : form->base + total);
}

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
