/* 2^31 / d for d in 1/2 ... 1 (as 2^30 ... 2^31 - 1): a line, then three steps of Newton's method. The result has
   29 fraction bits. */
static model_FAST int32_t model_reciprocal(uint32_t d)
{
    int32_t x = 1515870810 + model_multiply_high(-1010580540, 2 * d, 0x8000); /* 48/17 - 32/17 d */
    for (uint8_t step = 0; step < 3; step++) {
        const int32_t error = 0x20000000 - model_multiply_high(x, 2 * d, 0x8000);
        x += 4 * model_multiply_high(error, 2 * (uint32_t)x, 0x8000);
    }
    return x;
}
