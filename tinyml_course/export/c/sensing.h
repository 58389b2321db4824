/* The board listens by itself. Timer 1 starts each conversion of the ADC, so that samples are taken at exact times
   whatever the program does; an interrupt puts them into a ring buffer; whenever model_HOP new ones are there, the
   window that ends with them is classified. In between the processor sleeps.

   The LED on pin 13 tells the class: class 0 keeps it dark, class k blinks it k times, then a pause, all in about a
   second.

   One more request than the protocol has:
     s   starts or stops a stream  ->  s on, s off; and for every window, until it is stopped,
         w NUMBER CLASS MICROSECONDS MISSED
   NUMBER counts the classified windows from 1, MICROSECONDS is the time from the first feature to the class, MISSED
   counts the samples that were lost since the start because something kept the processor too long: a self-test of
   many windows, or code of your own. A window never has a gap: behind a lost sample a new one begins.
   The requests c and o measure with Timer 1 and stop the listening meanwhile; behind them a new window begins. */
#if !defined(__AVR_ATmega328P__)
#error "This sketch uses Timer 1 and the ADC of the ATmega328P: choose Arduino Uno, Nano or Pro Mini as the board."
#endif
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>

#define model_SAMPLE_TICKS (F_CPU / 8 / model_SAMPLE_RATE_HZ) /* Timer 1 counts every half microsecond */
#define model_LEAST_TICKS 16 /* a compare match nearer than this may pass before it is set */

static uint8_t model_ring[256];
static volatile uint16_t model_taken;  /* samples so far; the low byte says where the next one goes */
static volatile uint16_t model_missed; /* samples lost so far */
static uint16_t model_window_end;      /* the next window is complete when as many samples were taken */
static uint16_t model_missed_before;
static uint32_t model_windows;
static uint8_t model_latest_class;
static uint8_t model_streaming;

ISR(ADC_vect)
{
    uint16_t next = OCR1B + model_SAMPLE_TICKS;
    uint16_t late = TCNT1 - OCR1B; /* since this sample was started */
    if (!(TIFR1 & _BV(OCF1B))) return; /* not started by the timer: no sample */
    model_ring[(uint8_t)model_taken] = ADCH;
    model_taken = model_taken + 1;
    while (late > model_SAMPLE_TICKS - model_LEAST_TICKS) { /* too late for the next one */
        late = late > model_SAMPLE_TICKS ? late - model_SAMPLE_TICKS : 0;
        next += model_SAMPLE_TICKS;
        model_missed = model_missed + 1;
    }
    OCR1B = next;
    TIFR1 = _BV(OCF1B); /* the next match starts the next conversion */
}

/* A counter has two bytes: no interrupt may come between them. */
static uint16_t model_count(const volatile uint16_t *counter)
{
    uint16_t value;
    cli();
    value = *counter;
    sei();
    return value;
}

static void model_start_listening(void)
{
    cli();
    TCCR1A = 0;
    TCCR1B = 0;
    ADMUX = _BV(REFS0) | _BV(ADLAR) | model_ANALOG_PIN; /* compare with 5 V; the upper eight bits in ADCH */
    ADCSRB = _BV(ADTS2) | _BV(ADTS0); /* Timer 1's compare match B starts a conversion */
#if model_ANALOG_PIN < 6
    DIDR0 |= _BV(model_ANALOG_PIN);
#endif
    ADCSRA = _BV(ADEN) | _BV(ADSC) | _BV(ADPS2) | _BV(ADPS1) | _BV(ADPS0); /* 125 kHz */
    while (ADCSRA & _BV(ADSC)) {} /* the first conversion takes longer: it is not used */
    TCNT1 = 0;
    OCR1B = model_SAMPLE_TICKS;
    TIFR1 = _BV(OCF1B);
    ADCSRA = _BV(ADEN) | _BV(ADATE) | _BV(ADIF) | _BV(ADIE) | _BV(ADPS2) | _BV(ADPS1) | _BV(ADPS0);
    model_window_end = model_taken + model_INPUT_SIZE;
    TCCR1B = _BV(CS11);
    sei();
}

