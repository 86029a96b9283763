// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Prepares and runs recorded programs: evaluate.hpp has the idea.
#include "ops/evaluate.hpp"

#include <algorithm>

#include "core/scratch_buffer.hpp"
#include "core/shape_check.hpp"
#include "parallel/grain.hpp"
#include "parallel/team.hpp"

namespace thalweg::ops {

template <class T>
Prepared<T>::Prepared(const arrays::Program<T>& program, bool out_flat)
    : leaves_(program.leaves()), rows_(program.rows()), cols_(program.cols()) {
    for (std::size_t i = 0; i < program.leaf_count(); ++i) {
        const arrays::Leaf<T>& leaf = leaves_[i];
        Layout layout = Layout::kGaps;
        if (leaf.rows == 1 && leaf.cols == 1 && (leaf.is_number() || rows_ * cols_ != 1)) {
            layout = Layout::kNumber;
        } else if (leaf.rows == rows_ && leaf.cols == cols_) {
            layout = leaf.ld == cols_ || rows_ == 1 ? Layout::kFlat : Layout::kGaps;
        } else {
            layout = leaf.rows == 1 ? Layout::kRow : Layout::kColumn;
        }
        layouts_.push_back(layout);
    }
    choose_cut(out_flat);
    InlineVector<bool, 16> number;
    for (std::size_t i = 0; i < layouts_.size(); ++i) {
        number.push_back(layouts_[i] == Layout::kNumber ||
                         (layouts_[i] == Layout::kColumn && cut_ == Cut::kRows));
    }
    make_plan(program.ops(), program.op_count(), number.data(), plan_);
    measure_scratch();
}

template <class T>
void Prepared<T>::choose_cut(bool out_flat) noexcept {
    bool flat = out_flat;
    for (std::size_t i = 0; i < layouts_.size(); ++i) {
        flat = flat && (layouts_[i] == Layout::kNumber || layouts_[i] == Layout::kFlat);
    }
    if (flat) {
        return;
    }
    cut_ = cols_ < kShortRow && rows_ > 1 ? Cut::kStrips : Cut::kRows;
    if (cut_ == Cut::kStrips) {
        rows_a_strip_ = kBlock / (cols_ == 0 ? 1 : cols_);
        copy_out_ = !out_flat;
        copies_ = copy_out_ ? 1 : 0;
        for (std::size_t i = 0; i < layouts_.size(); ++i) {
            copies_ += layouts_[i] == Layout::kNumber || layouts_[i] == Layout::kFlat ? 0 : 1;
        }
    }
}

// Inputs, tiles, buffers, copies, one after the other.
template <class T>
void Prepared<T>::measure_scratch() noexcept {
    const std::size_t inputs = layouts_.size() * sizeof(kernels::ArrayInput<T>);
    const std::size_t bytes = (inputs + 63) / 64 * 64 + plan_.tiles * kernels::kKeptBytes +
                              (plan_.buffers + copies_) * kBlock * sizeof(T);
    scratch_bytes_ = bytes <= Runner<T>::kNearBytes ? 0 : bytes;
}

template <class T>
Runner<T>::Runner(const Prepared<T>& prepared, unsigned char* scratch) noexcept
    : prepared_(prepared), kernels_(dispatch::active<T>()) {
    unsigned char* const memory = prepared.scratch_bytes_ == 0 ? near_ : scratch;
    const std::size_t count = prepared.layouts_.size();
    inputs_ = reinterpret_cast<kernels::ArrayInput<T>*>(memory);
    tiles_ = reinterpret_cast<T*>(memory + (count * sizeof(kernels::ArrayInput<T>) + 63) / 64 * 64);
    buffers_ = tiles_ + prepared.plan_.tiles * (kernels::kKeptBytes / sizeof(T));
    copies_ = buffers_ + prepared.plan_.buffers * kBlock;
    T* copy = copies_;
    for (std::size_t i = 0; i < count; ++i) {
        const arrays::Leaf<T>& leaf = prepared.leaves_[i];
        const Layout layout = prepared.layouts_[i];
        const bool number = layout == Layout::kNumber;
        inputs_[i] = {number ? nullptr : leaf.data, number && leaf.data != nullptr ? *leaf.data : leaf.value,
                      false};
        if (prepared.cut_ != Cut::kStrips || number || layout == Layout::kFlat) {
            continue;
        }
        for (std::size_t r = 0; layout == Layout::kRow && r < prepared.rows_a_strip_; ++r) {
            std::copy_n(leaf.data, prepared.cols_, copy + r * prepared.cols_);
        }
        inputs_[i].data = copy;
        copy += kBlock;
    }
}

template <class T>
kernels::ArrayInput<T> Runner<T>::input(const Place& place, std::size_t at) const noexcept {
    switch (place.kind) {
        case Place::kLeaf:
            return {inputs_[place.index].data + at, T(0), false};
        case Place::kNumber:
            return {nullptr, inputs_[place.index].value, false};
        case Place::kTile:
            return {tiles_ + place.index * (kernels::kKeptBytes / sizeof(T)), T(0), true};
        case Place::kBuffer:
            return {buffers_ + place.index * kBlock, T(0), false};
        default:
            return {nullptr, T(0), false};
    }
}

template <class T>
T* Runner<T>::output(const Place& place, T* out) const noexcept {
    switch (place.kind) {
        case Place::kTile:
            return tiles_ + place.index * (kernels::kKeptBytes / sizeof(T));
        case Place::kBuffer:
            return buffers_ + place.index * kBlock;
        default:
            return out;
    }
}

template <class T>
void Runner<T>::function(const Segment& segment, std::size_t at, std::size_t n, T* out) const noexcept {
    const T* const x = input(segment.in, at).data;
    T* const y = output(segment.out, out);
    switch (segment.function) {
        case arrays::Op::kExp:
            return kernels_.exp(x, y, n);
        case arrays::Op::kLog:
            return kernels_.log(x, y, n);
        case arrays::Op::kSigmoid:
            return kernels_.sigmoid(x, y, n);
        default:
            return kernels_.sigmoid_grad(x, y, n);
    }
}

// Elements [at, at + n) of the piece.
template <class T>
void Runner<T>::run_block(std::size_t at, std::size_t n, T* out) noexcept {
    const ArrayPlan& plan = prepared_.plan_;
    kernels::ArrayStep<T> steps[kernels::kMostArraySteps];
    for (std::size_t s = 0; s < plan.segments.size(); ++s) {
        const Segment& segment = plan.segments[s];
        if (segment.function != arrays::Op::kLeaf) {
            function(segment, at, n, out);
            continue;
        }
        for (std::size_t k = 0; k < segment.count; ++k) {
            const PlannedStep& step = plan.steps[segment.first + k];
            steps[k] = {step.form,
                        step.op,
                        step.then,
                        {input(step.in[0], at), input(step.in[1], at), input(step.in[2], at)},
                        output(step.out, out)};
        }
        kernels_.array(steps, segment.count, n);
    }
}

// A piece of n elements.
template <class T>
void Runner<T>::run(std::size_t n, T* out) noexcept {
    const ArrayPlan& plan = prepared_.plan_;
    // One function of one array needs no buffer, and no blocks.
    const std::size_t block = plan.blocked && plan.buffers != 0 ? kBlock : n;
    for (std::size_t at = 0; at < n; at += block) {
        run_block(at, std::min(block, n - at), out + at);
    }
}

template <class T>
void Runner<T>::flat(std::size_t first, std::size_t n, T* out) noexcept {
    for (std::size_t i = 0; i < prepared_.layouts_.size(); ++i) {
        if (inputs_[i].data != nullptr) {
            inputs_[i].data = prepared_.leaves_[i].data + first;
        }
    }
    run(n, out);
}

template <class T>
void Runner<T>::row(std::size_t i, T* out) noexcept {
    for (std::size_t l = 0; l < prepared_.layouts_.size(); ++l) {
        const arrays::Leaf<T>& leaf = prepared_.leaves_[l];
        switch (prepared_.layouts_[l]) {
            case Layout::kNumber:
            case Layout::kRow:
                break;
            case Layout::kColumn:
                inputs_[l] = {nullptr, leaf.data[i * leaf.ld], false};
                break;
            default:
                inputs_[l].data = leaf.data + i * leaf.ld;
                break;
        }
    }
    run(prepared_.cols_, out);
}

template <class T>
void Runner<T>::strip(std::size_t first, std::size_t count, T* out, std::size_t ld) noexcept {
    const std::size_t cols = prepared_.cols_;
    for (std::size_t l = 0; l < prepared_.layouts_.size(); ++l) {
        const arrays::Leaf<T>& leaf = prepared_.leaves_[l];
        T* const copy = const_cast<T*>(inputs_[l].data);  // ours, where one is made
        switch (prepared_.layouts_[l]) {
            case Layout::kFlat:
                inputs_[l].data = leaf.data + first * cols;
                break;
            case Layout::kColumn:
                for (std::size_t r = 0; r < count; ++r) {
                    std::fill_n(copy + r * cols, cols, leaf.data[(first + r) * leaf.ld]);
                }
                break;
            case Layout::kGaps:
                for (std::size_t r = 0; r < count; ++r) {
                    std::copy_n(leaf.data + (first + r) * leaf.ld, cols, copy + r * cols);
                }
                break;
            default:
                break;
        }
    }
    T* const result = prepared_.copy_out_ ? copies_ + (prepared_.copies_ - 1) * kBlock : out;
    run(count * cols, result);
    for (std::size_t r = 0; prepared_.copy_out_ && r < count; ++r) {
        std::copy_n(result + r * cols, cols, out + r * ld);
    }
}

template <class T>
void Runner<T>::rows(std::size_t first, std::size_t last, T* out, std::size_t ld) noexcept {
    if (prepared_.cut_ == Cut::kStrips) {
        for (std::size_t i = first; i < last; i += prepared_.rows_a_strip_) {
            strip(i, std::min(prepared_.rows_a_strip_, last - i), out + (i - first) * ld, ld);
        }
        return;
    }
    for (std::size_t i = first; i < last; ++i) {
        row(i, out + (i - first) * ld);
    }
}

template <class T>
unsigned char* scratch_of(const Prepared<T>& prepared, std::size_t team) {
    thread_local ScratchBuffer buffer;
    const std::size_t bytes = prepared.scratch_bytes() * team;
    return bytes == 0 ? nullptr : buffer.reserve<unsigned char>(bytes);
}

template unsigned char* scratch_of(const Prepared<float>& prepared, std::size_t team);
template unsigned char* scratch_of(const Prepared<double>& prepared, std::size_t team);
template class Prepared<float>;
template class Prepared<double>;
template class Runner<float>;
template class Runner<double>;

}  // namespace thalweg::ops

