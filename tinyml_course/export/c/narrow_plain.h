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
#endif
