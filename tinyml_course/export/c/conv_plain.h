#if !model_REGISTERS
/* A small convolution, perhaps with a pooling behind it. */
typedef struct {
    uint8_t height, width, channels, outputs;
    uint8_t per_channel; /* 0: every output sees all channels; else depthwise, outputs of each channel */
    uint8_t window_height, window_width, row_stride, column_stride, row_dilation, column_dilation, top, left;
    uint8_t pool_height, pool_width, pool_row_stride, pool_column_stride; /* 1 without a pooling */
    uint8_t shift, zero; /* a value plus shift is a byte; the byte that stands for zero */
} model_conv_t;

/* The sum of one output for the window at a row and a column; places outside the image do not count. */
static int32_t model_window(const model_conv_t *conv, const uint8_t *weights, const uint8_t *values, int16_t row,
                            int16_t column, uint8_t output)
{
    const uint8_t first = conv->per_channel ? (uint8_t)(output / conv->per_channel) : 0;
    const uint8_t last = conv->per_channel ? first : (uint8_t)(conv->channels - 1);
    int32_t sum = 0;
    for (uint8_t ky = 0; ky < conv->window_height; ky++) {
        const int16_t y = (int16_t)(row * conv->row_stride + ky * conv->row_dilation - conv->top);
        if (y < 0 || y >= conv->height) continue;
        for (uint8_t kx = 0; kx < conv->window_width; kx++) {
            const int16_t x = (int16_t)(column * conv->column_stride + kx * conv->column_dilation - conv->left);
            const uint16_t place = (uint16_t)((output * conv->window_height + ky) * conv->window_width + kx);
            const uint8_t *w = weights + (uint32_t)place * (conv->per_channel ? 1u : conv->channels);
            if (x < 0 || x >= conv->width) continue;
            for (uint8_t i = first; i <= last; i++, w++) {
                const uint8_t value = (uint8_t)(values[(y * conv->width + x) * conv->channels + i] + conv->shift);
                sum += (int32_t)(int8_t)model_read(w) * (value - conv->zero);
            }
        }
    }
    return sum;
}

/* All outputs at one place: of each the largest sum in its pool, requantized. Requantization is monotone, so the
   largest sum gives the largest code. */
static void model_place(const model_conv_t *conv, const model_narrow_t *form, const uint8_t *weights,
                        const int32_t *biases, const uint8_t *constants, const uint8_t *values, uint8_t row,
                        uint8_t column, uint8_t *results)
{
    for (uint8_t o = 0; o < conv->outputs; o++) {
        int32_t largest = INT32_MIN;
        for (uint8_t y = 0; y < conv->pool_height; y++) {
            for (uint8_t x = 0; x < conv->pool_width; x++) {
                const int32_t sum = model_window(conv, weights, values, (int16_t)(row * conv->pool_row_stride + y),
                                                 (int16_t)(column * conv->pool_column_stride + x), o);
                if (sum > largest) largest = sum;
            }
        }
        results[o] = model_narrow(form, constants, largest + (int32_t)model_read_32(biases + o));
        constants += form->multiplier_bytes + form->rounding_count;
    }
}
#endif
