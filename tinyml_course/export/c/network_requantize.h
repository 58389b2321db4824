/* sum * factor to the nearest integer. The factor is multiplier / 2^32 * 2^shift.
   twice = 1: rounded twice, as TFLite Micro does: to 32 bits, halves up, then to `shift` bits fewer, halves
   away from zero. twice = 0: rounded once, halves up. */
static model_FAST int32_t model_requantize(int32_t sum, uint32_t multiplier, int8_t shift, uint8_t twice)
{
    const uint8_t bits = (uint8_t)(-shift - 1); /* all but the last bit that goes */
    int32_t result;
    if (shift >= 0) return model_multiply_high((int32_t)((uint32_t)sum << shift), multiplier, 0x8000);
    result = model_multiply_high(sum, multiplier, twice ? 0x8000 : 0);
    if (twice && result < 0) result--;
    return (model_shift_right(result, bits) + 1) >> 1;
}
