// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The gemm slots against the five-line chain, bit for bit: every level, both layouts of a, every way to
// start, sizes around the register tile, rows with gaps.
#include <cstring>
#include <vector>

#include "kernels/memory.hpp"
#include "support/catch.hpp"
#include "support/compare.hpp"
#include "support/levels.hpp"
#include "support/oracle.hpp"
#include "support/shapes.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

enum class Start { kZero, kBias, kAccumulate, kOther };
constexpr Start kStarts[] = {Start::kZero, Start::kBias, Start::kAccumulate, Start::kOther};

// Which slot, and how a, or b, is stored for it.
enum class Path {
    kRows,
    kTransposed,
    kPacked,
    kPackedTransposed,
    kPackedTurnedB,
    kStreamed,
    kStreamedTransposed
};
constexpr Path kPaths[] = {
    Path::kRows,     Path::kTransposed,        Path::kPacked, Path::kPackedTransposed, Path::kPackedTurnedB,
    Path::kStreamed, Path::kStreamedTransposed};

const char* name(Path path) {
    static const char* const names[] = {"gemm",
                                        "gemm of a transposed a",
                                        "gemm_packed",
                                        "gemm_packed of a transposed a",
                                        "gemm_packed of a turned b",
                                        "gemm_streamed",
                                        "gemm_streamed of a transposed a"};
    return names[static_cast<std::size_t>(path)];
}

struct Case {
    ProductShape shape;
    Path path;
    Start start;
    std::size_t gap;  // unused elements after each row, NaN
    Kind kind;
};

// A row-major copy with gaps.
template <class T>
Block<T> placed(Memory& memory, const std::vector<T>& values, std::size_t rows, std::size_t cols,
                std::size_t gap) {
    const Block<T> block = memory.output<T>(rows, cols, cols + gap);
    for (std::size_t i = 0; i < rows * cols; ++i) {
        block.data[i / cols * block.ld + i % cols] = values[i];
    }
    return block;
}

// Through the packed path the buffers have exactly the sizes that the table states.
template <class T>
void run(const kernels::Kernels<T>& part, Path path, kernels::GemmBlock<T> block, Memory& memory) {
    if (path == Path::kRows || path == Path::kTransposed) {
        part.gemm(block);
        return;
    }
    if (path == Path::kStreamed || path == Path::kStreamedTransposed) {
        part.gemm_streamed(block, 8, 8);
        return;
    }
    const std::size_t cols = (block.n + part.gemm_lanes - 1) / part.gemm_lanes * part.gemm_lanes;
    const Block<T> packed = memory.output<T>(1, block.k * cols, block.k * cols);
    const Block<T> panel = memory.output<T>(1, block.k * part.gemm_rows, block.k * part.gemm_rows);
    const auto pack = path == Path::kPackedTurnedB ? part.pack_b_turned : part.pack_b;
    pack(block.b, block.ldb, block.k, block.n, packed.data);
    block.b = packed.data;
    part.gemm_packed(block, panel.data);
}

template <class T>
void check_case(const kernels::KernelTable& table, const Case& c, Failures& failures) {
    const std::size_t m = c.shape.m;
    const std::size_t n = c.shape.n;
    const std::size_t k = c.shape.k;
    const bool a_transposed = c.path == Path::kTransposed || c.path == Path::kPackedTransposed ||
                              c.path == Path::kStreamedTransposed;
    Memory memory(Place::kMargins, c.kind, 1);
    const std::vector<T> a_values = numbers<T>(m * k, c.kind, 1);
    const Block<T> a =
        a_transposed ? placed(memory, a_values, k, m, c.gap) : placed(memory, a_values, m, k, c.gap);
    const bool b_turned = c.path == Path::kPackedTurnedB;
    const std::vector<T> b_values = numbers<T>(k * n, c.kind, 2);
    const Block<T> b =
        b_turned ? placed(memory, b_values, n, k, c.gap) : placed(memory, b_values, k, n, c.gap);
    const Block<T> out = placed(memory, numbers<T>(m * n, Kind::kNormal, 3), m, n, c.gap);
    const Block<T> other = placed(memory, numbers<T>(m * n, Kind::kNormal, 4), m, n, c.gap + 1);
    const std::vector<T> bias = numbers<T>(n, Kind::kNormal, 5);

    Elements<T> start{nullptr, 0, 0};
    if (c.start == Start::kBias) {
        start = {bias.data(), 0, 1};
    } else if (c.start == Start::kAccumulate) {
        start = {out.data, out.ld, 1};
    } else if (c.start == Start::kOther) {
        start = {other.data, other.ld, 1};
    }
    const Elements<T> a_elements = a_transposed ? Elements<T>{a.data, 1, a.ld} : Elements<T>{a.data, a.ld, 1};
    const Elements<T> b_elements = b_turned ? Elements<T>{b.data, 1, b.ld} : Elements<T>{b.data, b.ld, 1};
    const std::vector<T> expected = product(rounding_of(table.fma), m, n, k, a_elements, b_elements, start);

    kernels::GemmBlock<T> block{m,      n,    k,        a.data, a_elements.row, a_elements.col,
                                b.data, b.ld, out.data, out.ld, start.data,     start.row};
    run(dispatch::part<T>(table), c.path, block, memory);
    const int start_kind = static_cast<int>(c.start);
    failures.compare(out.elements(), expected, name(c.path), m, n, k, "start", start_kind, name(c.kind));
    failures.expect(memory.untouched(), name(c.path), m, n, k, "start", start_kind, "wrote into a gap");
}

}  // namespace

