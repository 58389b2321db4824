"""C that wants figures for nothing: work that nobody counts, files of the grader's computer, its memory."""

import resource

import numpy as np
import pytest

from tinyml_course.grading import on_board, run_check
from tinyml_course.grading.checks import Check, Misconception, Part, draw_sheet
from tinyml_course.grading.sheet import BoardTask

COUNT = 12
#: Right, and far too slow: more than 1,500 cycles.
SLOW = """
static int16_t slow(int16_t x) {
    volatile uint8_t i = 0;
    while (++i < 200) {}
    return x > 100 ? 100 : x;
}
"""
QUICK = "int16_t limit(int16_t x) { return x > 100 ? 100 : x; }"
MARK = "*(volatile uint8_t *)0x3e"
CONSTRUCTOR = """
static int16_t table[12];
static uint8_t next;
__attribute__((constructor)) static void prepare(void) {
    for (uint8_t k = 0; k < 12; k++) table[k] = slow(pgm_read_word(&inputs[k]));
}
int16_t limit(int16_t x) { return table[next++]; }
"""
#: Writes all marks itself, quickly, and works in between.
TAKEN_OVER = """
int16_t limit(int16_t x) {
    @MARK@ = 2;
    for (uint8_t k = 0; k < 12; k++) {
        uint32_t answer = (int32_t)slow(pgm_read_word(&inputs[k]));
        if (k) { @MARK@ = 1; @MARK@ = 2; }
        @MARK@ = answer; @MARK@ = answer >> 8; @MARK@ = answer >> 16; @MARK@ = answer >> 24;
    }
    for (;;) {}
}
"""
#: Works while the marks of the answer before are written.
INTERRUPT = """
static volatile int16_t ready;
static uint8_t next = 1;
ISR(TIMER0_COMPA_vect) { TIMSK0 = 0; ready = slow(pgm_read_word(&inputs[next++])); }
int16_t limit(int16_t x) {
    int16_t now = next == 1 ? slow(x) : ready;
    OCR0A = 34; TCNT0 = 0; TCCR0B = 1; TIFR0 = 2; TIMSK0 = 2; sei();
    return now;
}
"""


def cases(rng):
    """Numbers on both sides of 100."""
    return [([int(x) for x in rng.integers(-300, 300, COUNT)],)]


def task(values):
    """A table of inputs that the learner's text can see."""
    numbers = ", ".join(map(str, values))
    declarations = f"static const int16_t inputs[] PROGMEM = {{{numbers}}};\nint16_t limit(int16_t x);"
    return BoardTask(declarations, "limit(pgm_read_word(&inputs[k]))", "int16_t limit(int16_t x) { return 0; }", COUNT)


CHECK = Check(
    objective="99.2",
    task="Limit",
    function="limit_in_c",
    parts=(
        Part("the integers", 2, cases, "outputs"),
        Part("at most 60 cycles", 1, cases, "cycles <= 60"),
        Part("at most 40 bytes", 1, cases, "flash_bytes <= 40"),
    ),
    can_now="limit",
    arguments=("values",),
    expected=lambda values: tuple(int(x) for x in np.minimum(values, 100)),
    misconceptions=(Misconception("nothing", "Nothing.", lambda values: (0,) * COUNT),),
    board=task,
)


@pytest.fixture(scope="module")
def sheet(any_toolchain):
    """Questions with hidden inputs."""
    return draw_sheet(CHECK, seed=5)


def points(sheet, text):
    """What each part earned, and the message."""
    result = run_check(sheet, lambda: text.replace("@MARK@", MARK))
    return [part.points for part in result.parts], result.message


def test_the_honest_ones_earn_what_they_do(sheet):
    assert points(sheet, QUICK)[0] == [2, 1, 1]
    earned, message = points(sheet, SLOW + "int16_t limit(int16_t x) { return slow(x); }")
    assert earned[:2] == [2, 0], message


BESIDE = {"before main": CONSTRUCTOR, "between the calls": TAKEN_OVER, "in an interrupt": INTERRUPT}


@pytest.mark.parametrize("text", BESIDE.values(), ids=BESIDE.keys())
def test_work_that_nobody_counts_earns_nothing(sheet, text):
    earned, message = points(sheet, SLOW + text)
    assert earned == [0, 0, 0], message


@pytest.mark.parametrize("text", BESIDE.values(), ids=BESIDE.keys())
def test_and_it_is_found_by_its_cycles_however_it_is_written(sheet, text, monkeypatch):
    monkeypatch.setattr(on_board, "_forbidden", lambda text: "")
    earned, message = points(sheet, SLOW + text)
    assert earned == [0, 0, 0]
    assert "works outside of the function" in message


SPELLINGS = {
    "a line that is continued": 'as\\\nm("nop");',
    "a line that is continued behind spaces": 'as\\ \t\nm("nop");',
    "words that are joined": '__CONCAT(as, m)("nop");',
    "another spelling": '__asm__("nop");',
    "behind a text that looks raw": '(void)R"(")"; asm("nop"); (void)"";',
    "behind a quote in a comment": '/* " */ asm("nop"); /* " */',
    "behind two slashes in a text": '(void)"//"; asm("nop");',
    "an address of a mark": "GPIOR0 = 2;",
    "a name of the start": "extern int ma\\\nin(void); main();",
}


