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

/* samples: the window lies in it from `first` on; an index beyond 255 goes on at 0, so that a ring buffer of
   256 bytes needs no copy. features: model_FEATURES bytes. */
static model_FAST void model_features(const uint8_t *samples, uint8_t first, uint8_t *features)
{
    int16_t waiting[model_OCTAVES] = {0}; /* at each octave, the first of two sums */
    uint32_t octaves[model_OCTAVES] = {0};
    uint32_t energy = 0, block = 0, loudest = 0;
    uint16_t sum = model_INPUT_SIZE / 2; /* the mean is rounded */
    uint8_t mean, i, smallest = 255, largest = 0, step = 0, crossings = 0, before = samples[first], was_below;

    for (i = 0; i < model_INPUT_SIZE; i++) sum = (uint16_t)(sum + samples[(uint8_t)(first + i)]);
    mean = (uint8_t)(sum >> model_WINDOW_SHIFT);
    was_below = before < mean;
    for (i = 0; i < model_INPUT_SIZE; i++) {
        const uint8_t x = samples[(uint8_t)(first + i)];
        const uint8_t below = x < mean;
        const uint8_t distance = (uint8_t)(below ? mean - x : x - mean);
        const uint8_t change = (uint8_t)(x < before ? before - x : x - before);
        int16_t total = (int16_t)(x - mean);
        uint8_t k, places = i;

        block += (uint16_t)((uint16_t)distance * distance);
        if (x < smallest) smallest = x;
        if (x > largest) largest = x;
        if (change > step) step = change;
        crossings = (uint8_t)(crossings + (below != was_below));
        before = x;
        was_below = below;

        /* Every second sample completes a pair, every fourth a pair of pairs, and so on. */
        for (k = 0; k < model_OCTAVES && (places & 1); k++, places >>= 1) {
            const int16_t difference = (int16_t)(waiting[k] - total);
            octaves[k] += (uint32_t)((int32_t)difference * difference);
            total = (int16_t)(total + waiting[k]);
        }
        if (k < model_OCTAVES) waiting[k] = total;
        if ((i & (model_INPUT_SIZE / 8 - 1)) == model_INPUT_SIZE / 8 - 1) { /* an eighth of the window ends */
            if (block > loudest) loudest = block;
            energy += block;
            block = 0;
        }
    }
    *features++ = model_log_code(energy);
    for (i = 0; i < model_OCTAVES; i++) *features++ = model_log_code(octaves[i]);
    *features++ = model_log_code(loudest);
    *features++ = step;
    *features++ = (uint8_t)(largest - smallest);
    *features = crossings;
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
