/* model_main.c - the same program as model.ino for plain avr-libc, without the Arduino core.
   The Arduino IDE compiles every .c file of a sketch; this one is empty there. */
#if !defined(ARDUINO)
#ifndef F_CPU
#define F_CPU 16000000UL
#endif
#include <avr/io.h>
#include "model_model.h"
#include "model_duty_cycle.h"

int main(void)
{
    model_start();
    for (;;) {
        model_classify_next(); /* its value is the class: act on it here */
        model_sleep_until_next();
    }
}
#endif
