// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Expressions: trees of operations built from the input, run through the public operators at every level with
// one to seven threads, and held against a loop that computes one element after another.
#include <vector>

#include "array_operations.hpp"
#include "ops.hpp"
#include "thalweg/array.hpp"
#include "thalweg/reductions.hpp"
#include "thalweg/threads.hpp"

namespace thalweg::fuzz {
namespace {

struct Node {
    std::size_t op;
    std::size_t at[3];  // operands; of a leaf or number, which one
};

template <class T>
class Tree {
public:
    using Array = arrays::Operand<T>;

    Tree(Plan& plan, std::size_t rows, std::size_t cols) : rows_(rows), cols_(cols) {
        leaves_.emplace_back(plan, rows, cols);  // what is written to where out is an operand
        nodes_.reserve(400);
        root_ = plan.below(8) == 0 ? mask(plan, 1 + plan.below(12)) : number(plan, 1 + plan.below(40));
    }

    Operand<T>& first() { return leaves_.front(); }
    const Operand<T>& first() const { return leaves_.front(); }

    // function(operand) of the whole tree. written: what leaf 0 is now.
    template <class Function>
    void with(MatrixView<T> written, const Function& function) const {
        use(written, root_, [&](const Array& whole) { function(whole); });
    }
    // Whether the result has the shape of the first leaf, not one that it is broadcast from.
    bool fills() const { return reaches(root_, true) && reaches(root_, false); }
    // Element (i, j) by its own small recursion.
    T value(const Level& level, std::size_t i, std::size_t j) const { return value(level, root_, i, j); }

private:
    std::size_t add(std::size_t op, std::size_t a = 0, std::size_t b = 0, std::size_t c = 0) {
        nodes_.push_back({op, {a, b, c}});
        return nodes_.size() - 1;
    }
    std::size_t leaf(Plan& plan) {
        const std::size_t dice = plan.below(10);
        if (dice == 0) {
            numbers_.push_back(plan.number<T>());
            return add(kNumber, numbers_.size() - 1);
        }
        if (dice < 4 || leaves_.size() > 8) {
            return add(kLeaf, plan.below(leaves_.size()));
        }
        leaves_.emplace_back(plan, dice == 4 || dice == 6 ? 1 : rows_, dice == 5 || dice == 6 ? 1 : cols_);
        return add(kLeaf, leaves_.size() - 1);
    }
    // A tree of about `size` operations.
    std::size_t number(Plan& plan, std::size_t size) {
        if (size == 0 || nodes_.size() > 300) {
            return leaf(plan);
        }
        const std::size_t op = kNegate + plan.below(kClip - kNegate + 2);
        if (op > kClip) {
            return mask(plan, size);
        }
        std::size_t at[3] = {};
        const bool chosen = op == kWhere && plan.flag();
        for (std::size_t k = 0; k < arity(op); ++k) {
            at[k] = k == 0 && chosen ? mask(plan, 1 + part(plan, size, 3))
                                     : number(plan, part(plan, size, arity(op)));
        }
        return add(op, at[0], at[1], at[2]);
    }
    static std::size_t part(Plan& plan, std::size_t size, std::size_t count) {
        return count == 1           ? size - 1
               : plan.below(3) == 0 ? (size - 1) / count
               : plan.flag()        ? 0
                                    : (size - 1) / 2;
    }
    std::size_t mask(Plan& plan, std::size_t size) {
        const std::size_t op = kLess + plan.below(size > 2 ? kOr - kLess + 1 : kIsInf - kLess + 1);
        if (op >= kNot) {
            const std::size_t a = mask(plan, (size - 1) / 2);
            return add(op, a, op == kNot ? 0 : mask(plan, (size - 1) / 2));
        }
        const std::size_t rest = size < 2 ? 0 : (size - 1) / arity(op);
        const std::size_t a = number(plan, rest);
        return add(op, a, arity(op) == 2 ? number(plan, rest) : 0);
    }

