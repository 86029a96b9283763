// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// programs < PROGRAMS > RESULTS: runs expressions that test_programs.py describes through the public
// operators and writes what came of them, byte by byte. The script computes the same with NumPy.
//
// A program is a list of int32: bytes an element, mode, axis, out (a leaf); the number of buffers, and for
// each its number of elements and these; the number of leaves, and for each buffer, offset, rows, cols, ld,
// number (1: a number, not a view); the number of nodes, and for each operation and three operands, nodes
// before it. The last node is the expression. A result is status, type (0: elements, 1: uint64), rows, cols,
// the elements, and all buffers as they are afterwards.
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <exception>
#include <vector>

#include "interpreter.hpp"
#include <thalweg/array.hpp>
#include <thalweg/error.hpp>
#include <thalweg/matrix.hpp>

using thalweg::Expression;
using thalweg::Mask;
using thalweg::Matrix;
using thalweg::MatrixView;
using thalweg::Operand;
using namespace thalweg::test;

namespace {

// As in test_programs.py.
enum Operation {
    kLeaf,
    kAdd,
    kSubtract,
    kMultiply,
    kDivide,
    kMaximum,
    kMinimum,
    kLeakyRelu,
    kSigmoidBackward,
    kNegate,
    kAbs,
    kSqrt,
    kSquare,
    kSign,
    kFloor,
    kCeil,
    kRound,
    kRelu,
    kWhere,
    kClip,
    kFirstMask,
    kLess = kFirstMask,
    kLessEqual,
    kGreater,
    kGreaterEqual,
    kEqual,
    kNotEqual,
    kIsNan,
    kIsFinite,
    kIsInf,
    kAnd,
    kOr,
    kNot,
};

enum Mode {
    kNew,
    kIntoMatrix,
    kAssign,
    kUnnamed,
    kPlus,
    kMinus,
    kTimes,
    kOver,
    kRead,
    kAssignMatrix,
    kFirstReduction,  // and the others of interpreter.hpp
};
constexpr int kNoAxis = 9;

struct Leaf {
    int buffer;
    int offset;
    int rows;
    int cols;
    int ld;
    int number;
};

struct Node {
    int op;
    int operands[3];
};

struct Result {
    int type = 0;
    std::size_t rows = 0;
    std::size_t cols = 0;
    std::vector<unsigned char> bytes;
};

template <class Element>
class Interpreter {
public:
    Interpreter() {
        mode_ = read_int();
        axis_ = read_int();
        out_ = read_int();
        for (int count = read_int(); count > 0; --count) {
            buffers_.emplace_back(static_cast<std::size_t>(read_int()));
            read(buffers_.back().data(), buffers_.back().size() * sizeof(Element));
        }
        leaves_.resize(static_cast<std::size_t>(read_int()));
        for (Leaf& leaf : leaves_) {
            leaf = {read_int(), read_int(), read_int(), read_int(), read_int(), read_int()};
        }
        nodes_.resize(static_cast<std::size_t>(read_int()));
        for (Node& node : nodes_) {
            node = {read_int(), {read_int(), read_int(), read_int()}};
        }
    }

    void run() {
        int status = 0;
        try {
            if (mode_ == kIntoMatrix || mode_ == kAssignMatrix) {
                own_ = Matrix<Element>(MatrixView<const Element>(view(out_)));
            }
            use(nodes_.back(), [&](const Operand<Element>& source) { finish(source); });
        } catch (const thalweg::ShapeError&) {
            status = 1;
        } catch (const std::exception& error) {
            std::fprintf(stderr, "programs: %s\n", error.what());
            status = 2;
        }
        if (status != 0) {
            result_ = {};
        }
        write_int(static_cast<std::size_t>(status));
        write_int(static_cast<std::size_t>(result_.type));
        write_int(result_.rows);
        write_int(result_.cols);
        write(result_.bytes.data(), result_.bytes.size());
        for (const std::vector<Element>& buffer : buffers_) {
            write(buffer.data(), buffer.size() * sizeof(Element));
        }
    }

private:
    MatrixView<Element> view(int number) {
        const Leaf& leaf = leaves_[static_cast<std::size_t>(number)];
        return {buffers_[static_cast<std::size_t>(leaf.buffer)].data() + leaf.offset,
                static_cast<std::size_t>(leaf.rows), static_cast<std::size_t>(leaf.cols),
                static_cast<std::size_t>(leaf.ld)};
    }
    const Node& child(const Node& node, int which) const {
        return nodes_[static_cast<std::size_t>(node.operands[which])];
    }

    // function(operand) of a node: what it returns is made in place.
    template <class Function>
    auto use(const Node& node, const Function& function) {
        if (node.op == kLeaf) {
            const int number = node.operands[0];
            const Leaf& leaf = leaves_[static_cast<std::size_t>(number)];
            if (leaf.number == 1) {
                return function(Operand<Element>(view(number)(0, 0)));
            }
            if ((mode_ == kIntoMatrix || mode_ == kAssignMatrix) && number == out_) {
                return function(Operand<Element>(own_));
            }
            if (number % 2 == 0) {
                return function(Operand<Element>(MatrixView<const Element>(view(number))));
            }
            return function(Operand<Element>(view(number)));
        }
        if (node.op >= kFirstMask) {
            return function(Operand<Element>(mask(node)));
        }
        return function(Operand<Element>(expression(node)));
    }

