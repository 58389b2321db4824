#define model_ordered(x) ((int32_t)*(x))
