/* The windows of a convolution, one after the other as values of a dense layer. */
typedef struct {
    uint8_t height, width, window_height, row_dilation, column_dilation;
    uint8_t row_stride, column_stride, top, left;
    uint8_t window_width, channels, zero; /* the byte that stands for zero */
} model_windows_t;

/* Copies a window's codes, plus 128, and a zero behind them; returns their sum. Outside the image all is zero. */
static model_FAST uint16_t model_window_codes(const model_windows_t *shape, const int8_t *image, uint8_t row,
                                              uint8_t column, uint8_t *window)
{
    uint16_t sum = 0;
    int16_t y = (int16_t)(row * shape->row_stride - shape->top);
    for (uint8_t ky = 0; ky < shape->window_height; ky++, y = (int16_t)(y + shape->row_dilation)) {
        int16_t x = (int16_t)(column * shape->column_stride - shape->left);
        const uint8_t inside = y >= 0 && y < shape->height;
        for (uint8_t kx = 0; kx < shape->window_width; kx++, x = (int16_t)(x + shape->column_dilation)) {
            uint8_t left = shape->channels;
            if (inside && x >= 0 && x < shape->width) {
                const int8_t *value = image + (uint16_t)(y * shape->width + x) * left;
                do {
                    const uint8_t byte = (uint8_t)(*value++ + 128);
                    *window++ = byte;
                    sum = (uint16_t)(sum + byte);
                } while (--left);
            } else {
                do {
                    *window++ = shape->zero;
                    sum = (uint16_t)(sum + shape->zero);
                } while (--left);
            }
        }
    }
    *window = 0;
    return sum;
}
