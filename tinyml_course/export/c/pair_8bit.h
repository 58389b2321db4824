/* Two 8-bit weights lie side by side. */
#define model_PAIR_BYTES 2
#define model_load(pair, first, second)            \
    do {                                           \
        (first) = (int8_t)model_read(pair);        \
        (second) = (int8_t)model_read((pair) + 1); \
    } while (0)
