#!/usr/bin/env python3
# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""Checks who includes whom: the layers of docs/architecture.md, as a table.

  check_includes.py [ROOT]

Prints one line for each include that may not be there. Exit status: 0 none, 1 some.
"""

import pathlib
import re
import sys

# Layer of src/ -> prefixes of what it may include in quotes. 'thalweg/' are the public headers, whose insides only they
# include; the generated thalweg_config.hpp says which levels were built.
PUBLIC = 'thalweg/'
INSIDES = 'thalweg/detail/'
CONFIG = 'thalweg_config.hpp'
TABLE = 'kernels/table.hpp'
LAYERS = {
    'core': ['core/', PUBLIC, CONFIG],
    'io': ['io/', 'core/float_control.hpp', PUBLIC, CONFIG],
    'kernels': ['kernels/'],
    'dispatch': ['dispatch/', TABLE, PUBLIC, CONFIG],
    'parallel': ['parallel/', 'core/float_control.hpp', 'core/of_this_thread.hpp', PUBLIC],
    'ops': ['ops/', 'core/', 'dispatch/', 'parallel/', TABLE, PUBLIC],
    'differentiate': ['differentiate/', 'core/', 'io/', 'ops/', 'dispatch/', 'parallel/', PUBLIC],
    'nn': ['nn/', 'core/', 'ops/', 'differentiate/', 'data/', 'dispatch/', 'parallel/', PUBLIC],
    'data': ['data/', 'io/', 'core/', 'dispatch/', 'parallel/', PUBLIC, CONFIG],
}

# Floors of src/nn -> what each may include of src/nn. Files of src/nn itself are the public headers' faces, above all.
NN_FLOORS = {
    'layers': ['layers'],
    'optimize': ['layers', 'optimize'],
    'difference': ['layers', 'difference'],
    'step': ['layers', 'optimize', 'difference', 'step'],
    'loop': ['layers', 'optimize', 'difference', 'step', 'loop'],
    'files': ['layers', 'optimize', 'files'],
}
# What is written for one instruction set stands in the headers of the levels: vec.hpp includes the one that is being
# compiled, src/meson.build says which.
LEVEL_HEADER = re.compile(r'src/kernels/(?:vec|transpose|ten_columns)_\w+\.hpp')
LEVEL_INCLUDE = ('src/kernels/vec.hpp', '#include THALWEG_VEC')
INSTRUCTIONS = re.compile(r'\b_mm\d*_\w+|\b__m\d+\w*|\b_k(?:or|and)\w+_mask\w+|\bv\w+_[fsu](?:8|16|32|64)\b|'
                          r'\b(?:float|u?int)\d+x\d+_t\b|__(?:AVX|SSE|FMA|ARM)\w*|THALWEG_ISA_\w+')

# The kernels' whole vocabulary: anything else brings inline functions that the linker would share between levels.
KERNEL_HEADERS = {'cstddef', 'cstdint', 'xsimd/xsimd.hpp'}

# Expensive or heavy headers that every user of the library would pay for.
NOT_IN_PUBLIC = {
    'functional': 'costs every user a tenth of a second a file; Callback does without',
    'random': 'costs every user a quarter of a second a file',
    'memory': 'costs every user a quarter of a second a file',
    'iostream': 'brings a static constructor to every user',
}

# What Windows does not have by POSIX's names: the one header of src/ that the tools may use.
SYSTEM = 'io/posix.hpp'

# No file: what abi.hpp includes to end a compilation that cannot succeed.
STOP = 'thalweg stops here'
# Of the one public header that the library and thalweg.hpp know nothing of.
MPI = {'include/thalweg/mpi.hpp': 'mpi.h'}

# Header -> the only files of src/ that may include it, and why.
OWNERS = {
    'omp.h': (['src/parallel/team.hpp', 'src/parallel/threads.cpp'], 'OpenMP belongs to src/parallel'),
    'zlib.h': (['src/data/byte_reader.cpp', 'src/io/crc32.cpp', 'src/io/deflate.cpp'],
               'only the readers and writers of files know compression'),
}
PRAGMA_OWNER = 'src/parallel/team.hpp'

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:<([^>]+)>|"([^"]+)")')
ANY_INCLUDE = re.compile(r'^\s*#\s*(?:include|import)\b')
PRAGMA = re.compile(r'^\s*#\s*pragma\s+omp\b|\b_Pragma\s*\(\s*"omp\b')
SOURCES = ('.cpp', '.hpp', '.h')


def is_standard(header):
    """<vector>, <cstddef>: the C++ standard library's headers are single words without a suffix."""
    return re.fullmatch(r'[a-z_0-9]+', header) is not None


def check_public(header, quoted, root):
    """Why a public header may not include this, or None."""
    if not quoted:
        if header in NOT_IN_PUBLIC:
            return NOT_IN_PUBLIC[header]
        return None if is_standard(header) else 'public headers include only the standard library and each other'
    if header == STOP:
        return None
    if not header.startswith(PUBLIC):
        return 'public headers include only the standard library and each other'
    return None if (root / 'include' / header).is_file() else 'there is no such public header'


