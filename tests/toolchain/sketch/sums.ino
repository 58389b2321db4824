// Answers "c HEX" with "c CLASS MICROSECONDS"; functions are used before they are defined.
#include "sums_model.h"

static sums_input_t input[sums_INPUT_SIZE];
static char line[sums_INPUT_SIZE * 2 + 8];

void setup() {
  Serial.begin(115200);
  Serial.println(F("ready sums"));
}

void loop() {
  if (read_line() && line[0] == 'c' && read_sample(line + 1)) {
    answer();
  }
}

bool read_line() {
  static uint8_t length = 0;
  while (Serial.available()) {
    char letter = Serial.read();
    if (letter == '\n') {
      line[length] = 0;
      length = 0;
      return true;
    }
    if (letter != '\r' && length < sizeof line - 1) line[length++] = letter;
  }
  return false;
}

bool read_sample(const char *hex) {
  while (*hex == ' ') hex++;
  for (uint8_t i = 0; i < sums_INPUT_SIZE; i++, hex += 2) {
    char digits[3] = {hex[0], hex[1], 0};
    input[i] = strtoul(digits, NULL, 16);
  }
  return *hex == 0;
}

void answer() {
  noInterrupts();
  GPIOR0 = 1;
  uint8_t result = sums_classify(input);
  GPIOR0 = 2;
  interrupts();
  Serial.print(F("c "));
  Serial.print(result);
  Serial.println(F(" 0"));
}