TEMPLATE_TEST_CASE("one row times a wide b is the chain", "[kernels][gemm]", float, double) {
    each_table([](const kernels::KernelTable& table) {
        Failures failures;
        for (const std::size_t n : Sizes{33, 63, 64, 65, 96, 103, 128, 259, 600}) {
            for (const std::size_t k : Sizes{0, 1, 7, 8, 9, 16, 29}) {
                for (const Start start : kStarts) {
                    const Case c{{1, n, k}, Path::kStreamed, start, n % 3, Kind::kNormal};
                    check_case<TestType>(table, c, failures);
                }
            }
        }
        REQUIRE(failures.text() == "");
    });
}

TEMPLATE_TEST_CASE("gemm is the chain at every size around the tile", "[kernels][gemm]", float, double) {
    each_table([](const kernels::KernelTable& table) {
        const auto& part = dispatch::part<TestType>(table);
        Failures failures;
        // Either dimension may run along vectors: both go around the tile's rows, its columns, and single
        // vectors.
        std::vector<std::size_t> sizes = around_tiles(part.gemm_rows);
        for (const std::size_t size : around_tiles(part.gemm_cols)) {
            sizes.push_back(size);
        }
        sizes.insert(sizes.end(), {3, 5, 7, 15, 17, 24, 33});
        sizes = sorted_unique(sizes);
        for (const std::size_t m : sizes) {
            for (const std::size_t n : sizes) {
                for (const std::size_t k : Sizes{0, 1, 2, 3, 29}) {
                    const std::size_t mix = m + n + k;
                    const ProductShape shape{m, n, k};
                    for (const Path path : kPaths) {
                        const std::size_t choice = mix + static_cast<std::size_t>(path);
                        const Case c{shape, path, kStarts[choice % 4], choice % 3, Kind::kNormal};
                        check_case<TestType>(table, c, failures);
                    }
                }
            }
        }
        REQUIRE(failures.text() == "");
    });
}

TEMPLATE_TEST_CASE("gemm is the chain for every combination of layout and start", "[kernels][gemm]", float,
                   double) {
    each_table([](const kernels::KernelTable& table) {
        Failures failures;
        for (const Kind kind : all_kinds()) {
            for (const Start start : kStarts) {
                for (const std::size_t gap : Sizes{0, 3}) {
                    for (const Path path : kPaths) {
                        check_case<TestType>(table, {{23, 45, 31}, path, start, gap, kind}, failures);
                        check_case<TestType>(table, {{67, 13, 9}, path, start, gap, kind}, failures);
                    }
                }
            }
        }
        REQUIRE(failures.text() == "");
    });
}

TEMPLATE_TEST_CASE("gemm is the chain for the book's products", "[kernels][gemm]", float, double) {
    each_table([](const kernels::KernelTable& table) {
        Failures failures;
        for (const ProductShape& shape : book_products()) {
            for (const Path path : kPaths) {
                check_case<TestType>(table, {shape, path, Start::kBias, 0, Kind::kNormal}, failures);
            }
        }
        REQUIRE(failures.text() == "");
    });
}

TEMPLATE_TEST_CASE("transpose moves every element", "[kernels][transpose]", float, double) {
    each_table([](const kernels::KernelTable& table) {
        Failures failures;
        for (const std::size_t rows : Sizes{0, 1, 3, 8, 15, 16, 17, 50, 97}) {
            for (const std::size_t cols : Sizes{0, 1, 2, 7, 16, 31, 33, 64, 101}) {
                Memory memory(Place::kMargins, Kind::kNonFinite, rows);
                const Block<TestType> x = memory.input<TestType>(rows, cols, cols + rows % 3);
                const Block<TestType> y = memory.output<TestType>(cols, rows, rows + cols % 4);
                dispatch::part<TestType>(table).transpose(x.data, x.ld, rows, cols, y.data, y.ld);
                std::vector<TestType> expected;
                for (std::size_t j = 0; j < cols; ++j) {
                    for (std::size_t i = 0; i < rows; ++i) {
                        expected.push_back(x.data[i * x.ld + j]);
                    }
                }
                failures.compare(y.elements(), expected, rows, "x", cols);
                failures.expect(memory.untouched(), rows, "x", cols, "wrote into a gap");
            }
        }
        REQUIRE(failures.text() == "");
    });
}
