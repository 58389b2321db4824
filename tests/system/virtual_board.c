/* A virtual board behind a pseudo-terminal: what a computer sees of a real Arduino Uno on its USB port.
 *
 * usage: virtual_board MCU PROGRAM.hex LINK [stuck=ADDRESS] [unplug=BYTES] < pipe
 *
 * The chip is simavr's; PROGRAM.hex is usually its boot loader. After a reset the chip starts at the first address in
 * that file, as the fuses of a board with a boot loader say. LINK is made as a symbolic link to the port; when the
 * program ends, the link is gone. The first line of the output is "port PATH", once the port can be used. Opening it
 * pulls DTR, and that resets the chip, as the capacitor on the board does. The chip runs at 16 MHz in real time, not
 * faster; while nobody has the port open it waits, because whoever opens it next resets it anyway.
 *
 * stuck=ADDRESS  a worn flash cell: the byte there reads 0, whatever was written
 * unplug=BYTES   the cable is pulled when that many bytes came from the computer: the process ends at once
 * SIGUSR1        this signal loosens a contact: from then on every seventh byte to the computer is damaged
 * SIGUSR2        somebody presses the reset button
 *
 * When the pipe at standard input closes, the board prints "resets N", "lost N" (bytes since the last reset that the
 * program on the chip did not read in time) and "flash HEX", and ends.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <simavr/sim_avr.h>
#include <simavr/sim_hex.h>
#include <simavr/sim_io.h>
#include <simavr/avr_uart.h>

enum {
    CLOCK_HZ = 16000000,
    SLICE_CYCLES = 16000,     /* the port is looked at every millisecond of the chip's time */
    LATE_NS = 300000000,      /* after a shorter pause the board catches up, after a longer one it does not */
    AWAKE_CYCLES = 80000,     /* from the reset to the first byte, for a computer so busy that the reset is late */
    RECEIVER_BYTES = 3,       /* two bytes wait in the chip's receiver, a third is still in its shift register */
    QUEUE_BYTES = 4096,
};

typedef struct {
    avr_t *avr;
    avr_uart_t *uart;
    uint32_t start;                         /* where the chip starts after a reset */
    int port, watch;                        /* the computer's cable, and who opens and closes it */
    unsigned users;                         /* how many have the port open */
    uint8_t queue[QUEUE_BYTES];             /* from the computer, not yet on the wire */
    unsigned queued, sent, lost;
    uint8_t answer[QUEUE_BYTES];            /* from the chip */
    unsigned answered;
    avr_cycle_count_t next_byte;            /* when the wire is free again */
    unsigned long long received, unplug, resets;
    long stuck;
    const char *link;
} board_t;

static volatile sig_atomic_t contact_is_loose, button_is_pressed;

static void on_signal(int signal)
{
    if (signal == SIGUSR1) contact_is_loose = 1;
    else button_is_pressed = 1;
}

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "virtual_board: %s: %s\n", what, why);
    exit(2);
}

static void silent(avr_t *avr, const int level, const char *format, va_list arguments)
{
    (void)avr, (void)level, (void)format, (void)arguments;
}

static void byte_out(struct avr_irq_t *irq, uint32_t value, void *parameter)
{
    board_t *board = parameter;
    (void)irq;
    if (contact_is_loose && contact_is_loose++ % 7 == 0) value |= 0x80;
    if (board->answered < QUEUE_BYTES) board->answer[board->answered++] = (uint8_t)value;
}

static void load(board_t *board, const char *path)
{
    ihex_chunk_p chunks;
    int count = read_ihex_chunks(path, &chunks);
    if (count < 1) fail(path, "no program in it");
    board->start = chunks[0].baseaddr;
    for (int i = 0; i < count; i++) {
        if (chunks[i].baseaddr + chunks[i].size > board->avr->flashend + 1) fail(path, "larger than the flash");
        memcpy(board->avr->flash + chunks[i].baseaddr, chunks[i].data, chunks[i].size);
    }
    free_ihex_chunks(chunks);
}

static void make_chip(board_t *board, const char *mcu, const char *path)
{
    uint32_t flags = 0;
    avr_global_logger_set(silent);
    avr_t *avr = board->avr = avr_make_mcu_by_name(mcu);
    if (!avr) fail(mcu, "unknown to simavr");
    avr_init(avr);
    avr->frequency = CLOCK_HZ;
    load(board, path);
    avr->codeend = avr->flashend;
    avr->reset_pc = board->start;
    avr->run_cycle_limit = 1; /* one instruction at a time, so that bytes arrive on time */
    avr_ioctl(avr, AVR_IOCTL_UART_GET_FLAGS('0'), &flags);
    flags &= ~(AVR_UART_FLAG_STDIO | AVR_UART_FLAG_POLL_SLEEP | AVR_UART_FLAG_POOL_SLEEP);
    avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUTPUT), byte_out, board);
    for (avr_io_t *io = avr->io_port; io; io = io->next)
        if (!strcmp(io->kind, "uart")) board->uart = (avr_uart_t *)io;
}

