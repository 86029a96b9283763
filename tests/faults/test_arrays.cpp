// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Every allocation of expressions and folds refused once: what is written to stays as it was, or is right.
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "faults/allocations.hpp"
#include "ops/matrices.hpp"
#include "support/catch.hpp"
#include "support/levels.hpp"
#include "thalweg/array.hpp"
#include "thalweg/ops.hpp"
#include "thalweg/reductions.hpp"
#include "thalweg/tensor.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

using M = Matrix<float>;

struct Case {
    const char* name;
    bool needs_memory;
    std::function<void(M& out, const M& a, const M& b)> run;
};

const std::vector<Case>& cases() {
    static const std::vector<Case> all = {
        {"in place", false, [](M& out, const M& a, const M& b) { out = a * b + out; }},
        {"gaps, in place", true,
         [](M& out, const M& a, const M& b) {
             out.cols(1, 5) = exp(a.cols(0, 4)) / b.cols(2, 6) + log(abs(out.cols(1, 5)));
         }},
        {"overlapping", true,
         [](M& out, const M& a, const M&) {
             const std::size_t last = out.rows();
             out.rows(1, last) = out.rows(0, last - 1) - a.rows(1, last);
         }},
        {"a row of itself", true, [](M& out, const M&, const M&) { out /= out.row(0) + 2; }},
        {"of many operands", true,
         [](M& out, const M& a, const M& b) {
             out = a + b * a - b / (a + 3) + (a + b) * (a - b) * (b + a) * (b - a) + sigmoid(a) * sigmoid(b) -
                   out;
         }},
        {"into another shape", true, [](M& out, const M& a, const M& b) { out = a.row(0) * b.row(1) + 1; }},
        {"a mask", false,
         [](M& out, const M& a, const M& b) { out.assign((a < b) | isnan(a + b) | (a > 0.5F)); }},
        {"a row for all", true, [](M& out, const M& a, const M& b) { out.assign(a.row(0) + exp(b.row(1))); }},
        {"sums down", true, [](M& out, const M& a, const M& b) { sum(exp(a) * b, 0, out.row(0)); }},
        {"sums down, of rows and columns", true,
         [](M& out, const M& a, const M& b) { sum(a * b.row(0) + b.cols(0, 1), 0, out.row(0)); }},
        {"sums along", true,
         [](M& out, const M& a, const M& b) { sum(exp(a) * b.row(0), 1, out.cols(0, 1)); }},
        {"means", true,
         [](M& out, const M& a, const M& b) {
             out -= mean(a * b, 0) / thalweg::std(a, 1) * var(b) + max(a * 2);
         }},
        {"counts", true,
         [](M& out, const M& a, const M& b) {
             out += static_cast<float>(count_nonzero(a < b, 0)[0] + argmin(a - b) + argmax(b, 1)[0]) *
                    any(a > b, 0);
         }},
        {"tensors, columns as rows", true,
         [](M& out, const M& a, const M& b) {
             const std::size_t rows = out.rows();
             TensorView<float>(out).slice(1, 0, 9, 4).transpose() +=
                 TensorView<const float>(a).reshape({rows, 3, 3}).permute({2, 0, 1}).index(2, 1) *
                     TensorView<const float>(b).index(1, 0) -
                 TensorView<float>(out).slice(1, 0, 3).transpose();
         }},
        {"tensors, reduced and multiplied", true,
         [](M& out, const M& a, const M& b) {
             const auto x = TensorView<const float>(a).reshape({out.rows(), 3, 3});
             const auto y = TensorView<const float>(b).reshape({out.rows(), 3, 3});
             const Tensor<float> products = einsum("bij,bkj->bik", x, y) + matmul(x, exp(y) * 0.5F);
             out.row(0) = (products - sum(products, {0, 2}) + norm(products, 1))
                              .eval_tensor()
                              .index(0, 0)
                              .reshape({9});
         }},
        {"a product of expressions", true,
         [](M& out, const M& a, const M& b) {
             out.cols(0, 3) = dot(a * 2, (b.rows(0, 9).cols(0, 3) + 1)) * 0.5F;
         }},
    };
    return all;
}

bool same(const M& a, const M& b) {
    return a.rows() == b.rows() && a.cols() == b.cols() &&
           first_difference(a.data(), b.data(), b.size()).empty();
}

}  // namespace

TEST_CASE("views of tensors allocate nothing", "[faults][arrays]") {
    Tensor<float> x({4, 3, 1, 8}, 2);
    const Survival survival = survive([&] {
        const TensorView<float> view = x;
        const auto part = view.permute({3, 0, 1, 2}).slice(0, 1, 8, 2).index(1, 2).squeeze().expand_dims(0);
        part.at(0, 1, 2) = 3;
        return view.transpose()(3, 0, 2, 2) == 3 && view.reshape({12, 8}).matrix().rows() == 12 &&
               part.broadcast_to({5, 4, 3}).rank() == 3 && view.shape() == Shape{4, 3, 1, 8};
    });
    CHECK(survival.fault == "");
    CHECK(survival.allocations == 0);
}

TEST_CASE("expressions survive every refused allocation", "[faults][arrays]") {
    // Below and above what one thread takes alone.
    for (const std::size_t rows : {std::size_t{11}, std::size_t{9000}}) {
        const M a = matrix<float>(rows, 9);
        const M b = matrix<float>(rows, 9, Kind::kProbability, 2);
        const M before = matrix<float>(rows, 9, Kind::kNormal, 3);
        for (const Case& c : cases()) {
            for (const int count : {1, 2}) {
                CAPTURE(c.name, rows, count);
                M expected = before;
                c.run(expected, a, b);
                M out;
                bool returned = false;
                // What a run begins with is made where nothing is refused, after the run before it; and what
                // that left stays, for blocks are counted.
                std::vector<M> fresh(3, before);
                std::size_t next = 0;
                const Survival survival = survive(
                    [&] {
                        returned = false;
                        std::swap(out, fresh[next++]);
                        const ThreadScope scope(count);
                        c.run(out, a, b);
                        returned = true;
                        return same(out, expected);
                    },
                    [&]() -> std::string {
                        const bool right = same(out, returned ? expected : before);
                        fresh[--next] = before;
                        return right ? "" : "out is neither what it was nor the result";
                    });
                CHECK(survival.fault == "");
                CHECK((!c.needs_memory || survival.thrown > 0));
            }
        }
    }
}
