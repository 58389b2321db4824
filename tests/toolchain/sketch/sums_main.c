/* The same as sums.ino on plain avr-libc; empty when the Arduino core provides main(). */
#ifndef ARDUINO

#include <avr/io.h>
#include <stdlib.h>
#include "sums_model.h"

static sums_input_t input[sums_INPUT_SIZE];

static void put(const char *text)
{
    for (; *text; text++) {
        while (!(UCSR0A & (1 << UDRE0))) {
        }
        UDR0 = (uint8_t)*text;
    }
}

static char get(void)
{
    while (!(UCSR0A & (1 << RXC0))) {
    }
    return (char)UDR0;
}

int main(void)
{
    UCSR0A = 1 << U2X0;
    UBRR0 = 16;
    UCSR0B = 1 << RXEN0 | 1 << TXEN0;
    put("ready sums\n");
    for (;;) {
        uint8_t count = 0;
        char digits[3] = {0};
        for (char letter = get(); letter != '\n'; letter = get()) {
            if (letter == 'c' || letter == ' ' || letter == '\r' || count == 2 * sums_INPUT_SIZE) {
                continue;
            }
            digits[count++ & 1] = letter;
            input[(count - 1) / 2] = (uint8_t)strtoul(digits, NULL, 16);
        }
        GPIOR0 = 1;
        uint8_t result = sums_classify(input);
        GPIOR0 = 2;
        put(result ? "c 1 0\n" : "c 0 0\n");
    }
}

#endif
