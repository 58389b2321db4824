/* Copies `rows` rows of `length` values; in y, a row starts `apart` values after the one before. */
static model_FAST void model_copy_T(
    const model_value_T *x, model_value_T *y, model_size_t rows, model_size_t length, model_size_t apart)
{
    for (; rows; rows--, y += apart) {
        for (model_size_t k = 0; k < length; k++) y[k] = *x++;
    }
}
