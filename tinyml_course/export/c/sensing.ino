/* model.ino - listens to an analog pin, classifies what it hears, and shows the class with the LED on pin 13.
   It answers over Serial at 115200 baud, too; model_protocol.h and model_sensing.h say what to send.
   Try it in the serial monitor: send  s  for a stream of classes,  t  for the self-test. */
#include "model_model.h"

static void model_put(char c) { Serial.write(c); }
static uint8_t model_has_byte(void) { return Serial.available() > 0; }
static char model_next_byte(void) { return (char)Serial.read(); }

#include "model_protocol.h"
#include "model_sensing.h"

void setup()
{
    Serial.begin(115200);
    model_begin();
}

void loop()
{
    model_turn();
}
