/* Two 4-bit weights share a byte: the first in the high half, the second in the low half.
   Shifting right copies the sign, so each half becomes a number from -7 to 7. */
#define model_PAIR_BYTES 1
#if defined(__AVR__) && defined(__GNUC__)
#define model_load(pair, first, second)                                                             \
    do {                                                                                            \
        (first) = (second) = (int8_t)model_read(pair);                                              \
        __asm__("asr %0 \n\t asr %0 \n\t asr %0 \n\t asr %0" : "+r"(first)); /* high half down */   \
        __asm__("swap %0 \n\t asr %0 \n\t asr %0 \n\t asr %0 \n\t asr %0" : "+r"(second));          \
    } while (0)
#else
#define model_load(pair, first, second)                         \
    do {                                                        \
        const uint8_t both = model_read(pair);                  \
        (first) = (int8_t)((int8_t)both >> 4);                  \
        (second) = (int8_t)((int8_t)(uint8_t)(both << 4) >> 4); \
    } while (0)
#endif
