/* The part of a window that lies inside the picture. */
typedef struct {
    int16_t rows, columns;
    model_size_t first; /* index of its first value */
    model_size_t line;  /* values from one row to the next */
} model_part_t;

static model_FAST model_part_t model_part_inside(const model_window_t *window, int16_t top, int16_t left)
{
    int16_t bottom = (int16_t)(top + window->window_height), right = (int16_t)(left + window->window_width);
    model_part_t part;
    if (top < 0) top = 0;
    if (left < 0) left = 0;
    if (bottom > window->height) bottom = window->height;
    if (right > window->width) right = window->width;
    part.rows = (int16_t)(bottom - top);
    part.columns = (int16_t)(right - left);
    part.line = (model_size_t)window->width * window->depth;
    part.first = (model_size_t)top * part.line + (model_size_t)left * window->depth;
    return part;
}