    template <class Function>
    auto use(MatrixView<T> written, std::size_t n, const Function& function) const {
        const Node& node = nodes_[n];
        if (node.op == kLeaf) {
            return function(
                Array(node.at[0] == 0 ? MatrixView<const T>(written) : leaves_[node.at[0]].read()));
        }
        if (node.op == kNumber) {
            return function(Array(numbers_[node.at[0]]));
        }
        if (node.op >= kLess) {
            return function(Array(recorded_mask(written, node)));
        }
        return function(Array(recorded(written, node)));
    }
    Expression<T> recorded(MatrixView<T> written, const Node& node) const {
        return use(written, node.at[0], [&](const Array& a) {
            return arity(node.op) == 1 ? of_one(node.op, a) : use(written, node.at[1], [&](const Array& b) {
                return arity(node.op) == 2 ? of_two(node.op, a, b)
                                           : use(written, node.at[2], [&](const Array& c) {
                                                 return node.op == kWhere ? where(a, b, c)
                                                        : node.op == kFma ? fma(a, b, c)
                                                                          : clip(a, b, c);
                                             });
            });
        });
    }
    Mask<T> recorded_mask(MatrixView<T> written, const Node& node) const {
        if (node.op == kNot) {
            return ~recorded_mask(written, nodes_[node.at[0]]);
        }
        if (node.op == kAnd) {
            return recorded_mask(written, nodes_[node.at[0]]) & recorded_mask(written, nodes_[node.at[1]]);
        }
        if (node.op == kOr) {
            return recorded_mask(written, nodes_[node.at[0]]) | recorded_mask(written, nodes_[node.at[1]]);
        }
        return use(written, node.at[0], [&](const Array& a) {
            return arity(node.op) == 1
                       ? tested(node.op, a)
                       : use(written, node.at[1], [&](const Array& b) { return compared(node.op, a, b); });
        });
    }
    bool reaches(std::size_t n, bool rows) const {
        const Node& node = nodes_[n];
        if (node.op == kLeaf) {
            const Operand<T>& leaf = leaves_[node.at[0]];
            return rows ? leaf.rows() == rows_ : leaf.cols() == cols_;
        }
        bool found = node.op == kNumber && (rows ? rows_ : cols_) == 1;
        for (std::size_t k = 0; k < arity(node.op); ++k) {
            found = found || reaches(node.at[k], rows);
        }
        return found;
    }
    T value(const Level& level, std::size_t n, std::size_t i, std::size_t j) const {
        const Node& node = nodes_[n];
        if (node.op == kLeaf) {
            const Operand<T>& leaf = leaves_[node.at[0]];
            return leaf.at(leaf.rows() == 1 ? 0 : i, leaf.cols() == 1 ? 0 : j);
        }
        if (node.op == kNumber) {
            return numbers_[node.at[0]];
        }
        T x[3] = {};
        for (std::size_t k = 0; k < arity(node.op); ++k) {
            x[k] = value(level, node.at[k], i, j);
        }
        if (node.op >= kLess) {
            return truth(node.op, x[0], x[1]) ? T(1) : T(0);
        }
        return node.op < kAdd ? applied(level, node.op, x[0]) : combined(level, node.op, x[0], x[1], x[2]);
    }
    std::size_t rows_;
    std::size_t cols_;
    std::vector<Operand<T>> leaves_;
    std::vector<T> numbers_;
    std::vector<Node> nodes_;
    std::size_t root_;
};

template <class T>
void add_all(Values& values, const Matrix<T>& m) {
    for (std::size_t i = 0; i < m.size(); ++i) {
        values.push_back(static_cast<double>(m.data()[i]));
    }
}

// What folds must give for these elements, in the documented order; of everything the levels are held against
// each other only.
template <class T>
Values folded(const arrays::Operand<T>& whole, std::size_t which) {
    Values values;
    switch (which) {
        case 0:
            add_all(values, sum(whole, 0));
            break;
        case 1:
            add_all(values, sum(whole, 1));
            break;
        case 2:
            add_all(values, prod(whole, 1));
            break;
        case 3:
            add_all(values, prod(whole, 0));
            break;
        case 4:
            values.push_back(static_cast<double>(sum(whole)));
            break;
        case 5:
            values.push_back(static_cast<double>(norm(whole)));
            break;
        case 6:
            values.push_back(static_cast<double>(count_nonzero(whole)));
            break;
        default:
            add_all(values, any(whole, 1));
            break;
    }
    return values;
}

}  // namespace

template <class T>
void fuzz_arrays(Plan& plan) {
    const std::size_t way = plan.below(6);
    const std::size_t fold = plan.below(8);
    const int threads = static_cast<int>(1 + plan.below(7));
    const bool large = plan.below(12) == 0;
    const std::size_t rows = large ? 300 + plan.below(100) : plan.size() % 14;
    const std::size_t cols = large ? 220 + plan.below(60) : plan.size();
    const Tree<T> tree(plan, rows, cols);
    const Operand<T> room(rows, cols, plan.below(5), plan.below(17));
    levels_of_a_class_agree("an expression", [&](const Level& level) {
        set_threads(threads);
        Values expected;
        std::vector<T> elements;
        for (std::size_t i = 0; i < rows; ++i) {
            for (std::size_t j = 0; j < cols; ++j) {
                T value = tree.value(level, i, j);
                elements.push_back(value);
                value = way == 3   ? tree.first().at(i, j) + value
                        : way == 4 ? tree.first().at(i, j) / value
                                   : value;
                expected.push_back(static_cast<double>(value));
            }
        }
        const Operand<T> first(tree.first());
        const Operand<T> out(way == 0 ? room : first);
        Values found;
        tree.with(way == 0 || way == 1 ? tree.first().view() : out.view(),
                  [&](const arrays::Operand<T>& whole) {
                      switch (way) {
                          case 3:
                              out.view() += whole;
                              break;
                          case 4:
                              out.view() /= whole;
                              break;
                          case 5:
                              found = folded<T>(whole, fold);
                              break;
                          default:
                              out.view().assign(whole);
                              break;
                      }
                  });
        if (way != 5) {
            found = out.values();
            require_same("an expression", found, expected);
            return found;
        }
        // An expression of a row alone is summed as a row.
        if (fold < 2 && tree.fills()) {
            Values sums;
            for (std::size_t k = 0; k < (fold == 0 ? cols : rows); ++k) {
                sums.push_back(static_cast<double>(fold == 0
                                                       ? test::chain_sum(elements.data() + k, rows, cols)
                                                       : test::sum(elements.data() + k * cols, cols)));
            }
            require_same("a sum of an expression", found, sums);
        }
        return found;
    });
    set_threads(0);
}

template void fuzz_arrays<float>(Plan&);
template void fuzz_arrays<double>(Plan&);

}  // namespace thalweg::fuzz
