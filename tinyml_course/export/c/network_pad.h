/* Values with a border around them, which the caller has filled in: the numbers of planes, rows and columns of the
   values, and how many values of y lie between the starts of two rows and of two planes. */
typedef struct {
    model_size_t planes, rows, columns;
    model_size_t row_apart, plane_apart;
} model_pad_T_t;

static model_FAST void model_pad_T(const model_value_T *x, model_value_T *y, const model_pad_T_t *where)
{
    model_pad_T_t layer;
    model_fetch(layer, where);
    for (; layer.planes; layer.planes--, y += layer.plane_apart) {
        model_copy_T(x, y, layer.rows, layer.columns, layer.row_apart);
        x += layer.rows * layer.columns;
    }
}