    Expression<Element> expression(const Node& node) {
        return use(child(node, 0), [&](const Operand<Element>& a) { return of_one(node, a); });
    }
    Expression<Element> of_one(const Node& node, const Operand<Element>& a) {
        switch (node.op) {
            case kNegate:
                return -a;
            case kAbs:
                return thalweg::abs(a);
            case kSqrt:
                return thalweg::sqrt(a);
            case kSquare:
                return thalweg::square(a);
            case kSign:
                return thalweg::sign(a);
            case kFloor:
                return thalweg::floor(a);
            case kCeil:
                return thalweg::ceil(a);
            case kRound:
                return thalweg::round(a);
            case kRelu:
                return thalweg::relu(a);
            default:
                return use(child(node, 1), [&](const Operand<Element>& b) { return of_two(node, a, b); });
        }
    }
    Expression<Element> of_two(const Node& node, const Operand<Element>& a, const Operand<Element>& b) {
        switch (node.op) {
            case kAdd:
                return a + b;
            case kSubtract:
                return a - b;
            case kMultiply:
                return a * b;
            case kDivide:
                return a / b;
            case kMaximum:
                return thalweg::maximum(a, b);
            case kMinimum:
                return thalweg::minimum(a, b);
            case kLeakyRelu:
                return thalweg::leaky_relu(a, b);
            case kSigmoidBackward:
                return thalweg::sigmoid_backward(a, b);
            default:
                return use(child(node, 2), [&](const Operand<Element>& c) {
                    return node.op == kWhere ? thalweg::where(a, b, c) : thalweg::clip(a, b, c);
                });
        }
    }

    Mask<Element> mask(const Node& node) {
        switch (node.op) {
            case kAnd:
                return mask(child(node, 0)) & mask(child(node, 1));
            case kOr:
                return mask(child(node, 0)) | mask(child(node, 1));
            case kNot:
                return ~mask(child(node, 0));
            case kIsNan:
                return use(child(node, 0), [](const Operand<Element>& a) { return thalweg::isnan(a); });
            case kIsFinite:
                return use(child(node, 0), [](const Operand<Element>& a) { return thalweg::isfinite(a); });
            case kIsInf:
                return use(child(node, 0), [](const Operand<Element>& a) { return thalweg::isinf(a); });
            default:
                return use(child(node, 0), [&](const Operand<Element>& a) {
                    return use(child(node, 1),
                               [&](const Operand<Element>& b) { return compare(node, a, b); });
                });
        }
    }
    static Mask<Element> compare(const Node& node, const Operand<Element>& a, const Operand<Element>& b) {
        switch (node.op) {
            case kLess:
                return a < b;
            case kLessEqual:
                return a <= b;
            case kGreater:
                return a > b;
            case kGreaterEqual:
                return a >= b;
            case kEqual:
                return thalweg::equal(a, b);
            default:
                return thalweg::not_equal(a, b);
        }
    }

    void finish(const Operand<Element>& source) {
        const auto keep_result = [&](const auto& values) { keep(values); };
        switch (mode_) {
            case kAssign: {
                const MatrixView<Element> out = view(out_);
                out.assign(source);
                return;
            }
            case kUnnamed:
                view(out_) = source;
                return;
            case kPlus:
                view(out_) += source;
                return;
            case kMinus:
                view(out_) -= source;
                return;
            case kTimes:
                view(out_) *= source;
                return;
            case kOver:
                view(out_) /= source;
                return;
            case kAssignMatrix:
                own_.assign(source);
                keep(own_);
                return;
            case kNew:
            case kIntoMatrix:
            case kRead:
                make(nodes_.back());
                return;
            default:
                return axis_ == kNoAxis ? reduce(mode_ - kFirstReduction, source, keep_result)
                                        : reduce(mode_ - kFirstReduction, source, keep_result, axis_);
        }
    }

    // Ways that take the expression or mask itself.
    void make(const Node& node) {
        if (node.op >= kFirstMask) {
            if (mode_ == kIntoMatrix) {
                own_ = mask(node);
                keep(own_);
            } else if (mode_ == kNew) {
                const Matrix<Element> made = mask(node);
                keep(made);
            } else {
                keep(mask(node).eval());
            }
            return;
        }
        if (mode_ == kIntoMatrix) {
            own_ = expression(node);
            keep(own_);
        } else if (mode_ == kNew) {
            const Matrix<Element> made = expression(node);
            keep(made);
        } else {
            keep(expression(node));
        }
    }

    void keep(Element value) { keep(MatrixView<const Element>(&value, 1, 1)); }
    void keep(bool value) { keep(value ? Element(1) : Element(0)); }
    void keep(std::size_t index) { keep(std::vector{index}); }
    void keep(MatrixView<const Element> values) {
        result_.rows = values.rows();
        result_.cols = values.cols();
        result_.bytes.resize(values.size() * sizeof(Element));
        for (std::size_t i = 0; i < values.rows() && values.cols() > 0; ++i) {
            std::memcpy(result_.bytes.data() + i * values.cols() * sizeof(Element), values.row(i).data(),
                        values.cols() * sizeof(Element));
        }
    }
    void keep(const std::vector<std::size_t>& indices) {
        result_ = {1, 1, indices.size(), bytes_of(indices)};
    }

    int mode_ = 0;
    int axis_ = 0;
    int out_ = 0;
    std::vector<std::vector<Element>> buffers_;
    std::vector<Leaf> leaves_;
    std::vector<Node> nodes_;
    Matrix<Element> own_;
    Result result_;
};

}  // namespace

int main() {
    thalweg::test::run_programs<Interpreter>();
    return 0;
}
