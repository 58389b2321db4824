/* Stored values, brought from flash to where a kernel reads them. */
static model_FAST void model_load_T(model_value_T *y, const model_value_T *stored, model_size_t count)
{
    for (; count; count--) *y++ = (model_value_T)model_read_T(stored++);
}
