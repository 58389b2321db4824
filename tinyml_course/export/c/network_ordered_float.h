/* The bits of a float, changed so that they are ordered as the floats are: no float is computed with. */
#include <string.h>
static inline int32_t model_ordered(const model_input_t *x)
{
    int32_t bits;
    memcpy(&bits, x, sizeof bits);
    return bits < 0 ? bits ^ 0x7FFFFFFF : bits;
}
