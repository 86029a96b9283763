// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Products of tensors: matmul, and einsum for what one batched product computes. Letters of both operands and
// the result are batches, those of one operand and the result its rows or columns, those of both operands
// alone are summed.
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "core/shape_check.hpp"
#include "ops/batched_product.hpp"
#include "ops/fold.hpp"
#include "ops/wide.hpp"
#include "thalweg/ops.hpp"

namespace thalweg {
namespace {

using arrays::kMostAxes;
using arrays::Layout;

constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

// Letters, one an axis.
struct Letters {
    std::size_t count = 0;
    char of[kMostAxes] = {};

    std::size_t find(char letter) const noexcept {
        for (std::size_t i = 0; i < count; ++i) {
            if (of[i] == letter) {
                return i;
            }
        }
        return kNowhere;
    }
    bool has(char letter) const noexcept { return find(letter) != kNowhere; }
    void add(char letter) noexcept { of[count++] = letter; }
};

std::string quoted(char letter) {
    return std::string("'") + letter + "'";
}

// "bij,bjk->bik"
class Text {
public:
    explicit Text(std::string_view text) : text_(text) {
        operand(a, "a");
        if (at_ == text_.size() || text_[at_] != ',') {
            fail("',' and the letters of b");
        }
        ++at_;
        operand(b, "b");
        if (at_ == text_.size()) {
            implied();
        } else if (text_.substr(at_, 2) == "->") {
            at_ += 2;
            operand(out, "the result");
            if (at_ != text_.size()) {
                fail("the end");
            }
        } else {
            fail("a letter, '->' or the end");
        }
        check();
    }

    Letters a;
    Letters b;
    Letters out;

private:
    static bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

