/* A layer's numbers lie in flash too; a kernel copies the few that describe its shape. */
#if defined(__AVR__)
#define model_fetch(copy, table) memcpy_P(&(copy), (table), sizeof(copy))
#else
#define model_fetch(copy, table) ((copy) = *(table))
#endif
