/* Adds the votes of one leaf. */
static void model_add_votes(uint16_t leaf, model_output_t *output)
{
    const uint16_t end = model_read_16(&model_leaf_start[leaf + 1]);
    for (uint16_t k = model_read_16(&model_leaf_start[leaf]); k < end; k++)
        output[model_read(&model_leaf_class[k])] += model_read_vote(&model_leaf_vote[k]);
}
