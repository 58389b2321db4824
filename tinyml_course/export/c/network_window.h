/* How a window moves over a picture of height x width positions. */
typedef struct {
    int16_t height, width;       /* of the input */
    model_size_t depth;          /* channels of the input */
    int16_t rows, columns;       /* of the output */
    int16_t window_height, window_width;
    int16_t down, right;         /* strides */
    int16_t apart_down, apart_right; /* dilation: steps from one value under the window to the next */
    int16_t top, left;           /* padding */
} model_window_t;