@pytest.mark.parametrize("words", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_forbidden_words_are_found_as_a_compiler_reads_them(sheet, words):
    earned, message = points(sheet, "int16_t limit(int16_t x) { %s return x > 100 ? 100 : x; }" % words)  # noqa: UP031
    assert earned == [0, 0, 0]
    assert "NotAllowed" in message


FILES = {
    "plainly": '#include "/etc/passwd"',
    "behind a comment": '/**/ #include "/etc/passwd"',
    "behind a form feed": '\f#include "/etc/passwd"',
    "behind a carriage return": '\r#include "/etc/passwd"',
    "with a digraph": '%:include "/etc/passwd"',
    "with a digraph behind a comment": '/*\n*/ %:include "/etc/passwd"',
    "in assembly": 'asm(".incbin \\"/etc/passwd\\"");',
    "in the name of a section": '__attribute__((section(".x\\n.incbin \\"/etc/passwd\\"\\n"))) const int y = 1;',
    "in an attribute of C23": '[[gnu::section(".x\\n.incbin \\"/etc/passwd\\"\\n")]] const int y = 1;',
    "in an attribute with digraphs": "<:<:gnu::constructor:>:> void f(void) {}",
    "by an operator": '_Pragma("GCC dependency \\"/etc/passwd\\"")',
}


@pytest.mark.parametrize("text", FILES.values(), ids=FILES.keys())
def test_no_file_of_the_computer_is_named(sheet, text):
    earned, message = points(sheet, f"{text}\n{QUICK}")
    assert earned == [0, 0, 0]
    assert "NotAllowed" in message


def test_code_in_a_section_of_its_own_counts(sheet, monkeypatch):
    monkeypatch.setattr(on_board, "_forbidden", lambda text: "")
    text = QUICK.replace("{", "{ static volatile uint8_t i; " + "i++; " * 20, 1)
    hidden = '__attribute__((section(".hidden,\\"ax\\",@progbits;"))) ' + text
    assert points(sheet, text)[0] == points(sheet, hidden)[0] == [2, 0, 0]


SCRATCH = {
    "memory that nobody counts": "uint8_t *p = (uint8_t *)0x500; p[x & 15]++; p[16] = p[x & 15];",
    "memory that is cleaned up": "uint8_t *p = (uint8_t *)0x500; *p = 1; *p = 0;",
    "memory of the library": "extern void *malloc(unsigned); *(volatile char *)malloc(100) = 1;",
}


@pytest.mark.parametrize("body", SCRATCH.values(), ids=SCRATCH.keys())
def test_sram_that_is_neither_a_variable_nor_stack_earns_nothing(sheet, body):
    text = "int16_t limit(int16_t x) { volatile int16_t y = x; %s return y > 100 ? 100 : y; }"
    earned, message = points(sheet, text % body.replace("uint8_t *p", "volatile uint8_t *p"))
    assert earned == [0, 0, 0]
    assert "neither a variable's nor the stack's" in message


def test_the_stack_may_grow_as_it_likes(sheet):
    text = "int16_t limit(int16_t x) { volatile uint8_t a[600]; a[599] = a[0] = 1; return x > 100 ? 100 : x; }"
    assert points(sheet, text)[0][0] == 2


FLOODS = {
    "marks": "for (;;) { @MARK@ = 1; @MARK@ = 1; @MARK@ = 1; @MARK@ = 1; }",
    "text": "UBRR0 = 0; for (;;) { *(volatile uint8_t *)0xc6 = 'z'; }",
    "nothing": "for (;;) {}",
    "resets": "*(volatile uint8_t *)0x60 = 0x18; *(volatile uint8_t *)0x60 = 8; for (;;) {}",
    "sleep": "SMCR = 5; __builtin_avr_sleep(); return 0;",
    "a stack without end": "volatile uint8_t big[1900]; big[x & 3] = 1; return limit(x + 1) + big[1];",
}


@pytest.mark.parametrize("body", FLOODS.values(), ids=FLOODS.keys())
def test_what_never_ends_takes_little_of_the_computer(sheet, body, monkeypatch):
    monkeypatch.setattr(on_board, "_forbidden", lambda text: "")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    earned, message = points(sheet, "int16_t limit(int16_t x) { %s }" % body)  # noqa: UP031
    assert earned == [0, 0, 0]
    assert "Error" in message
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400 << 10  # KiB


GIANTS = {
    "1 GB": "static char big[1 << 30];",
    "a deep type": "int " + "*" * 19_000 + "p;",
    "a deep bracket": "int y = " + "(" * 9_000 + "1" + ")" * 9_000 + ";",
    "a deep block": "void f(void) {" + "{" * 9_000 + "}" * 9_000 + "}",
    "many functions": "".join(f"int f{k}(void){{return {k};}}" for k in range(700)),
    "macros in macros": "int y = " + "_BV(" * 2_000 + "1" + ")" * 2_000 + ";",
    "a vector": "typedef int v; v y[32767];",
    "zeros": "\0" * 100,
    "no text": "\ud800" * 100,
}


@pytest.mark.parametrize("text", GIANTS.values(), ids=GIANTS.keys())
def test_giants_stop_nothing(sheet, text):
    earned, message = points(sheet, f"{text}\n{QUICK}")
    assert sum(earned) <= 4
    assert message.startswith(("✗", "◐", "✓"))


@pytest.mark.parametrize("end", ["/*", "//\\", '"', "'", "}", "{", "static void f(void) {", "\\"])
def test_a_text_that_swallows_what_follows_earns_nothing_more(sheet, end):
    earned, message = points(sheet, f"{QUICK}\n{end}")
    assert sum(earned) <= 4
    assert message.startswith(("✗", "◐", "✓"))


def test_the_figures_are_those_of_the_same_text_every_time(sheet):
    assert points(sheet, QUICK) == points(sheet, QUICK)