def check_source(name, header, quoted):
    """Why a file of src/ may not include this, or None."""
    layer = name.split('/')[1] if name.count('/') > 1 else ''
    if layer not in LAYERS:
        return f'src/{layer} is not a layer; they are {" ".join(LAYERS)}'
    if header in OWNERS and name not in OWNERS[header][0]:
        return OWNERS[header][1]
    if layer == 'nn' and name.count('/') > 2:
        floor = name.split('/')[2]
        if floor not in NN_FLOORS:
            return f'src/nn/{floor} is not a floor of nn; they are {" ".join(NN_FLOORS)}'
        if quoted and header.startswith('nn/') and header.split('/')[1] not in NN_FLOORS[floor]:
            return f'nn/{floor}/ includes of nn/ only {", ".join(NN_FLOORS[floor])}'
    if quoted:
        if any(header == allowed or (allowed.endswith('/') and header.startswith(allowed))
               for allowed in LAYERS[layer]):
            return None
        return f'{layer}/ includes only {", ".join(LAYERS[layer])}'
    if layer == 'kernels':
        if header.startswith('xsimd/') and not LEVEL_HEADER.fullmatch(name):
            return "xsimd and instructions belong to the level's headers"
        return None if header in KERNEL_HEADERS else 'kernels/ include only kernels/, <cstddef>, <cstdint> and xsimd'
    if header.startswith('xsimd/'):
        return 'xsimd belongs to kernels/'
    if header.startswith(PUBLIC) or header.split('/')[0] in LAYERS:
        return 'our own headers are included in quotes'
    return None


def check_user(name, header, root):
    """Why a file of tools/ may not include this, or None: the tools are users of the library like any other."""
    if header == SYSTEM and name.startswith(('tools/', 'tests/')):
        return None
    if name.startswith('tools/') and header.split('/')[0] in LAYERS and not (root / 'tools' / header).is_file():
        return 'tools use only the public headers'
    return None


def own_headers(name, root):
    """The headers that a .cpp implements: the one beside it, else the public one of the same name."""
    path = pathlib.PurePosixPath(name)
    if path.suffix != '.cpp':
        return []
    layer = '/'.join(path.parts[1:-1])
    beside = root / path.with_suffix('.hpp')
    if beside.is_file():
        return [f'{layer}/{path.stem}.hpp', f'{path.stem}.hpp']
    if name.startswith('src/') and (root / 'include/thalweg' / f'{path.stem}.hpp').is_file():
        return [f'thalweg/{path.stem}.hpp']
    return []


def problems_of(path, root):
    """file:line: what is included, why it may not, for one file."""
    name = path.relative_to(root).as_posix()
    own = own_headers(name, root)
    seen = 0
    for number, line in enumerate(path.read_text(encoding='utf-8', errors='replace').splitlines(), 1):
        if name.startswith(('src/', 'include/')) and PRAGMA.search(line) and name != PRAGMA_OWNER:
            yield f'{name}:{number}: uses #pragma omp: OpenMP belongs to {PRAGMA_OWNER}'
        match = INCLUDE.match(line)
        if not match:
            code = line.split('//')[0]
            if name.startswith('src/kernels/') and not LEVEL_HEADER.fullmatch(name) and INSTRUCTIONS.search(code):
                yield f"{name}:{number}: {INSTRUCTIONS.search(code)[0]}: instructions belong to the level's headers"
            if ANY_INCLUDE.match(line) and name.startswith(('src/', 'include/')) and (name, line) != LEVEL_INCLUDE:
                yield f'{name}:{number}: includes what a macro says: nobody can tell what that is'
            continue
        header = match.group(1) or match.group(2)
        quoted = match.group(2) is not None
        shown = f'"{header}"' if quoted else f'<{header}>'
        if header.startswith(INSIDES) and not name.startswith('include/'):
            reason = 'only public headers include their insides'
        elif MPI.get(name) == header:
            reason = None
        elif name.startswith('include/'):
            reason = check_public(header, quoted, root)
        elif name.startswith('src/'):
            reason = check_source(name, header, quoted)
        else:
            reason = check_user(name, header, root)
        seen += 1
        if reason is None and seen == 1 and own and header not in own:
            reason = f'the first include of this file is its own header, "{own[0]}"'
        if reason is not None:
            yield f'{name}:{number}: includes {shown}: {reason}'


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent).resolve()
    files = [path for folder in ('include', 'src', 'tests', 'benchmarks', 'tools')
             for path in sorted((root / folder).rglob('*')) if path.suffix in SOURCES]
    if not files:
        print(f'{root}: no sources found', file=sys.stderr)
        return 1
    problems = [problem for path in files for problem in problems_of(path, root)]
    for problem in problems:
        print(problem)
    print(f'{len(files)} files, {len(problems)} include(s) that may not be there')
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
