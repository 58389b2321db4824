/* A model small enough to check by hand: four values in, three weighted sums out, the largest wins. */
#ifndef TINY_MODEL_H
#define TINY_MODEL_H

#include <avr/pgmspace.h>
#include <stdint.h>

#define tiny_INPUT_SIZE 4
#define tiny_OUTPUT_SIZE 3
#define tiny_MINIMUM (-1000)
#define tiny_MAXIMUM 1000
#define tiny_MODEL_BYTES 12
#define tiny_SAMPLES 2

typedef int16_t tiny_input_t;
typedef int32_t tiny_output_t;

static const int8_t tiny_weights[tiny_OUTPUT_SIZE][tiny_INPUT_SIZE] PROGMEM = {
    {100, -2, 3, -4},
    {-1, 2, -128, 5},
    {0, 0, 0, 127},
};

static const tiny_input_t tiny_samples[tiny_SAMPLES][tiny_INPUT_SIZE] PROGMEM = {{9, 0, 0, 0}, {0, 0, 0, 9}};
static const uint8_t tiny_expected[tiny_SAMPLES] PROGMEM = {0, 2};

static void tiny_invoke(const tiny_input_t *input, tiny_output_t *output)
{
    for (uint8_t row = 0; row < tiny_OUTPUT_SIZE; row++) {
        int32_t sum = 0;
        for (uint8_t column = 0; column < tiny_INPUT_SIZE; column++) {
            sum += (int32_t)(int8_t)pgm_read_byte(&tiny_weights[row][column]) * input[column];
        }
        output[row] = sum;
    }
}

#endif
