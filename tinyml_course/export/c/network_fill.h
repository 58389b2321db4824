/* Sets `count` values. */
static model_FAST void model_fill_T(model_value_T *y, model_size_t count, int16_t value)
{
    for (; count; count--) *y++ = (model_value_T)value;
}
