# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT

"""Arrays to and from .npy and .npz bytes with the standard library alone: a second opinion on both formats."""

import ast
import io
import struct
import zipfile

CODES = {"f4": "f", "f8": "d", "u1": "B", "u4": "I", "u8": "Q", "i8": "q", "b1": "?"}


def npy(code, shape, values, order="<"):
    """An .npy file of version 1.0 in C order; order: "<" little-endian, ">" big-endian."""
    header = str({"descr": ("|" if code[1] == "1" else order) + code, "fortran_order": False, "shape": tuple(shape)})
    header += " " * (63 - (10 + len(header)) % 64) + "\n"
    values = list(values)
    return (b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()
            + struct.pack(f"{order}{len(values)}{CODES[code]}", *values))


def values(content):
    """(type code, shape, values) of such a file, whatever its byte order."""
    length = struct.unpack("<H", content[8:10])[0]
    header = ast.literal_eval(content[10:10 + length].decode())
    order, code = header["descr"][0].replace("|", "<"), header["descr"][1:]
    data = content[10 + length:]
    count = len(data) // struct.calcsize(CODES[code])
    return code, header["shape"], struct.unpack(f"{order}{count}{CODES[code]}", data)


def text(word):
    return npy("u1", (len(word),), word.encode())


def load(path):
    """Name -> .npy bytes of each member; checksums are verified."""
    with zipfile.ZipFile(path) as archive:
        return {name.removesuffix(".npy"): archive.read(name) for name in archive.namelist()}


def save(path, members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name + ".npy", content)
    path.write_bytes(buffer.getvalue())
    return path
