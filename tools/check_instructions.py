#!/usr/bin/env python3
# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""Checks that instructions beyond the x86-64 baseline stand only where a level that has them is compiled.

A level's flags must not leak: code that runs before a level was chosen, or after another one was, would end the
program on an older CPU. Looked at is every instruction of a static library, run or not. A unit belongs to the level
whose namespace its functions carry (thalweg::kernels::avx2); units of no level and of a level without flags may hold
the baseline alone: SSE2.

  check_instructions.py ARCHIVE avx512 avx2

The names are the levels with flags. Exit status: 0 clean, 1 not, 2 cannot tell, 77 skipped (not x86-64).
"""

import re
import sys

from check_isa_symbols import ToolError, output_of

MEMBER_LINE = re.compile(r'^(\S+):\s+file format (\S+)$')
FUNCTION_LINE = re.compile(r'^[0-9a-f]+ <(.+)>:$')
INSTRUCTION_LINE = re.compile(r'^\s*[0-9a-f]+:\t(?:(?:lock|rep|repz|repnz|data16|cs|ds|notrack|bnd) )*([a-z][a-z0-9]*)')
LEVEL_NAME = re.compile(r'^_ZN?[A-Z]*N?7thalweg7kernels(\d+)([a-z0-9]+)')

# Every VEX- or EVEX-coded instruction begins with v; these begin so, too.
BASELINE_V = {'verr', 'verw'}
# After SSE2, legacy-coded. tzcnt is left out: GCC writes it for bsf, and where it is unknown it is bsf.
BEYOND = set('''
    addsubpd addsubps haddpd haddps hsubpd hsubps lddqu movddup movshdup movsldup fisttp
    pabsb pabsd pabsw palignr phaddd phaddsw phaddw phsubd phsubsw phsubw pmaddubsw pmulhrsw pshufb psignb psignd psignw
    blendpd blendps blendvpd blendvps dppd dpps extractps insertps movntdqa mpsadbw packusdw pblendvb pblendw pcmpeqq
    pextrb pextrd pextrq phminposuw pinsrb pinsrd pinsrq pmaxsb pmaxsd pmaxud pmaxuw pminsb pminsd pminud pminuw
    pmovsxbd pmovsxbq pmovsxbw pmovsxdq pmovsxwd pmovsxwq pmovzxbd pmovzxbq pmovzxbw pmovzxdq pmovzxwd pmovzxwq pmuldq
    pmulld ptest roundpd roundps roundsd roundss
    pcmpestri pcmpestrm pcmpgtq pcmpistri pcmpistrm crc32 popcnt lzcnt movbe
    andn bextr blsi blsmsk blsr bzhi mulx pdep pext rorx sarx shlx shrx adcx adox
    aesdec aesdeclast aesenc aesenclast aesimc aeskeygenassist pclmulqdq sha1msg1 sha1rnds4 sha256msg1 sha256rnds2
    kmovb kmovw kmovd kmovq kortestb kortestw kandw korw kxorw knotw kunpckbw kshiftlw kshiftrw
'''.split())


def is_beyond(mnemonic):
    return (mnemonic.startswith('v') and mnemonic not in BASELINE_V) or mnemonic in BEYOND


class Unit:
    """One member of the archive: the levels its functions name, and instructions beyond the baseline by function."""

    def __init__(self, name):
        self.name = name
        self.levels = set()
        self.beyond = {}


def units_of(lines):
    """The units, and how many instructions were read."""
    units, function, count = [], '', 0
    for line in lines:
        if match := INSTRUCTION_LINE.match(line):
            count += 1
            if is_beyond(match.group(1)):
                units[-1].beyond.setdefault(function, match.group(1))
        elif match := FUNCTION_LINE.match(line):
            function = match.group(1)
            if level := LEVEL_NAME.match(function):
                units[-1].levels.add(level.group(2)[:int(level.group(1))])
        elif match := MEMBER_LINE.match(line):
            if match.group(2) != 'elf64-x86-64':
                print(f'check_instructions.py: skipped: {match.group(2)} is not x86-64')
                sys.exit(77)
            units.append(Unit(match.group(1)))
    return units, count


def main():
    archive, *with_flags = sys.argv[1:]
    try:
        lines = output_of('objdump', '--disassemble', '--no-show-raw-insn', archive).splitlines()
    except ToolError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    units, count = units_of(lines)
    if count == 0:
        print(f'check_instructions.py: {archive}: no instruction found', file=sys.stderr)
        sys.exit(2)
    problems = []
    for unit in units:
        if unit.levels and unit.levels <= set(with_flags):
            continue
        problems += [f'{unit.name}: {function}: {mnemonic} is not in the x86-64 baseline'
                     for function, mnemonic in unit.beyond.items()]
    for problem in problems:
        print(problem)
    print(f'{count} instructions in {len(units)} units, {len(problems)} function(s) beyond the baseline')
    sys.exit(1 if problems else 0)


if __name__ == '__main__':
    main()
