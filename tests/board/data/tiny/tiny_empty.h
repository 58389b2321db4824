/* The same interface without a model. */
#ifndef TINY_MODEL_H
#define TINY_MODEL_H

#include <avr/pgmspace.h>
#include <stdint.h>

#define tiny_INPUT_SIZE 4
#define tiny_OUTPUT_SIZE 3
#define tiny_MINIMUM (-1000)
#define tiny_MAXIMUM 1000
#define tiny_MODEL_BYTES 0
#define tiny_SAMPLES 0

typedef int16_t tiny_input_t;
typedef int32_t tiny_output_t;

static const tiny_input_t tiny_samples[1][tiny_INPUT_SIZE] PROGMEM = {{0}};
static const uint8_t tiny_expected[1] PROGMEM = {0};

static void tiny_invoke(const tiny_input_t *input, tiny_output_t *output)
{
    output[0] = input[0];
}

#endif
