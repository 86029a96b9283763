// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// tensors < PROGRAMS > RESULTS: runs operations on tensors that test_tensors.py describes through the public
// functions and writes what came of them, byte by byte. The script computes the same with NumPy.
//
// A program is a list of int32: bytes an element, mode, whether axes are given, their number and these, out
// (a leaf); the number of buffers, and for each its number of elements and these; the number of leaves, and
// for each buffer, rank, shape, number of steps and for each step its kind, number of words and these; the
// number of nodes, and for each operation and three operands; the number of bytes of a text, and these. The
// last node is the expression. A result is status, type (0: elements, 1: uint64, 2: text), rank, shape, the
// number of bytes and these, and all buffers as they are afterwards.
#include <cstddef>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "interpreter.hpp"
#include <thalweg/thalweg.hpp>

using namespace thalweg;
using namespace thalweg::test;

namespace {

// As in test_tensors.py.
enum Operation { kLeaf, kAdd, kSubtract, kMultiply, kDivide, kSqrt, kSquare, kAbs, kWhereLess, kLess };
enum Mode {
    kNew,
    kAssign,
    kPlus,
    kMinus,
    kTimes,
    kOver,
    kIntoTensor,
    kMatmul,
    kEinsum,
    kPrint,
    kFile,
    kFirstReduction,  // and the others of interpreter.hpp
};
enum Step { kSlice, kIndex, kPermute, kReshape, kSqueezeAll, kSqueeze, kExpand, kBroadcast, kTranspose };

std::size_t read_size() {
    return static_cast<std::size_t>(read_int());
}
std::vector<int> read_list() {
    std::vector<int> list(read_size());
    for (int& each : list) {
        each = read_int();
    }
    return list;
}

struct Leaf {
    std::size_t buffer;
    std::vector<int> shape;
    std::vector<std::pair<int, std::vector<int>>> steps;
};
struct Node {
    int op;
    int operands[3];
};
struct Result {
    std::size_t type = 0;
    std::vector<std::size_t> shape;
    std::vector<unsigned char> bytes;
};

// A view that only reads has one step more.
template <class Element>
TensorView<Element> stepped(const TensorView<Element>& x, int kind, const std::vector<int>& words) {
    const auto word = [&](std::size_t i) { return static_cast<std::size_t>(words[i]); };
    switch (kind) {
        case kSlice:
            return x.slice(words[0], word(1), word(2), word(3));
        case kIndex:
            return x.index(words[0], word(1));
        case kPermute:
            return x.permute(words);
        case kReshape:
            return x.reshape(words);
        case kSqueezeAll:
            return x.squeeze();
        case kSqueeze:
            return x.squeeze(words[0]);
        case kExpand:
            return x.expand_dims(words[0]);
        default:
            return x.transpose();
    }
}

template <class Element>
class Interpreter {
public:
    Interpreter() {
        mode_ = read_int();
        axes_given_ = read_int() != 0;
        axes_ = read_list();
        out_ = read_int();
        for (std::size_t count = read_size(); count > 0; --count) {
            buffers_.emplace_back(read_size());
            read(buffers_.back().data(), buffers_.back().size() * sizeof(Element));
        }
        leaves_.resize(read_size());
        for (Leaf& leaf : leaves_) {
            leaf.buffer = read_size();
            leaf.shape = read_list();
            for (std::size_t count = read_size(); count > 0; --count) {
                const int kind = read_int();
                leaf.steps.emplace_back(kind, read_list());
            }
        }
        nodes_.resize(read_size());
        for (Node& node : nodes_) {
            node = {read_int(), {read_int(), read_int(), read_int()}};
        }
        text_.resize(read_size());
        read(text_.data(), text_.size());
    }

    void run() {
        std::size_t status = 0;
        try {
            finish();
        } catch (const ShapeError&) {
            status = 1;
        } catch (const std::exception& error) {
            std::fprintf(stderr, "tensors: %s\n", error.what());
            status = 2;
        }
        if (status != 0) {
            result_ = {};
        }
        write_int(status);
        write_int(result_.type);
        write_int(result_.shape.size());
        for (const std::size_t extent : result_.shape) {
            write_int(extent);
        }
        write_int(result_.bytes.size());
        write(result_.bytes.data(), result_.bytes.size());
        for (const std::vector<Element>& buffer : buffers_) {
            write(buffer.data(), buffer.size() * sizeof(Element));
        }
    }

private:
    TensorView<Element> written(int number) {
        const Leaf& leaf = leaves_[static_cast<std::size_t>(number)];
        TensorView<Element> view(buffers_[leaf.buffer].data(), leaf.shape);
        for (const auto& [kind, words] : leaf.steps) {
            view = stepped(view, kind, words);
        }
        return view;
    }
    TensorView<const Element> view(int number) {
        const Leaf& leaf = leaves_[static_cast<std::size_t>(number)];
        TensorView<const Element> view(buffers_[leaf.buffer].data(), leaf.shape);
        for (const auto& [kind, words] : leaf.steps) {
            view = kind == kBroadcast ? view.broadcast_to(words) : stepped(view, kind, words);
        }
        return view;
    }
    const Node& child(const Node& node, int which) const {
        return nodes_[static_cast<std::size_t>(node.operands[which])];
    }

