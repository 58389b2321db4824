/* The inner loop of every layer is sum += value * weight. Some sums of this model need more than 32 bits. */
typedef int64_t model_sum_T_t;
typedef int64_t model_bias_T_t;
#define model_add_product_T(sum, value, weight) ((sum) += (int32_t)(value) * (int32_t)(weight))

static int64_t model_start_T(const int64_t *bias)
{
    int64_t value;
    model_fetch(value, bias);
    return value;
}
