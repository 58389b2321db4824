/* The sketch's side of the serial protocol. Lines end in '\n'; a '\r' is ignored.
     c HEX   one sample (two hex digits a byte, little endian)  ->  c CLASS MICROSECONDS
     o HEX   the same                                           ->  o CLASS MICROSECONDS OUTPUT OUTPUT ...
     i       what runs here  ->  i NAME INPUTS BYTES_EACH OUTPUTS MINIMUM MAXIMUM MODEL_BYTES
     t       self-test       ->  t INDEX CLASS EXPECTED ok|WRONG ...  t passed K of N
   Errors: e command, e length, e hex, e range.
   The program that includes this file defines  static void model_put(char c). */
static model_input_t model_sample[model_INPUT_SIZE];
static model_length_t model_digits; /* hex digits of the sample so far */
static char model_command;    /* first letter of the line; 0 before it */
static char model_error;      /* first letter of what is wrong with the line; 0 if nothing */

static void model_print(const char *text)
{
    while (*text) model_put(*text++);
}

static void model_print_number(int32_t value)
{
    char digits[10];
    uint8_t n = 0;
    uint32_t rest = value < 0 ? 0 - (uint32_t)value : (uint32_t)value;
    model_put(' ');
    if (value < 0) model_put('-');
    do {
        digits[n++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    while (n) model_put(digits[--n]);
}

/* Classifies model_sample and measures how long it takes. GPIOR0 is a register nothing is connected to:
   writing it marks the start and the end for a simulator, which counts the cycles between. */
static model_class_t model_timed_classify(uint32_t *microseconds)
{
    model_class_t answer;
#if defined(__AVR__)
    const uint8_t interrupts = SREG;
    cli();
    TCCR1A = 0;
    TCCR1B = 0;
    TCNT1 = 0;
    TIFR1 = _BV(TOV1);
    TCCR1B = _BV(CS11) | _BV(CS10); /* Timer 1 counts every 64 cycles: 4 microseconds at 16 MHz */
    GPIOR0 = 1;
    answer = model_classify(model_sample);
    GPIOR0 = 2;
    *microseconds = TCNT1;
    if (TIFR1 & _BV(TOV1)) *microseconds += 65536UL;
    *microseconds *= 64UL / (F_CPU / 1000000UL);
    SREG = interrupts;
#else
    const uint32_t start = model_micros();
    answer = model_classify(model_sample);
    *microseconds = model_micros() - start;
#endif
    return answer;
}

static void model_answer_sample(void)
{
    uint32_t microseconds;
    const model_class_t answer = model_timed_classify(&microseconds);
    model_put(model_command);
    model_print_number((int32_t)answer);
    model_print_number((int32_t)microseconds);
    if (model_command == 'o') {
        model_output_t output[model_OUTPUT_SIZE];
        model_invoke(model_sample, output);
        for (model_class_t c = 0; c < model_OUTPUT_SIZE; c++) model_print_number(output[c]);
    }
}

static void model_answer_info(void)
{
    model_print("i model");
    model_print_number(model_INPUT_SIZE);
    model_print_number(sizeof(model_input_t));
    model_print_number(model_OUTPUT_SIZE);
    model_print(model_RANGE_TEXT);
    model_print_number(model_MODEL_BYTES);
}

static void model_answer_self_test(void)
{
    uint8_t passed = 0;
    for (uint8_t k = 0; k < model_SELF_TESTS; k++) {
        uint8_t *bytes = (uint8_t *)model_sample;
        const model_class_t expected = (model_class_t)model_read_class(&model_self_test_classes[k]);
        model_class_t answer;
        for (model_length_t j = 0; j < sizeof model_sample; j++) bytes[j] = model_read(&model_self_test_samples[k][j]);
        answer = model_classify(model_sample);
        model_put('t');
        model_print_number(k);
        model_print_number(answer);
        model_print_number(expected);
        model_print(answer == expected ? " ok\n" : " WRONG\n");
        passed += answer == expected;
    }
    model_print("t passed");
    model_print_number(passed);
    model_print(" of");
    model_print_number(model_SELF_TESTS);
}

static void model_add_digit(char c)
{
    uint8_t *byte = (uint8_t *)model_sample + model_digits / 2;
    uint8_t digit;
    if (c >= '0' && c <= '9') digit = (uint8_t)(c - '0');
    else if ((c | 32) >= 'a' && (c | 32) <= 'f') digit = (uint8_t)((c | 32) - 'a' + 10);
    else {
        if (!model_error) model_error = 'h';
        return;
    }
    if (model_digits < 2 * sizeof model_sample) *byte = model_digits % 2 ? (uint8_t)(*byte << 4 | digit) : digit;
    if (model_digits <= 2 * sizeof model_sample) model_digits++; /* one too many is remembered, more are not */
}

static void model_answer_line(void)
{
    const char command = model_command;
    const uint8_t takes_sample = command == 'c' || command == 'o';
    if (!takes_sample && command != 'i' && command != 't') model_print("e command");
    else if (model_error == 'h') model_print("e hex");
    else if (model_digits != (takes_sample ? 2 * sizeof model_sample : 0)) model_print("e length");
    else if (command == 'i') model_answer_info();
    else if (command == 't') model_answer_self_test();
    else if (!model_in_range(model_sample)) model_print("e range");
    else model_answer_sample();
    model_put('\n');
}

/* Takes one received character; answers when a line is complete. */
static void model_receive(char c)
{
    if (c == '\n') {
        if (model_command) model_answer_line();
        model_command = 0;
        model_error = 0;
        model_digits = 0;
    } else if (!model_command) {
        if (c != ' ' && c != '\r') model_command = c;
    } else if (c != ' ' && c != '\r') {
        model_add_digit(c);
    }
}