    [[noreturn]] void fail(const std::string& expected) const {
        const auto byte = at_ < text_.size() ? static_cast<unsigned char>(text_[at_]) : 0U;
        const std::string found = at_ == text_.size()             ? "the end"
                                  : byte >= 0x20U && byte < 0x7fU ? quoted(text_[at_])
                                                                  : "byte " + std::to_string(byte);
        throw ShapeError("einsum: at " + std::to_string(at_) + " expected " + expected + ", found " + found);
    }
    void operand(Letters& letters, const char* name) {
        for (; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            if (c == ' ') {
                continue;
            }
            if (!is_letter(c)) {
                return;
            }
            if (letters.has(c)) {
                throw ShapeError("einsum: expected each letter once in " + std::string(name) + ", found " +
                                 quoted(c) + " twice: a diagonal is no product");
            }
            if (letters.count == kMostAxes) {
                throw ShapeError("einsum: expected at most " + std::to_string(kMostAxes) + " letters in " +
                                 name + ", found " + quoted(c) + " as well");
            }
            letters.add(c);
        }
    }
    // NumPy's: the letters of one operand only, in the order of their codes.
    void implied() {
        std::string single;
        for (const Letters* letters : {&a, &b}) {
            for (std::size_t i = 0; i < letters->count; ++i) {
                if (a.has(letters->of[i]) != b.has(letters->of[i])) {
                    single += letters->of[i];
                }
            }
        }
        std::sort(single.begin(), single.end());
        if (single.size() > kMostAxes) {
            throw ShapeError("einsum: expected at most " + std::to_string(kMostAxes) +
                             " letters in the result, found \"" + single + "\"");
        }
        for (const char letter : single) {
            out.add(letter);
        }
    }
    void check() const {
        for (std::size_t i = 0; i < out.count; ++i) {
            if (!a.has(out.of[i]) && !b.has(out.of[i])) {
                throw ShapeError("einsum: " + quoted(out.of[i]) + " of the result is in neither operand");
            }
        }
        check_alone(a, b, "a");
        check_alone(b, a, "b");
    }
    void check_alone(const Letters& letters, const Letters& others, const char* name) const {
        for (std::size_t i = 0; i < letters.count; ++i) {
            const char letter = letters.of[i];
            if (!others.has(letter) && !out.has(letter)) {
                throw ShapeError("einsum: " + quoted(letter) + " is in " + name +
                                 " alone, which is a sum and no product: sum(" + name + ", Axes{" +
                                 std::to_string(i) + "}) first");
            }
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

// What becomes of the letters.
struct Roles {
    Letters batch;
    Letters left;
    Letters right;
    Letters summed;
};

// The order of the result decides which operand is on the left: a product has the same bits either way.
Roles roles_of(const Letters& a, const Letters& b, const Letters& out) {
    Roles roles;
    for (std::size_t i = 0; i < out.count; ++i) {
        const char letter = out.of[i];
        (!b.has(letter) ? roles.left : !a.has(letter) ? roles.right : roles.batch).add(letter);
    }
    for (std::size_t i = 0; i < a.count; ++i) {
        if (!out.has(a.of[i])) {
            roles.summed.add(a.of[i]);
        }
    }
    return roles;
}

void add(Layout& layout, std::size_t extent, std::size_t stride) noexcept {
    layout.extents[layout.rank] = extent;
    layout.strides[layout.rank++] = stride;
}

// The axes of some letters, in their order, after those that are there.
void take(const Layout& from, const Letters& letters, const Letters& wanted, Layout& to) noexcept {
    for (std::size_t i = 0; i < wanted.count; ++i) {
        const std::size_t axis = letters.find(wanted.of[i]);
        add(to, axis == kNowhere ? 1 : from.extents[axis], axis == kNowhere ? 0 : from.strides[axis]);
    }
}

void check_rank(const char* name, const Letters& letters, const Layout& layout) {
    if (letters.count != layout.rank) {
        throw ShapeError("einsum: expected " + std::to_string(letters.count) + " axes of " + name +
                         ", one a letter, found " + check::shape_text(layout));
    }
}

template <class T>
class Einsum {
public:
    Einsum(const Text& text, const TensorView<const T>& a, const TensorView<const T>& b)
        : out_(text.out), a_(a), b_(b), a_letters_(text.a), b_letters_(text.b) {
        check_rank("a", a_letters_, a.layout());
        check_rank("b", b_letters_, b.layout());
        for (std::size_t i = 0; i < a_letters_.count; ++i) {
            const std::size_t other = b_letters_.find(a_letters_.of[i]);
            if (other != kNowhere && a.layout().extents[i] != b.layout().extents[other]) {
                throw ShapeError("einsum: " + quoted(a_letters_.of[i]) + " must be one length, found " +
                                 std::to_string(a.layout().extents[i]) + " in a and " +
                                 std::to_string(b.layout().extents[other]) + " in b");
            }
        }
        roles_ = roles_of(a_letters_, b_letters_, out_);
    }

    Tensor<T> result() {
        if (roles_.summed.count == 0) {
            return TensorView<const T>(a_.data(), spread(a_, a_letters_)) *
                   TensorView<const T>(b_.data(), spread(b_, b_letters_));
        }
        if (roles_.left.count != 0 && roles_.right.count != 0 &&
            out_.find(roles_.right.of[0]) < out_.find(roles_.left.of[0])) {
            std::swap(a_, b_);
            std::swap(a_letters_, b_letters_);
            std::swap(roles_.left, roles_.right);
        }
        Letters order;
        Layout shape;
        shape.rank = 0;
        for (const Letters* letters : {&roles_.batch, &roles_.left, &roles_.right}) {
            for (std::size_t i = 0; i < letters->count; ++i) {
                const std::size_t axis = a_letters_.find(letters->of[i]);
                order.add(letters->of[i]);
                add(shape,
                    axis != kNowhere ? a_.layout().extents[axis]
                                     : b_.layout().extents[b_letters_.find(letters->of[i])],
                    1);
            }
        }
        Tensor<T> product(arrays::shape_of(shape), detail::Uninitialized{});
        ops::batched_product(factor(a_, a_letters_, roles_.left, roles_.summed),
                             factor(b_, b_letters_, roles_.summed, roles_.right), product.shape(),
                             roles_.batch.count, product.data());
        if (std::equal(order.of, order.of + order.count, out_.of)) {
            return product;
        }
        Layout turned;
        turned.rank = 0;
        take(product.layout(), order, out_, turned);
        return Tensor<T>(TensorView<const T>(product.data(), turned));
    }

private:
    Layout spread(const TensorView<const T>& x, const Letters& letters) const noexcept {
        Layout layout;
        layout.rank = 0;
        take(x.layout(), letters, out_, layout);
        return layout;
    }
    ops::Factor<T> factor(const TensorView<const T>& x, const Letters& letters, const Letters& rows,
                          const Letters& cols) const noexcept {
        Layout layout;
        layout.rank = 0;
        take(x.layout(), letters, roles_.batch, layout);
        take(x.layout(), letters, rows, layout);
        take(x.layout(), letters, cols, layout);
        return {TensorView<const T>(x.data(), layout), roles_.batch.count, rows.count};
    }

    Letters out_;
    TensorView<const T> a_;
    TensorView<const T> b_;
    Letters a_letters_;
    Letters b_letters_;
    Roles roles_;
};

// An operand of einsum or matmul as it lies, or computed.
template <class T>
class Read {
public:
    explicit Read(const Operand<T>& x) {
        if (!x.wide() && x.program() == nullptr && !x.leaf().is_number()) {
            const arrays::Leaf<T> leaf = x.leaf();
            view_ = MatrixView<const T>(leaf.data, leaf.rows, leaf.cols, leaf.ld);
        } else {
            tensor_.emplace(x);
            view_ = tensor_->view();
        }
    }
    const TensorView<const T>& view() const noexcept { return view_; }

private:
    std::optional<ops::ComputedTensor<T>> tensor_;
    TensorView<const T> view_;
};

template <class T>
Tensor<T> multiplied(const Operand<T>& a, const Operand<T>& b) {
    const Read<T> a_read(a);
    const Read<T> b_read(b);
    TensorView<const T> x = a_read.view();
    TensorView<const T> y = b_read.view();
    const bool row = x.rank() == 1;
    const bool column = y.rank() == 1;
    const std::string found = check::shape_text(x.layout()) + " and " + check::shape_text(y.layout());
    if (x.rank() == 0 || y.rank() == 0) {
        throw ShapeError("matmul: expected at least one axis of each, found " + found);
    }
    x = row ? x.expand_dims(0) : x;
    y = column ? y.expand_dims(1) : y;
    if (x.extent(-1) != y.extent(-2)) {
        throw ShapeError("matmul: a must have as many columns as b has rows, found " + found);
    }
    arrays::Extents batch = ops::extents_of(x.layout());
    const arrays::Extents other = ops::extents_of(y.layout());
    batch.of[0] = y.extent(-1);
    batch.rank = std::max(batch.rank, other.rank);
    for (std::size_t k = 2; k < kMostAxes; ++k) {
        if (batch.of[k] != other.of[k] && batch.of[k] != 1 && other.of[k] != 1) {
            throw ShapeError("matmul: batches must be alike, or 1 where they differ, found " + found);
        }
        batch.of[k] = batch.of[k] == 1 ? other.of[k] : batch.of[k];
    }
    const Shape shape = arrays::shape_of(ops::layout_of(batch));
    Tensor<T> out(shape, detail::Uninitialized{});
    ops::batched_product({x, x.rank() - 2, 1}, {y, y.rank() - 2, 1}, shape, batch.rank - 2, out.data());
    if (!row && !column) {
        return out;
    }
    // The axis that was put in is taken out again.
    Layout layout;
    layout.rank = 0;
    for (std::size_t i = 0; i < out.rank(); ++i) {
        if (!(row && i + 2 == out.rank()) && !(column && i + 1 == out.rank())) {
            add(layout, shape[i], out.layout().strides[i]);
        }
    }
    return Tensor<T>(TensorView<const T>(out.data(), layout));
}

}  // namespace

Tensor<float> matmul(const Operand<float>& a, const Operand<float>& b) {
    return multiplied(a, b);
}
Tensor<double> matmul(const Operand<double>& a, const Operand<double>& b) {
    return multiplied(a, b);
}

Tensor<float> einsum(std::string_view text, const Operand<float>& a, const Operand<float>& b) {
    const Read<float> x(a);
    const Read<float> y(b);
    return Einsum<float>(Text(text), x.view(), y.view()).result();
}
Tensor<double> einsum(std::string_view text, const Operand<double>& a, const Operand<double>& b) {
    const Read<double> x(a);
    const Read<double> y(b);
    return Einsum<double>(Text(text), x.view(), y.view()).result();
}

}  // namespace thalweg
