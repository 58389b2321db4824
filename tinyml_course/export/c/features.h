/* Features of a window of 8-bit samples: sums, shifts and comparisons, no division. What each of them means, and why
   nothing overflows: class SignalFeatures of tinyml_course, which computes the same bytes in Python. */

/* A logarithm with eight steps in an octave; a code up to 15 is the value itself. */
static uint8_t model_log_code(uint32_t value)
{
    uint8_t code = 0;
    for (; value > 4095; value >>= 8) code = (uint8_t)(code + 64);
    for (; value > 15; value >>= 1) code = (uint8_t)(code + 8);
    return (uint8_t)(code + value);
}

/* Energy of the differences of neighbours at each octave but the highest, from sums of two samples each. The sums
   are used up: those of four, of eight, ... take their place. */
static model_FAST void model_lower_octaves(uint16_t *sums, uint8_t *codes)
{
    uint8_t pairs, i;
    for (pairs = model_INPUT_SIZE / 4; pairs > 1; pairs >>= 1) {
        uint32_t energy = 0;
        for (i = 0; i < pairs; i++) {
            const uint16_t first = sums[2 * i], second = sums[2 * i + 1];
            const int16_t difference = (int16_t)(first - second);
            energy += (uint32_t)((int32_t)difference * difference);
            sums[i] = (uint16_t)(first + second);
        }
        *codes++ = model_log_code(energy);
    }
}

/* Energies of the distances from the mean, and how often the signal crosses it. codes: the whole energy's; the others
   lie behind the octaves. */
static model_FAST void model_energies(const uint8_t *samples, uint8_t first, uint8_t mean, uint8_t *codes)
{
    uint32_t energy = 0, loudest = 0;
    uint8_t place = first, crossings = 0, was_below = samples[first] < mean, k, i;
    for (k = 0; k < 8; k++) { /* eighths of the window */
        uint32_t block = 0;
        for (i = 0; i < model_INPUT_SIZE / 8; i++) {
            const uint8_t x = samples[place++];
            const uint8_t below = x < mean;
            const uint8_t distance = (uint8_t)(below ? mean - x : x - mean);
            block += (uint16_t)((uint16_t)distance * distance);
            crossings = (uint8_t)(crossings + (below ^ was_below));
            was_below = below;
        }
        if (block > loudest) loudest = block;
        energy += block;
    }
    codes[0] = model_log_code(energy);
    codes[1 + model_OCTAVES] = model_log_code(loudest);
    codes[4 + model_OCTAVES] = crossings;
}

/* samples: the window lies in it from `first` on; behind index 255 it goes on at 0, so that a ring buffer of
   256 bytes needs no copy. features: model_FEATURES bytes. */
static model_FAST void model_features(const uint8_t *samples, uint8_t first, uint8_t *features)
{
    uint16_t sums[model_INPUT_SIZE / 2];
    uint16_t sum = model_INPUT_SIZE / 2; /* the mean is rounded */
    uint32_t highest = 0;
    uint8_t place = first, before = samples[first], smallest = 255, largest = 0, step = 0, i;
    for (i = 0; i < model_INPUT_SIZE / 2; i++) {
        const uint8_t a = samples[place++], b = samples[place++];
        const uint8_t change = (uint8_t)(a < before ? before - a : a - before);
        const uint8_t difference = (uint8_t)(b < a ? a - b : b - a);
        if (change > step) step = change;
        if (difference > step) step = difference;
        if (a < smallest) smallest = a;
        if (b < smallest) smallest = b;
        if (a > largest) largest = a;
        if (b > largest) largest = b;
        before = b;
        highest += (uint16_t)((uint16_t)difference * difference);
        sums[i] = (uint16_t)(a + b);
        sum = (uint16_t)(sum + sums[i]);
    }
    features[1] = model_log_code(highest);
    features[2 + model_OCTAVES] = step;
    features[3 + model_OCTAVES] = (uint8_t)(largest - smallest);
    model_lower_octaves(sums, features + 2);
    model_energies(samples, first, (uint8_t)(sum >> model_WINDOW_SHIFT), features);
}

/* The classifier was made for features in this range; what lies outside counts as the nearest that lies within. */
static void model_features_in_range(const uint8_t *samples, uint8_t first, uint8_t *features)
{
    uint8_t i;
    model_features(samples, first, features);
    for (i = 0; i < model_FEATURES; i++) {
        if (features[i] < model_FEATURE_MINIMUM) features[i] = model_FEATURE_MINIMUM;
        if (features[i] > model_FEATURE_MAXIMUM) features[i] = model_FEATURE_MAXIMUM;
    }
}

static inline uint8_t model_classify_at(const model_input_t *samples, uint8_t first)
{
    uint8_t features[model_FEATURES];
    model_features_in_range(samples, first, features);
    return model_classifier_classify(features);
}

static inline uint8_t model_classify(const model_input_t *input)
{
    return model_classify_at(input, 0);
}

static inline void model_invoke(const model_input_t *input, model_output_t *output)
{
    uint8_t features[model_FEATURES];
    model_features_in_range(input, 0, features);
    model_classifier_invoke(features, output);
}