namespace thalweg::arrays {
namespace {

// Whether out may be written while the operands are read: it is apart from each, or it is one.
template <class T>
bool writes_in_place(const Program<T>& program, const MatrixView<T>& out) {
    const check::Region written = check::region("out", out);
    for (std::size_t i = 0; i < program.leaf_count(); ++i) {
        const Leaf<T>& leaf = program.leaves()[i];
        if (leaf.is_number()) {
            continue;
        }
        const bool alike = leaf.rows == out.rows() && leaf.cols == out.cols();
        const MatrixView<const T> read(leaf.data, leaf.rows, leaf.cols, leaf.ld);
        if (check::shares(written, check::region("x", read),
                          alike ? check::Alias::kSame : check::Alias::kNone)) {
            return false;
        }
    }
    return true;
}

template <class T>
void run(const Program<T>& program, const MatrixView<T>& out) {
    const ops::Prepared<T> prepared(program, out.contiguous());
    const std::size_t grain = prepared.has_functions() ? parallel::kMathGrain : parallel::kArithmeticGrain;
    const std::size_t team = parallel::team_size(out.size(), grain);
    unsigned char* const scratch = ops::scratch_of(prepared, team);
    parallel::run(team, [&](parallel::Part part) {
        ops::Runner<T> runner(prepared, scratch + part.index * prepared.scratch_bytes());
        if (prepared.cut() == ops::Prepared<T>::Cut::kFlat) {
            const auto [first, last] = part.share(out.size(), 64);
            runner.flat(first, last - first, out.data() + first);
            return;
        }
        const auto [first, last] = part.share(out.rows(), prepared.rows_a_strip());
        runner.rows(first, last, out.data() + first * out.ld(), out.ld());
    });
}

template <class T>
void evaluate_any(const Program<T>& program, const MatrixView<T>& out) {
    if (out.empty()) {
        return;
    }
    if (!writes_in_place(program, out)) {
        Matrix<T> result(out.rows(), out.cols(), thalweg::detail::Uninitialized{});
        evaluate_any(program, result.view());
        for (std::size_t i = 0; i < out.rows(); ++i) {
            std::copy_n(result.data() + i * out.cols(), out.cols(), out.data() + i * out.ld());
        }
        return;
    }
    if (program.rows() == out.rows() && program.cols() == out.cols()) {
        run(program, out);
        return;
    }
    // Broadcast as a whole: assign() of a row, a column or a number.
    Matrix<T> once(program.rows(), program.cols(), thalweg::detail::Uninitialized{});
    run(program, once.view());
    Program<T> spread;
    spread.set_shape(out.rows(), out.cols());
    spread.append(Leaf<T>{once.data(), once.rows(), once.cols(), once.ld(), T(0)});
    run(spread, out);
}

}  // namespace

void evaluate(const Program<float>& program, MatrixView<float> out) {
    evaluate_any(program, out);
}
void evaluate(const Program<double>& program, MatrixView<double> out) {
    evaluate_any(program, out);
}

}  // namespace thalweg::arrays
