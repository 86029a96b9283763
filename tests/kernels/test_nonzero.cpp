// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The slots that leave out zero pixels: which bits are set, bits turned, chains against the oracle's with all
// steps done, at every level.
#include <cstdint>
#include <limits>
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

// Pixels of which one in five counts.
std::vector<std::uint8_t> pixels(std::size_t n, std::uint64_t salt) {
    Source source(salt);
    std::vector<std::uint8_t> all(n);
    for (std::uint8_t& pixel : all) {
        pixel = source.below(5) == 0 ? static_cast<std::uint8_t>(1 + source.below(255)) : std::uint8_t{0};
    }
    return all;
}

bool bit(const std::uint64_t* bits, std::size_t p) {
    return (bits[p / 64] >> (p % 64) & 1) != 0;
}

template <class T>
struct NonzeroCase {
    std::size_t m;
    std::size_t n;
    std::size_t k;
    bool descend;
    bool across;  // rows are pixels: x is read transposed

    void check(const kernels::KernelTable& table, Failures& failures) const {
        const auto& part = dispatch::part<T>(table);
        Memory memory(Place::kMargins, Kind::kNormal, 1);
        const std::vector<std::uint8_t> x = pixels(m * k, m + k);
        const std::size_t x_row = across ? 1 : k;
        const std::size_t x_col = across ? m : 1;
        std::vector<T> values(256);
        for (std::size_t v = 0; v < 256; ++v) {
            values[v] = static_cast<T>(v) / T(255);
        }
        const std::size_t words = (k + 63) / 64;
        std::vector<std::uint64_t> bits(m * words);
        std::vector<T> a(m * k);
        for (std::size_t i = 0; i < m; ++i) {
            for (std::size_t p = 0; p < k; ++p) {
                const std::uint8_t pixel = x[i * x_row + p * x_col];
                a[i * k + p] = values[pixel];
                bits[i * words + p / 64] |= static_cast<std::uint64_t>(pixel != 0) << (p % 64);
            }
        }
        const Block<T> b = memory.input<T>(k, n, n + 3);
        const std::vector<T> start = numbers<T>(n, Kind::kNormal, 5);
        const Block<T> c = memory.output<T>(m, n, n + 2);
        fill_rows(c, numbers<T>(m * n, Kind::kNormal, 6));
        const std::vector<T> before = c.elements();
        const T factor = T(-0.3);
        const Rounding rounding = rounding_of(table.fma);
        std::vector<T> expected =
            product<T>(rounding, m, n, k, {a.data(), k, 1}, {b.data, b.ld, 1},
                       descend ? Elements<T>{nullptr, 0, 0} : Elements<T>{start.data(), 0, 1});
        for (std::size_t i = 0; descend && i < m * n; ++i) {
            expected[i] = multiply_add(rounding, factor, expected[i], before[i]);
        }
        part.gemm_nonzero({m, n, x.data(), x_row, x_col, values.data(), bits.data(), words, words, b.data,
                           b.ld, c.data, c.ld, start.data(), 0, descend, factor});
        failures.compare(c.elements(), expected, m, n, k, "descend", descend, "across", across);
        failures.expect(memory.untouched(), m, n, k, "wrote into a gap");
    }
    static void fill_rows(const Block<T>& block, const std::vector<T>& values) {
        for (std::size_t i = 0; i < values.size(); ++i) {
            block.data[i / block.cols * block.ld + i % block.cols] = values[i];
        }
    }
};

}  // namespace

TEST_CASE("nonzero_bits marks the bytes that are not zero", "[kernels][nonzero]") {
    each_table([](const kernels::KernelTable& table) {
        Failures failures;
        for (const std::size_t n : Sizes{0, 1, 7, 63, 64, 65, 127, 128, 784, 1000}) {
            std::vector<std::uint8_t> x = pixels(n, n);
            if (n > 2) {
                x[1] = 128;  // a byte of which only the sign bit is set
            }
            std::vector<std::uint64_t> bits((n + 63) / 64 + 1, 0x5555555555555555U);
            table.nonzero_bits(x.data(), n, bits.data());
            for (std::size_t p = 0; p < (n + 63) / 64 * 64; ++p) {
                failures.expect(bit(bits.data(), p) == (p < n && x[p] != 0), n, "bytes, bit", p);
            }
            failures.expect(bits.back() == 0x5555555555555555U, n, "bytes, wrote beyond the last word");
        }
        REQUIRE(failures.text() == "");
    });
}

