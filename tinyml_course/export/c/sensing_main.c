/* model_main.c - the same program as model.ino for plain avr-libc, without the Arduino core.
   The Arduino IDE compiles every .c file of a sketch; this one is empty there. */
#if !defined(ARDUINO)
#ifndef F_CPU
#define F_CPU 16000000UL
#endif
#include <avr/interrupt.h>
#include <avr/io.h>
#include "model_model.h"

static volatile uint8_t model_received[64]; /* what came while the program was busy */
static volatile uint8_t model_received_end;
static uint8_t model_received_begin;

ISR(USART_RX_vect)
{
    model_received[model_received_end & 63] = UDR0;
    model_received_end = model_received_end + 1;
}

static uint8_t model_has_byte(void) { return model_received_begin != model_received_end; }
static char model_next_byte(void) { return (char)model_received[model_received_begin++ & 63]; }

static void model_put(char c)
{
    while (!(UCSR0A & _BV(UDRE0))) {}
    UDR0 = (uint8_t)c;
}

#include "model_protocol.h"
#include "model_sensing.h"

int main(void)
{
    UCSR0A = _BV(U2X0); /* 115200 baud at 16 MHz, as the Arduino core sets it: 2.1 % fast */
    UBRR0 = 16;
    UCSR0C = _BV(UCSZ01) | _BV(UCSZ00); /* 8 data bits, no parity, 1 stop bit */
    UCSR0B = _BV(RXCIE0) | _BV(RXEN0) | _BV(TXEN0);
    model_begin();
    for (;;) model_turn();
}
#endif
