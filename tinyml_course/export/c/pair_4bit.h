/* Two 4-bit weights share a byte: the first in the high half, the second in the low half.
   Shifting right copies the sign, so each half becomes a number from -7 to 7. */
#define model_PAIR_BYTES 1
#define model_load(pair, first, second)                    \
    do {                                                   \
        const uint8_t both = model_read(pair);             \
        (first) = (int8_t)((int8_t)both >> 4);             \
        (second) = (int8_t)((int8_t)(uint8_t)(both << 4) >> 4); \
    } while (0)
