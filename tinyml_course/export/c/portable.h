/* Where the tables live: in flash on an AVR (SRAM is too small for them), in ordinary memory elsewhere. */
#include <stdint.h>
#if defined(__AVR__)
#include <avr/pgmspace.h>
#define model_FLASH PROGMEM
#define model_read(address) pgm_read_byte(address)
#define model_read_16(address) pgm_read_word(address)
#define model_read_32(address) pgm_read_dword(address)
#else
#define model_FLASH
#define model_read(address) (*(const uint8_t *)(address))
#define model_read_16(address) (*(const uint16_t *)(address))
#define model_read_32(address) (*(const int32_t *)(address))
#endif

/* The Arduino IDE compiles for small size; the inner loops ask for speed themselves. */
#if defined(__GNUC__) && !defined(__clang__)
#define model_FAST __attribute__((noinline, optimize("O2")))
#else
#define model_FAST
#endif
