/* Runs a .hex file on libsimavr, an independent simulator of the ATmega328P, and prints what the tests compare.
 *
 * usage: simavr_run FILE.hex MAX_CYCLES < requests
 *
 * A request line is sent whenever the program has ended a line of its own. Output: "mark CYCLE VALUE SP LOWEST"
 * for each write to GPIOR0 (LOWEST: lowest stack pointer since the mark before), "line TEXT" for each line of the
 * program, at the end "lowest SP". It ends when a line is answered and no request is left.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <simavr/sim_avr.h>
#include <simavr/sim_hex.h>
#include <simavr/sim_io.h>
#include <simavr/avr_uart.h>

static char answer[4096], request[4096];
static size_t answered, requested, sent;
static int ready_for_byte = 1, lines_left = 1;
static unsigned since_mark = 0x8ff;

static unsigned stack_pointer(avr_t *avr)
{
    return avr->data[93] | avr->data[94] << 8;
}

static void mark(avr_t *avr, avr_io_addr_t address, uint8_t value, void *parameter)
{
    (void)parameter;
    avr->data[address] = value;
    printf("mark %llu %u %u %u\n", (unsigned long long)avr->cycle, value, stack_pointer(avr), since_mark);
    since_mark = stack_pointer(avr);
}

static void silent(avr_t *avr, const int level, const char *format, va_list arguments)
{
    (void)avr, (void)level, (void)format, (void)arguments;
}

static void byte_out(struct avr_irq_t *irq, uint32_t value, void *parameter)
{
    (void)irq, (void)parameter;
    if (value != '\n') {
        if (answered < sizeof answer - 1) answer[answered++] = (char)value;
        return;
    }
    answer[answered] = 0;
    answered = 0;
    printf("line %s\n", answer);
    sent = requested = 0;
    if (fgets(request, sizeof request, stdin)) requested = strlen(request);
    else lines_left = 0;
}

static void may_send(struct avr_irq_t *irq, uint32_t value, void *parameter)
{
    (void)irq, (void)value, (void)parameter;
    ready_for_byte = 1;
}

static void must_wait(struct avr_irq_t *irq, uint32_t value, void *parameter)
{
    (void)irq, (void)value, (void)parameter;
    ready_for_byte = 0;
}

static avr_irq_t *uart(avr_t *avr, int which)
{
    return avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), which);
}

static avr_t *load(const char *path)
{
    uint32_t size, start, flags = 0;
    avr_t *avr = avr_make_mcu_by_name("atmega328p");
    uint8_t *program = read_ihex_file(path, &size, &start);
    if (!avr || !program) exit(2);
    avr_init(avr);
    avr->frequency = 16000000;
    memcpy(avr->flash + start, program, size);
    free(program);
    avr->codeend = avr->flashend;
    avr->run_cycle_limit = 1; /* one instruction at a time: the stack pointer is looked at after each */
    avr_ioctl(avr, AVR_IOCTL_UART_GET_FLAGS('0'), &flags);
    flags &= ~(AVR_UART_FLAG_STDIO | AVR_UART_FLAG_POLL_SLEEP | AVR_UART_FLAG_POOL_SLEEP);
    avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
    avr_register_io_write(avr, 0x3e, mark, NULL); /* GPIOR0 */
    avr_irq_register_notify(uart(avr, UART_IRQ_OUTPUT), byte_out, NULL);
    avr_irq_register_notify(uart(avr, UART_IRQ_OUT_XON), may_send, NULL);
    avr_irq_register_notify(uart(avr, UART_IRQ_OUT_XOFF), must_wait, NULL);
    return avr;
}

int main(int count, char **arguments)
{
    if (count != 3) return 2;
    avr_global_logger_set(silent);
    avr_t *avr = load(arguments[1]);
    uint64_t end = strtoull(arguments[2], NULL, 10);
    unsigned lowest = 0x8ff;
    int half_written = 0;
    while (lines_left && avr->cycle < end) {
        unsigned word = avr->flash[avr->pc] | avr->flash[avr->pc + 1] << 8;
        if (sent < requested && ready_for_byte) avr_raise_irq(uart(avr, UART_IRQ_INPUT), (uint8_t)request[sent++]);
        int state = avr_run(avr);
        if (state == cpu_Done || state == cpu_Crashed) break;
        if ((word & 0xfe0f) == 0xbe0e) half_written = 1; /* out SPH */
        if ((word & 0xfe0f) == 0xbe0d) half_written = 0; /* out SPL */
        if (half_written) continue;
        unsigned sp = stack_pointer(avr);
        if (sp < lowest) lowest = sp;
        if (sp < since_mark) since_mark = sp;
    }
    printf("lowest %u\n", lowest);
    return 0;
}
