/* model_duty_cycle.h - classifies a stored sample, sleeps in power-down until the next period, and starts again.
   The watchdog wakes the chip every model_WATCHDOG_MS milliseconds and counts; model_WAKES of them are a period.
   What draws current for nothing is off: the ADC, the analog comparator, all timers and ports but Timer 1, the
   brown-out detector while asleep, inputs that float. millis() and delay() do not work in such a sketch. */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/power.h>
#include <avr/sleep.h>
#include <avr/wdt.h>

static void model_put(char c) { (void)c; } /* nothing is sent: the serial port is off */

#include "model_protocol.h"

static volatile uint16_t model_wakes; /* of the watchdog, since the last inference */

ISR(WDT_vect) { model_wakes++; }

static void model_start(void)
{
    ADCSRA = 0;
    ACSR = _BV(ACD);
    DIDR0 = 0x3f; /* no digital inputs at the analog pins */
    DIDR1 = 0x03;
    PORTB = PORTC = PORTD = 0xff; /* pull-up resistors at all others */
    power_all_disable();
    power_timer1_enable(); /* it measures how long an inference takes */
    set_sleep_mode(SLEEP_MODE_PWR_DOWN);
    cli();
    wdt_reset();
    MCUSR &= (uint8_t)~_BV(WDRF);
    WDTCSR = _BV(WDCE) | _BV(WDE); /* opens the register for four cycles */
    WDTCSR = _BV(WDIE) | model_WATCHDOG_BITS;
    sei();
}

/* Classifies one of the stored samples; returns its class. The marks in GPIOR0 are for a simulator: 1 and 2 around
   the inference, then 3 if the class is the expected one, else 4. Here a sensor would be read instead. */
static model_class_t model_classify_next(void)
{
    static uint8_t k;
    uint8_t *bytes = (uint8_t *)model_sample;
    uint32_t microseconds;
    model_class_t answer;
    for (model_length_t j = 0; j < sizeof model_sample; j++) bytes[j] = model_read(&model_self_test_samples[k][j]);
    answer = model_timed_classify(&microseconds);
    GPIOR0 = answer == (model_class_t)model_read_class(&model_self_test_classes[k]) ? 3 : 4;
    k = (uint8_t)(k + 1) < model_SELF_TESTS ? (uint8_t)(k + 1) : 0;
    return answer;
}

static void model_sleep_until_next(void)
{
    for (;;) {
        cli(); /* no wake may come between the question and the sleep; the instruction behind sei() is still run */
        if (model_wakes >= model_WAKES) break;
        sleep_enable();
        sleep_bod_disable();
        sei();
        sleep_cpu();
        sleep_disable();
    }
    model_wakes -= model_WAKES;
    sei();
}
