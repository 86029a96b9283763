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
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <vector>

#include <thalweg/array.hpp>
#include <thalweg/error.hpp>
#include <thalweg/matrix.hpp>
#include <thalweg/reductions.hpp>

using thalweg::Expression;
using thalweg::Mask;
using thalweg::Matrix;
using thalweg::MatrixView;
using thalweg::Operand;

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
    kSum,
    kMean,
    kProd,
    kMax,
    kMin,
    kVar,
    kStd,
    kNorm,
    kAny,
    kAll,
    kCount,
    kArgmax,
    kArgmin,
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

void read(void* to, std::size_t count) {
    if (std::fread(to, 1, count, stdin) != count) {
        std::fprintf(stderr, "programs: the input ends within a program\n");
        std::exit(2);
    }
}

int read_int() {
    std::int32_t value = 0;
    read(&value, sizeof value);
    return value;
}

void write(const void* from, std::size_t count) {
    if (count != 0 && std::fwrite(from, 1, count, stdout) != count) {
        std::exit(3);
    }
}

void write_int(std::size_t value) {
    const auto narrow = static_cast<std::int32_t>(value);
    write(&narrow, sizeof narrow);
}

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
                axis_ == kNoAxis ? reduce(source) : reduce(source, axis_);
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

    void reduce(const Operand<Element>& x) {
        switch (mode_) {
            case kSum:
                return keep_one(thalweg::sum(x));
            case kMean:
                return keep_one(thalweg::mean(x));
            case kProd:
                return keep_one(thalweg::prod(x));
            case kMax:
                return keep_one(thalweg::max(x));
            case kMin:
                return keep_one(thalweg::min(x));
            case kVar:
                return keep_one(thalweg::var(x));
            case kStd:
                return keep_one(thalweg::std(x));
            case kNorm:
                return keep_one(thalweg::norm(x));
            case kAny:
                return keep_one(thalweg::any(x) ? Element(1) : Element(0));
            case kAll:
                return keep_one(thalweg::all(x) ? Element(1) : Element(0));
            case kCount:
                return keep_indices({thalweg::count_nonzero(x)});
            case kArgmax:
                return keep_indices({thalweg::argmax(x)});
            default:
                return keep_indices({thalweg::argmin(x)});
        }
    }
    void reduce(const Operand<Element>& x, int axis) {
        switch (mode_) {
            case kSum:
                return keep(thalweg::sum(x, axis));
            case kMean:
                return keep(thalweg::mean(x, axis));
            case kProd:
                return keep(thalweg::prod(x, axis));
            case kMax:
                return keep(thalweg::max(x, axis));
            case kMin:
                return keep(thalweg::min(x, axis));
            case kVar:
                return keep(thalweg::var(x, axis));
            case kStd:
                return keep(thalweg::std(x, axis));
            case kNorm:
                return keep(thalweg::norm(x, axis));
            case kAny:
                return keep(thalweg::any(x, axis));
            case kAll:
                return keep(thalweg::all(x, axis));
            case kCount:
                return keep_indices(thalweg::count_nonzero(x, axis));
            case kArgmax:
                return keep_indices(thalweg::argmax(x, axis));
            default:
                return keep_indices(thalweg::argmin(x, axis));
        }
    }

    void keep_one(Element value) { keep(MatrixView<const Element>(&value, 1, 1)); }
    void keep(MatrixView<const Element> values) {
        result_.rows = values.rows();
        result_.cols = values.cols();
        result_.bytes.resize(values.size() * sizeof(Element));
        for (std::size_t i = 0; i < values.rows() && values.cols() > 0; ++i) {
            std::memcpy(result_.bytes.data() + i * values.cols() * sizeof(Element), values.row(i).data(),
                        values.cols() * sizeof(Element));
        }
    }
    void keep_indices(const std::vector<std::size_t>& values) {
        result_ = {1, 1, values.size(), {}};
        for (const std::size_t value : values) {
            const std::uint64_t wide = value;
            const auto* const first = reinterpret_cast<const unsigned char*>(&wide);
            result_.bytes.insert(result_.bytes.end(), first, first + sizeof wide);
        }
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
    for (int count = read_int(); count > 0; --count) {
        if (read_int() == 4) {
            Interpreter<float>().run();
        } else {
            Interpreter<double>().run();
        }
    }
    return 0;
}
