/* A model small enough to check by hand: four values in, two weighted sums out, the larger one wins. */
#ifndef SUMS_MODEL_H
#define SUMS_MODEL_H

#include <stdint.h>

#ifdef __AVR__
#include <avr/pgmspace.h>
#define SUMS_READ(address) ((int8_t)pgm_read_byte(address))
#else
#define PROGMEM
#define SUMS_READ(address) (*(address))
#endif

#define sums_INPUT_SIZE 4
#define sums_OUTPUT_SIZE 2

typedef uint8_t sums_input_t;
typedef int16_t sums_output_t;

static const int8_t sums_weights[sums_OUTPUT_SIZE][sums_INPUT_SIZE] PROGMEM = {
    {1, -2, 3, -4},
    {-1, 2, -3, 5},
};

static void sums_invoke(const sums_input_t *input, sums_output_t *output)
{
    for (uint8_t row = 0; row < sums_OUTPUT_SIZE; row++) {
        int16_t sum = 0;
        for (uint8_t column = 0; column < sums_INPUT_SIZE; column++) {
            sum = (int16_t)(sum + SUMS_READ(&sums_weights[row][column]) * input[column]);
        }
        output[row] = sum;
    }
}

static uint8_t sums_classify(const sums_input_t *input)
{
    sums_output_t output[sums_OUTPUT_SIZE];
    sums_invoke(input, output);
    return output[1] > output[0];
}

#endif
