/* Raw values to codes: a table has the code of each value from `minimum` on. */
static model_FAST void model_encode_T(
    const model_input_t *x, model_value_T *y, model_size_t count, int16_t minimum, const model_value_T *codes)
{
    for (; count; count--) *y++ = (model_value_T)model_read_T(codes + (uint16_t)((int16_t)*x++ - minimum));
}