static void make_port(board_t *board)
{
    struct termios raw;
    board->port = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    if (board->port < 0 || grantpt(board->port) || unlockpt(board->port))
        fail("pseudo-terminal", strerror(errno));
    const char *path = ptsname(board->port);
    int end = open(path, O_RDWR | O_NOCTTY);
    if (end < 0 || tcgetattr(end, &raw)) fail(path, strerror(errno));
    cfmakeraw(&raw);
    if (tcsetattr(end, TCSANOW, &raw)) fail(path, strerror(errno));
    close(end);
    board->watch = inotify_init1(IN_NONBLOCK);
    if (board->watch < 0 || inotify_add_watch(board->watch, path, IN_OPEN | IN_CLOSE) < 0)
        fail("inotify", strerror(errno));
    if (symlink(path, board->link)) fail(board->link, strerror(errno));
    printf("port %s\n", path);
    fflush(stdout);
}

static void reset(board_t *board)
{
    avr_reset(board->avr);
    avr_regbit_set(board->avr, board->avr->reset_flags.extrf);
    board->queued = board->sent = board->answered = board->lost = 0;
    board->next_byte = board->avr->cycle + AWAKE_CYCLES;
    board->resets++;
}

/* Whoever opens a closed port resets the chip; a second one finds DTR pulled already. */
static void look_at_port(board_t *board)
{
    union { struct inotify_event event; char bytes[4096]; } events;
    if (button_is_pressed) reset(board);
    button_is_pressed = 0;
    ssize_t size = read(board->watch, events.bytes, sizeof events.bytes);
    for (ssize_t at = 0; at < size; at += sizeof(struct inotify_event)) { /* a watched file: events have no name */
        uint32_t kind = ((struct inotify_event *)(events.bytes + at))->mask;
        if (kind & IN_OPEN && board->users++ == 0) reset(board);
        if (kind & IN_CLOSE && board->users) board->users--;
    }
}

static void take_bytes(board_t *board)
{
    if (board->sent == board->queued) board->sent = board->queued = 0;
    ssize_t size = read(board->port, board->queue + board->queued, QUEUE_BYTES - board->queued);
    if (size <= 0) return;
    board->queued += size;
    board->received += size;
    if (board->unplug && board->received >= board->unplug) {
        unlink(board->link);
        _exit(0);
    }
}

/* One byte arrives in the time that the chip's own settings give it; an overfull receiver loses it. */
static void byte_in(board_t *board)
{
    unsigned waiting = (unsigned)(board->uart->input.write - board->uart->input.read) % uart_fifo_fifo_size;
    uint8_t byte = board->queue[board->sent++];
    board->next_byte = board->avr->cycle + board->uart->cycles_per_byte;
    if (waiting < RECEIVER_BYTES) avr_raise_irq(board->uart->io.irq + UART_IRQ_INPUT, byte);
    else board->lost++;
}

static void run(board_t *board)
{
    avr_t *avr = board->avr;
    avr_cycle_count_t end = avr->cycle + SLICE_CYCLES;
    while (avr->cycle < end) {
        if (board->sent < board->queued && avr->cycle >= board->next_byte) byte_in(board);
        if (board->stuck >= 0) avr->flash[board->stuck] = 0;
        int state = avr_run(avr);
        if (state == cpu_Done || state == cpu_Crashed) avr->cycle = end; /* it stands still until the next reset */
    }
    if (board->answered && board->users && write(board->port, board->answer, board->answered) < 0 && errno != EAGAIN
        && errno != EIO) fail("write", strerror(errno));
    board->answered = 0;
}

static int64_t now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

/* Wait until it is `due`, without end if that is negative. Returns 0 when standard input was closed. */
static int wait_until(board_t *board, int64_t due)
{
    struct pollfd files[] = {{STDIN_FILENO, POLLIN, 0}, {board->watch, POLLIN, 0}};
    int64_t left = due - now_ns();
    if (left < 0) left = 0;
    struct timespec time = {left / 1000000000, left % 1000000000};
    char byte;
    ppoll(files, 2, due < 0 ? NULL : &time, NULL);
    return !files[0].revents || read(STDIN_FILENO, &byte, 1) > 0;
}

static void report(board_t *board)
{
    printf("resets %llu\nlost %u\nflash ", board->resets, board->lost);
    for (uint32_t i = 0; i <= board->avr->flashend; i++) printf("%02x", board->avr->flash[i]);
    printf("\n");
}

int main(int count, char **arguments)
{
    if (count < 4) return 2;
    board_t board = {.stuck = -1, .link = arguments[3]};
    for (int i = 4; i < count; i++)
        if (sscanf(arguments[i], "stuck=%li", &board.stuck) + sscanf(arguments[i], "unplug=%llu", &board.unplug) < 1)
            fail(arguments[i], "unknown");
    signal(SIGUSR1, on_signal);
    signal(SIGUSR2, on_signal);
    make_chip(&board, arguments[1], arguments[2]);
    make_port(&board);
    if (nice(-10) == -1) errno = 0; /* a board does not wait for a busy computer; this one has to, without the right */
    int64_t due = -1;
    while (wait_until(&board, due)) {
        look_at_port(&board);
        if (!board.users) {
            due = -1;
            continue;
        }
        int64_t now = now_ns();
        if (due < now - LATE_NS) due = now;
        take_bytes(&board);
        run(&board);
        due += SLICE_CYCLES * 1000000000LL / CLOCK_HZ;
    }
    unlink(board.link);
    report(&board);
    return 0;
}
