/* The inner loop of every layer is sum += value * weight. It is proven that 32 bits hold every sum. */
typedef int32_t model_sum_T_t;
typedef int32_t model_bias_T_t;
#define model_start_T(bias) ((int32_t)model_read_32(bias))
#define model_add_product_T(sum, value, weight) ((sum) += (int16_t)((int16_t)(value) * (int16_t)(weight)))
