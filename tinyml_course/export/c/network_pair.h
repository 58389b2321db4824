/* How two tensors are walked through together; one that is smaller is read again and again. When an index of an
   axis goes up, the ones behind it start again: `a` and `b` then move by these steps. */
typedef struct {
    model_size_t counts[4];
    model_step_t a_steps[4], b_steps[4];
} model_pair_t;

/* To the next pair; 0 at the end. */
static inline uint8_t model_next_pair(
    const model_pair_t *pair, model_size_t *indices, model_step_t *a, model_step_t *b)
{
    for (uint8_t axis = 4; axis--;) {
        *a = (model_step_t)(*a + pair->a_steps[axis]);
        *b = (model_step_t)(*b + pair->b_steps[axis]);
        if (++indices[axis] < pair->counts[axis]) return 1;
        indices[axis] = 0;
    }
    return 0;
}
