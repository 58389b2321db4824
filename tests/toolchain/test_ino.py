"""From .ino files to the C++ text that the Arduino tools would compile."""

from __future__ import annotations

import textwrap

import pytest

from tinyml_course.toolchain.ino import Function, find_functions, insert_prototypes, merge


def prototypes(source: str) -> list[str]:
    return [
        one.prototype for one in find_functions('# 1 "s.ino"\n' + textwrap.dedent(source).lstrip("\n")) if one.prototype
    ]


def test_whole_file():
    main = "// first\nint x;\n\nvoid setup() { x = twice(2); }\nvoid loop() {}\nint twice(int n) { return 2 * n; }\n"
    merged = merge({"s.ino": main, "s_model.h": "int ignored() {}"}, "s")
    assert merged == f'#include <Arduino.h>\n#line 1 "s.ino"\n{main}\n'
    found = find_functions(f'# 1 "s.ino.cpp"\n# 1 "s.ino"\n{main}')
    assert found == [
        Function("void setup();", "s.ino", 4),
        Function("void loop();", "s.ino", 5),
        Function("int twice(int n);", "s.ino", 6),
    ]
    expected = (
        '#include <Arduino.h>\n#line 1 "s.ino"\n// first\nint x;\n\n'
        '#line 4 "s.ino"\nvoid setup();\n#line 5 "s.ino"\nvoid loop();\n#line 6 "s.ino"\nint twice(int n);\n'
        '#line 4 "s.ino"\nvoid setup() { x = twice(2); }\nvoid loop() {}\nint twice(int n) { return 2 * n; }\n\n'
    )
    assert insert_prototypes(merged, found, "s") == expected


def test_main_file_comes_first_then_the_alphabet():
    files = {"b.ino": "int b;", "A.ino": "int a;", "s.ino": "int s;", "c.cpp": "int c;"}
    assert merge(files, "s") == (
        '#include <Arduino.h>\n#line 1 "s.ino"\nint s;\n#line 1 "A.ino"\nint a;\n#line 1 "b.ino"\nint b;\n'
    )


@pytest.mark.parametrize("line", ["#include <Arduino.h>", ' # include "Arduino.h"'])
def test_arduino_header_is_included_once(line):
    assert merge({"s.ino": line}, "s") == f'#line 1 "s.ino"\n{line}\n'


def test_windows_line_ends_and_byte_order_mark():
    assert merge({"s.ino": "\ufeffint a;\r\nint b;\r\n"}, "s").endswith("int a;\nint b;\n\n")


def test_prototypes_of_a_later_file_stand_before_the_first_function():
    files = {"s.ino": "void setup() {}\n", "z.ino": "\nint z() { return 1; }\n"}
    found = find_functions('# 1 "s.ino"\nvoid setup() {}\n# 1 "z.ino"\n\nint z() { return 1; }\n')
    text = insert_prototypes(merge(files, "s"), found, "s")
    assert '#line 2 "z.ino"\nint z();\n#line 1 "s.ino"\nvoid setup() {}' in text


def test_main_file_without_functions():
    files = {"s.ino": "int x;\n", "z.ino": "void setup() {}\nvoid loop() {}\n"}
    found = find_functions('# 1 "s.ino"\nint x;\n# 1 "z.ino"\nvoid setup() {}\nvoid loop() {}\n')
    text = insert_prototypes(merge(files, "s"), found, "s")
    assert text.index("int x;") < text.index("void setup();") < text.index('#line 1 "z.ino"\nvoid setup() {}')


def test_no_functions_no_change():
    assert insert_prototypes("int x;\n", [], "s") == "int x;\n"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("static inline unsigned long\nlong_one(const char *text,\n         int n)\n{ }", 1),
        ("uint8_t *pointer(void) { }", ["uint8_t * pointer(void);"]),
        ("void takes(void (*call)(int), int a[3]) { }", ["void takes(void (*call)(int), int a[3]);"]),
        ("void first() { if (x) { } for (;;) { } while (y) { } }", ["void first();"]),
        ("int defaults(int a = 3) { }", []),
        ("template <class T> T larger(T a, T b) { }", []),
        ("struct P { int x; int get() { return x; } };", []),
        ("namespace n { void inside() { } }", []),
        ('extern "C" { void inside() { } }', []),
        ('extern "C" void plain(void) { }', []),
        ("void Class::method() { }", []),
        ("Class::Class() { }", []),
        ("bool operator==(P a, P b) { }", []),
        ("int table[] = {1, 2}; int value = call(3);", []),
        ("enum E { A, B }; enum class F { C };", []),
        ("void early(); void early() { }", []),
        ("void  early ( ) ; void early() { }", []),
        ("int over(int a) { } int over(long a) { }", ["int over(int a);", "int over(long a);"]),
        ('extern "C" void __vector_13 (void) __attribute__ ((signal,used)) ; void __vector_13 (void) { }', []),
        ("const char *quote() { return \"} int fake() {\"; } char c() { return '{'; }", 2),
        ("int kept() { /* } int gone() { */ return 1; } // int gone() {\n", ["int kept();"]),
    ],
)
def test_prototypes(source, expected):
    found = prototypes(source)
    assert (len(found) if isinstance(expected, int) else found) == expected


@pytest.mark.parametrize("first", ["int defaults(int a = 3)", "template <class T> T same(T a)", "void Class::method()"])
def test_prototypes_stand_before_functions_that_have_none(first):
    text = f"int x;\n{first} {{ later(); }}\nvoid later() {{ }}\n"
    merged = insert_prototypes(merge({"s.ino": text}, "s"), find_functions(f'# 1 "s.ino"\n{text}'), "s")
    assert f'#line 3 "s.ino"\nvoid later();\n#line 2 "s.ino"\n{first}' in merged


def test_functions_of_headers_get_none():
    source = '# 1 "s.ino"\n# 1 "/usr/include/x.h" 1 3\nint header() { return 1; }\n# 2 "s.ino" 2\nint own() { }\n'
    assert find_functions(source) == [Function("int own();", "s.ino", 2)]


def test_what_is_switched_off_gets_none(core_toolchain, edit):
    text = "#if 0\nUnknown never(Unknown x) { return x; }\n#endif\nstatic sums_input_t input"
    assert core_toolchain.build(edit(core_toolchain, "static sums_input_t input", text)).flash_bytes > 0


def test_learners_additions_compile(core_toolchain, edit):
    text = textwrap.dedent("""
        struct Point { int x; int get() { return x; } };
        ISR(TIMER2_OVF_vect) { PORTB++; }
        extern "C" void plain(void) { PORTB = 3; }
        template <class T> T larger(T a, T b) { return a < b ? b : a; }
        int defaults(int a = 3) { return larger(a, later(a)); }
        int later(int a) { return a + Point{2}.get(); }
        static sums_input_t input""")
    assert core_toolchain.build(edit(core_toolchain, "static sums_input_t input", text)).flash_bytes > 0
