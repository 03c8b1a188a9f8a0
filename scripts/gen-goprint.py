#!/usr/bin/env python3
"""Makes src/codec/goprint.h: the runes that Go's strconv.IsPrint takes, from the Unicode Character Database.
Usage: scripts/gen-goprint.py /usr/share/unicode/UnicodeData.txt | clang-format > src/codec/goprint.h
The version has to be the one of Go's tables: 15.0 since Go 1.21, which is also Debian 12's package unicode-data."""
import sys

PRINTABLE = set("LMNPS")
printable = [False] * 0x110001
first = None
for line in open(sys.argv[1], encoding="ascii"):
    code, name, category = line.split(";")[:3]
    code = int(code, 16)
    if name.endswith(", First>"):
        first = code
        continue
    for rune in range(first if first is not None else code, code + 1):
        printable[rune] = category[0] in PRINTABLE
    first = None
printable[0x20] = True

edges = [r for r in range(0x110001) if printable[r] != (r > 0 and printable[r - 1])]
print("/* Made by scripts/gen-goprint.py from the Unicode Character Database, version 15.0. */")
print("#pragma once\n\n#include <stdint.h>\n")
print("/* Where runs of printable runes begin and end, in turn. */")
print("static const uint32_t go_print_edges[] = {")
line = "   "
for text in (f" 0x{edge:X}," for edge in edges):
    if len(line) + len(text) > 110:
        print(line)
        line = "   "
    line += text
print(line + "\n};")