    // function(operand) of a node: what it returns is made in place.
    template <class Function>
    auto use(const Node& node, const Function& function) {
        if (node.op != kLeaf) {
            return node.op == kLess ? function(Operand<Element>(less(node)))
                                    : function(Operand<Element>(expression(node)));
        }
        const TensorView<const Element> leaf = view(node.operands[0]);
        if (node.operands[1] == 1) {
            return function(Operand<Element>(leaf()));  // as a number
        }
        if (node.operands[1] == 2 && leaf.rank() == 2 && (leaf.extent(1) <= 1 || leaf.stride(1) == 1) &&
            (leaf.extent(0) <= 1 || leaf.stride(0) >= leaf.extent(1))) {
            return function(Operand<Element>(MatrixView<const Element>(leaf)));
        }
        return function(Operand<Element>(leaf));
    }
    Mask<Element> less(const Node& node) {
        return use(child(node, 0), [&](const Operand<Element>& a) {
            return use(child(node, 1), [&](const Operand<Element>& b) { return a < b; });
        });
    }
    Expression<Element> expression(const Node& node) {
        return use(child(node, 0), [&](const Operand<Element>& a) {
            switch (node.op) {
                case kSqrt:
                    return thalweg::sqrt(a);
                case kSquare:
                    return thalweg::square(a);
                case kAbs:
                    return thalweg::abs(a);
                default:
                    return use(child(node, 1), [&](const Operand<Element>& b) { return of_two(node, a, b); });
            }
        });
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
            default:
                return use(child(node, 2),
                           [&](const Operand<Element>& c) { return thalweg::where(a < b, b, c); });
        }
    }

    void finish() {
        if (mode_ == kMatmul || mode_ == kEinsum) {
            return use(nodes_[0], [&](const Operand<Element>& a) {
                use(nodes_[1], [&](const Operand<Element>& b) {
                    keep(mode_ == kMatmul ? matmul(a, b) : einsum(text_, a, b));
                });
            });
        }
        if (mode_ == kPrint) {
            return keep_text(to_string(view(0)));
        }
        if (mode_ == kFile) {
            const NpyArray array = view(0);
            return keep(array.as<Tensor<Element>>());
        }
        use(nodes_.back(), [&](const Operand<Element>& source) { write_to(source); });
    }
    void write_to(const Operand<Element>& source) {
        const auto keep_result = [&](const auto& values) { keep(values); };
        switch (mode_) {
            case kNew:
                return make(nodes_.back());
            case kAssign:
                written(out_) = source;
                return;
            case kPlus:
                written(out_) += source;
                return;
            case kMinus:
                written(out_) -= source;
                return;
            case kTimes:
                written(out_) *= source;
                return;
            case kOver:
                written(out_) /= source;
                return;
            case kIntoTensor: {
                Tensor<Element> own(view(out_));
                own.assign(source);
                return keep(own);
            }
            default:
                return axes_given_ ? reduce(mode_ - kFirstReduction, source, keep_result, Axes(axes_))
                                   : reduce(mode_ - kFirstReduction, source, keep_result);
        }
    }
    void make(const Node& node) {
        if (node.op == kLeaf) {
            keep(Tensor<Element>(view(node.operands[0])));
        } else if (node.op == kLess) {
            keep(Tensor<Element>(less(node)));
        } else {
            keep(Tensor<Element>(expression(node)));
        }
    }

    void keep(Element value) { keep(Tensor<Element>(Shape{}, value)); }
    void keep(bool value) { keep(value ? Element(1) : Element(0)); }
    void keep(std::size_t index) { keep(std::vector{index}); }
    void keep(const Tensor<Element>& values) {
        const Shape shape = values.shape();
        result_.shape.assign(shape.begin(), shape.end());
        const auto* const first = reinterpret_cast<const unsigned char*>(values.data());
        result_.bytes.assign(first, first + values.size() * sizeof(Element));
    }
    void keep_text(const std::string& text) { result_ = {2, {}, {text.begin(), text.end()}}; }
    void keep(const std::vector<std::size_t>& indices) { result_ = {1, {indices.size()}, bytes_of(indices)}; }

    int mode_ = 0;
    bool axes_given_ = false;
    std::vector<int> axes_;
    int out_ = 0;
    std::vector<std::vector<Element>> buffers_;
    std::vector<Leaf> leaves_;
    std::vector<Node> nodes_;
    std::string text_;
    Result result_;
};

}  // namespace

int main() {
    run_programs<Interpreter>();
    return 0;
}
