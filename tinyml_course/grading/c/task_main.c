/* A learner's function on the board: called once for each input, the cycles between two marks counted by the
   simulator. Each answer leaves as four marks, so that all that happens has its place between two marks: what a
   program does elsewhere than in the function shows as a gap that is too long. */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/pgmspace.h>
#include <stdint.h>

@DECLARATIONS@

#line 1 "your function"
@LEARNER@
#line 17 "task_main.c"

#define COUNT @COUNT@

static int32_t __attribute__((noinline)) ask(uint8_t k) { return (int32_t)(@CALL@); }

int main(void)
{
    GPIOR0 = 3;
    for (uint8_t k = 0; k < COUNT; k++) {
        GPIOR0 = 1;
        uint32_t answer = ask(k);
        GPIOR0 = 2;
        GPIOR0 = answer;
        GPIOR0 = answer >> 8;
        GPIOR0 = answer >> 16;
        GPIOR0 = answer >> 24;
    }
    for (;;) {}
}
