/* model.ino - answers over Serial at 115200 baud; model_protocol.h says what to send.
   Try it in the serial monitor: send  t  for the self-test. */
#include "model_model.h"

static void model_put(char c) { Serial.write(c); }
static uint32_t model_micros(void) { return micros(); }

#include "model_protocol.h"

void setup()
{
    Serial.begin(115200);
    model_print("ready model\n");
}

void loop()
{
    if (Serial.available()) model_receive((char)Serial.read());
}