TEST_CASE("the slots of bits stay inside their arrays", "[kernels][nonzero][guarded]") {
    each_table([](const kernels::KernelTable& table) {
        Failures failures;
        for (const Place place : {Place::kEnd, Place::kStart}) {
            for (std::size_t n = 0; n <= 260; ++n) {
                const std::vector<std::uint8_t> x = pixels(n, n);
                std::vector<std::uint64_t> expected((n + 63) / 64);
                for (std::size_t p = 0; p < n; ++p) {
                    expected[p / 64] |= static_cast<std::uint64_t>(x[p] != 0) << (p % 64);
                }
                Memory memory(place, Kind::kNormal, n);
                memory.keep_inputs_read_only();
                const Block<std::uint64_t> y =
                    memory.output<std::uint64_t>(1, expected.size(), expected.size());
                table.nonzero_bits(memory.copy(x), n, y.data);
                failures.compare(y.elements(), expected, "nonzero_bits of", n);
            }
            for (std::size_t rows = 1; rows <= 64; ++rows) {
                Source source(rows);
                std::vector<std::uint64_t> x((rows - 1) * 3 + 1);
                for (std::uint64_t& word : x) {
                    word = source.next();
                }
                std::vector<std::uint64_t> expected(64);
                for (std::size_t i = 0; i < rows; ++i) {
                    for (std::size_t j = 0; j < 64; ++j) {
                        expected[j] |= static_cast<std::uint64_t>(bit(&x[i * 3], j)) << i;
                    }
                }
                Memory memory(place, Kind::kNormal, rows);
                memory.keep_inputs_read_only();
                const Block<std::uint64_t> y = memory.output<std::uint64_t>(1, 64, 64);
                table.transpose_bits(memory.copy(x), 3, rows, y.data);
                failures.compare(y.elements(), expected, "transpose_bits of", rows);
            }
        }
        REQUIRE(failures.text() == "");
    });
}

TEST_CASE("transpose_bits turns up to 64 rows", "[kernels][nonzero]") {
    each_table([](const kernels::KernelTable& table) {
        Failures failures;
        for (const std::size_t rows : Sizes{0, 1, 31, 33, 64}) {
            Source source(rows);
            std::vector<std::uint64_t> x(64 * 3);
            for (std::uint64_t& word : x) {
                word = source.next();
            }
            std::uint64_t y[64];
            table.transpose_bits(x.data(), 3, rows, y);
            for (std::size_t i = 0; i < 64; ++i) {
                for (std::size_t j = 0; j < 64; ++j) {
                    const bool wanted = i < rows && bit(&x[i * 3], j);
                    failures.expect(bit(&y[j], i) == wanted, rows, "rows, element", i, j);
                }
            }
        }
        REQUIRE(failures.text() == "");
    });
}

TEMPLATE_TEST_CASE("gemm_nonzero is the chain with nothing left out", "[kernels][nonzero]", float, double) {
    each_table([](const kernels::KernelTable& table) {
        Failures failures;
        for (const std::size_t m : Sizes{0, 1, 2, 5, 16}) {
            for (const std::size_t n : Sizes{1, 3, 8, 17, 50, 64, 131}) {
                for (const std::size_t k : Sizes{0, 1, 63, 64, 65, 130}) {
                    for (const bool descend : {false, true}) {
                        NonzeroCase<TestType>{m, n, k, descend, descend != (k % 2 == 0)}.check(table,
                                                                                               failures);
                    }
                }
            }
        }
        REQUIRE(failures.text() == "");
    });
}

// More rows than a group, more words than stay near, rows of b that share sets of the cache and others.
TEMPLATE_TEST_CASE("gemm_nonzero goes on with its sums where b does not fit", "[kernels][nonzero]", float,
                   double) {
    each_table([](const kernels::KernelTable& table) {
        Failures failures;
        for (const std::size_t m : Sizes{16, 260}) {
            for (const std::size_t n : Sizes{100, 125, 253}) {
                NonzeroCase<TestType>{m, n, 330, m == 16, n == 125}.check(table, failures);
                NonzeroCase<TestType>{m, n, 330, false, n != 125}.check(table, failures);
            }
        }
        REQUIRE(failures.text() == "");
    });
}

TEMPLATE_TEST_CASE("all_finite finds one Inf or NaN anywhere", "[kernels][nonzero]", float, double) {
    using Limits = std::numeric_limits<TestType>;
    each_table([](const kernels::KernelTable& table) {
        const auto all_finite = dispatch::part<TestType>(table).all_finite;
        Failures failures;
        for (const std::size_t n : lengths<TestType>()) {
            std::vector<TestType> x = numbers<TestType>(n, Kind::kNormal, n);
            failures.expect(all_finite(x.data(), n), n, "finite");
            for (std::size_t i = 0; i < n; i += 1 + n / 50) {
                for (const TestType poison : {Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN()}) {
                    const TestType before = x[i];
                    x[i] = poison;
                    failures.expect(!all_finite(x.data(), n), n, "poison at", i);
                    x[i] = Limits::max();
                    failures.expect(all_finite(x.data(), n), n, "largest at", i);
                    x[i] = before;
                }
            }
        }
        REQUIRE(failures.text() == "");
    });
}
