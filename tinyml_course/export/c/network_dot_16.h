/* start + values * weights */
static model_FAST int32_t model_dot_T(const int16_t *value, const int8_t *weight, model_size_t count, int32_t start)
{
    for (; count; count--, weight++) start += (int32_t)*value++ * (int8_t)model_read(weight);
    return start;
}
