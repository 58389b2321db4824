/* model.ino - an inference, then sleep, for a battery; model_duty_cycle.h says how. */
#include "model_model.h"
#include "model_duty_cycle.h"

void setup()
{
    model_start();
}

void loop()
{
    model_classify_next(); /* its value is the class: act on it here */
    model_sleep_until_next();
}
