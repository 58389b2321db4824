"""Names of places in a program: those a person wrote."""

from __future__ import annotations

from tinyml_course.board.faults import flash_symbols, place_text


def test_the_c_librarys_names_and_data_are_left_out():
    symbols = {
        "main": 0x100,
        "__vector_18": 0x200,
        "_exit": 0x300,
        ".L3": 0x110,
        "buffer": 0x800100,
        "PORTB": -1,
        "serialEvent": 0,
    }
    assert flash_symbols(symbols) == {0x100: "main"}


def test_cpp_names_are_readable():
    symbols = {
        "_ZN14HardwareSerial9availableEv": 0x10,
        "_ZNK5Print8getErrorEv": 0x20,
        "_Z14serialEventRunv": 0x30,
        "_ZL7computei": 0x40,
        "_ZTV14HardwareSerial": 0x50,
    }
    found = flash_symbols(symbols)
    assert found == {
        0x10: "HardwareSerial::available",
        0x20: "Print::getError",
        0x30: "serialEventRun",
        0x40: "compute",
    }
    assert place_text(0x12, found) == "flash address 0x0012 in HardwareSerial::available"
    assert place_text(0x0E, found) == "flash address 0x000e"