static void model_stop_listening(void)
{
    ADCSRA = 0;
    TCCR1B = 0;
}

/* Microseconds between two moments, each given by the samples taken and Timer 1, which wraps every 32.8 ms. */
static uint32_t model_elapsed(uint16_t samples, uint16_t ticks)
{
    const uint32_t about = (uint32_t)samples * model_SAMPLE_TICKS;
    uint32_t elapsed = ticks;
    while (elapsed + 32768UL < about) elapsed += 65536UL;
    return elapsed / (F_CPU / 8000000UL);
}

/* Advances the LED by one sample; a change of the class waits for the end of the pause. */
static void model_blink(void)
{
    static uint16_t left;
    static uint8_t slot, blinks;
    if (left) {
        left--;
        return;
    }
    left = model_SLOT_SAMPLES - 1;
    if (slot == 0) blinks = model_latest_class;
    if (!(slot & 1) && slot < 2 * blinks) PORTB |= _BV(PORTB5);
    else PORTB &= (uint8_t)~_BV(PORTB5);
    slot = (slot + 1) & (model_SLOTS - 1);
}

static void model_report(uint32_t microseconds)
{
    model_put('w');
    model_print_number((int32_t)model_windows);
    model_print_number(model_latest_class);
    model_print_number((int32_t)microseconds);
    model_print_number(model_missed_before);
    model_put('\n');
}

/* Classifies the window that ends with sample model_window_end. GPIOR0 marks begin and end for a simulator. */
static void model_look(void)
{
    uint16_t taken, ticks;
    uint8_t found;
    cli();
    taken = model_taken;
    ticks = TCNT1;
    sei();
    GPIOR0 = 3;
    found = model_classify_at(model_ring, (uint8_t)(model_window_end - model_INPUT_SIZE));
    GPIOR0 = 4;
    cli();
    ticks = TCNT1 - ticks;
    taken = model_taken - taken;
    sei();
    if ((uint16_t)(model_count(&model_taken) - model_window_end) > 256 - model_INPUT_SIZE) return;
    model_latest_class = found;
    model_windows++;
    model_window_end += model_HOP;
    if (model_streaming) model_report(model_elapsed(taken, ticks));
}

/* What there is to do behind a new sample. */
static void model_follow(void)
{
    static uint16_t followed;
    const uint16_t taken = model_count(&model_taken);
    uint16_t missed;
    int16_t waiting; /* samples behind the window's end */
    for (; followed != taken; followed++) model_blink();
    cli();
    waiting = (int16_t)(model_taken - model_window_end);
    if (waiting > 256 - model_INPUT_SIZE) model_missed = model_missed + waiting - (256 - model_INPUT_SIZE);
    missed = model_missed;
    if (missed != model_missed_before) model_window_end = model_taken + model_INPUT_SIZE;
    sei();
    if (missed == model_missed_before && waiting >= 0) model_look();
    model_missed_before = missed;
}

/* Takes one received character. */
static void model_hear(char c)
{
    const uint8_t pauses = c == '\n' && (model_command == 'c' || model_command == 'o');
    if (c == '\n' && model_command == 's' && !model_digits && !model_error) {
        model_streaming = !model_streaming;
        model_print(model_streaming ? "s on\n" : "s off\n");
        model_command = 0;
    }
    if (pauses) model_stop_listening();
    model_receive(c);
    if (pauses) model_start_listening();
}

static void model_begin(void)
{
    DDRB |= _BV(DDB5);
    set_sleep_mode(SLEEP_MODE_IDLE);
    model_print("ready model\n");
    model_start_listening();
}

/* Everything that waits; then sleeps until the next interrupt. */
static void model_turn(void)
{
    static uint16_t seen;
    while (model_has_byte()) model_hear(model_next_byte());
    seen = model_count(&model_taken);
    model_follow();
    cli();
    if (!model_has_byte() && seen == model_taken) {
        sleep_enable();
        sei();
        sleep_cpu(); /* the instruction behind sei is done before any interrupt: none can slip in between */
        sleep_disable();
    }
    sei();
}
