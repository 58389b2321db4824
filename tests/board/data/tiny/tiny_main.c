/* The serial protocol of an exported sketch, written by hand for the tests of the board. */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <stdlib.h>
#include <string.h>
#include "tiny_model.h"

static tiny_input_t input[tiny_INPUT_SIZE];
static tiny_output_t output[tiny_OUTPUT_SIZE];
static char line[4 * tiny_INPUT_SIZE + 8];

static void put(char letter)
{
    while (!(UCSR0A & (1 << UDRE0))) {
    }
    UDR0 = (uint8_t)letter;
}

static void text(const char *letters)
{
    while (*letters) put(*letters++);
}

static void number(int32_t value)
{
    char digits[12];
    put(' ');
    text(ltoa(value, digits, 10));
}

static void read_line(void)
{
    uint8_t length = 0;
    for (;;) {
        while (!(UCSR0A & (1 << RXC0))) {
        }
        char letter = (char)UDR0;
        if (letter == '\n') break;
        if (letter != '\r' && length < sizeof line - 1) line[length++] = letter;
    }
    line[length] = 0;
}

__attribute__((noinline)) static uint8_t classify(void)
{
    tiny_invoke(input, output);
    uint8_t best = 0;
    for (uint8_t i = 1; i < tiny_OUTPUT_SIZE; i++) {
        if (output[i] > output[best]) best = i;
    }
    return best;
}

static int8_t nibble(char letter)
{
    if (letter >= '0' && letter <= '9') return letter - '0';
    letter |= 32;
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

/* Returns NULL, or why the sample is refused. */
static const char *read_sample(const char *hex)
{
    while (*hex == ' ') hex++;
    if (strlen(hex) != 2 * sizeof input) return "e length";
    for (uint8_t i = 0; i < sizeof input; i++, hex += 2) {
        if (nibble(hex[0]) < 0 || nibble(hex[1]) < 0) return "e hex";
        ((uint8_t *)input)[i] = (uint8_t)(nibble(hex[0]) << 4 | nibble(hex[1]));
    }
    for (uint8_t i = 0; i < tiny_INPUT_SIZE; i++) {
        if (input[i] < tiny_MINIMUM || input[i] > tiny_MAXIMUM) return "e range";
    }
    return NULL;
}

static void answer(char letter)
{
    const char *refusal = read_sample(line + 1);
    if (refusal) {
        text(refusal);
        return;
    }
    TCNT1 = 0;
    cli();
    GPIOR0 = 1;
    uint8_t result = classify();
    GPIOR0 = 2;
    uint16_t ticks = TCNT1;
    put(letter);
    number(result);
    number(ticks / 2);
    for (uint8_t i = 0; letter == 'o' && i < tiny_OUTPUT_SIZE; i++) number(output[i]);
}

static void self_test(void)
{
    uint8_t passed = 0;
    for (uint8_t i = 0; i < tiny_SAMPLES; i++) {
        memcpy_P(input, tiny_samples[i], sizeof input);
        uint8_t result = classify(), expected = pgm_read_byte(&tiny_expected[i]);
        put('t');
        number(i);
        number(result);
        number(expected);
        text(result == expected ? " ok\n" : " WRONG\n");
        passed += result == expected;
    }
    text("t passed");
    number(passed);
    text(" of");
    number(tiny_SAMPLES);
}

static void info(void)
{
    text("i tiny");
    number(tiny_INPUT_SIZE);
    number(sizeof *input);
    number(tiny_OUTPUT_SIZE);
    number(tiny_MINIMUM);
    number(tiny_MAXIMUM);
    number(tiny_MODEL_BYTES);
}

int main(void)
{
    UCSR0A = 1 << U2X0;
    UBRR0 = 16;
    UCSR0B = 1 << RXEN0 | 1 << TXEN0;
    TCCR1B = 1 << CS11;
    text("ready tiny\n");
    for (;;) {
        read_line();
        switch (line[0]) {
        case 'c':
        case 'o':
            answer(line[0]);
            break;
        case 'i':
            info();
            break;
        case 't':
            self_test();
            break;
        default:
            text("e command");
        }
        put('\n');
    }
}
