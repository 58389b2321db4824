/* A learner's function on the board: called once for each input, the cycles between two marks counted by the
   simulator. The answers are sent when all of them are there, so that sending does not disturb the counting. */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/pgmspace.h>
#include <stdint.h>

@DECLARATIONS@

#line 1 "your function"
@LEARNER@
#line 16 "task_main.c"

#define COUNT @COUNT@
static int32_t answers[COUNT];

static int32_t __attribute__((noinline)) ask(uint8_t k) { return (int32_t)(@CALL@); }

static void put(uint8_t c)
{
    while (!(UCSR0A & _BV(UDRE0))) {}
    UDR0 = c;
}

int main(void)
{
    UCSR0A = _BV(U2X0);
    UBRR0 = 16;
    UCSR0B = _BV(TXEN0);
    for (uint8_t k = 0; k < COUNT; k++) {
        GPIOR0 = 1;
        answers[k] = ask(k);
        GPIOR0 = 2;
    }
    for (uint8_t k = 0; k < COUNT; k++) {
        for (int8_t shift = 28; shift >= 0; shift -= 4) put("0123456789abcdef"[(uint32_t)answers[k] >> shift & 15]);
    }
    put('\n');
    for (;;) {}
}
