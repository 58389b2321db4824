/* A dense layer with ReLU in 32-bit floats, in plain C. An output is the four bytes of its float. */
#include <string.h>
#if defined(__AVR__)
#define model_read_float(address) pgm_read_float(address)
#else
#define model_read_float(address) (*(const float *)(address))
#endif

static model_FAST void model_invoke(const model_input_t *input, model_output_t *output)
{
    const float *weight = model_weights;
    for (uint8_t o = 0; o < model_UNITS; o++) {
        float sum = model_read_float(model_bias + o);
        for (uint16_t i = 0; i < model_INPUT_SIZE; i++) sum += model_read_float(weight++) * input[i];
        if (sum < 0) sum = 0;
        memcpy(output + 4 * o, &sum, 4);
    }
}

static uint8_t model_above(const model_output_t *output, uint8_t one, uint8_t other)
{
    float a, b;
    memcpy(&a, output + 4 * one, 4);
    memcpy(&b, output + 4 * other, 4);
    return a > b;
}
