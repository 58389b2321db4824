/* A function of one code: a table of its 256 results. */
static model_FAST void model_lookup(const int8_t *x, int8_t *y, model_size_t count, const int8_t *results)
{
    for (; count; count--) *y++ = (int8_t)model_read(results + (uint8_t)(*x++ + 128));
}
