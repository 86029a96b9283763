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
namespace {

// Leaf i is leaf (twins >> 4 i & 15), which comes first. Only where (a - b) * (a - b) has room.
template <class T>
std::uint64_t twins_of(const arrays::Program<T>& program) noexcept {
    std::uint64_t twins = 0x76543210;
    const arrays::Leaf<T>* const leaves = program.leaves();
    const std::size_t count = program.leaf_count();
    for (std::size_t i = 2; count >= 4 && i < count; ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (leaves[i].data != nullptr && leaves[i].data == leaves[j].data &&
                leaves[i].rows == leaves[j].rows && leaves[i].cols == leaves[j].cols &&
                leaves[i].ld == leaves[j].ld) {
                twins = (twins & ~(std::uint64_t{15} << 4 * i)) | std::uint64_t{j} << 4 * i;
                break;
            }
        }
    }
    return twins;
}

}  // namespace

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
    plan_ = &plan_for(program);
    measure_scratch();
}

template <class T>
const ArrayPlan& Prepared<T>::plan_for(const arrays::Program<T>& program) const {
    const auto is_number = [this](std::size_t i) {
        return layouts_[i] == Layout::kNumber || (layouts_[i] == Layout::kColumn && cut_ == Cut::kRows);
    };
    if (program.few()) {
        std::uint64_t numbers = 0;
        for (std::size_t i = 0; i < layouts_.size(); ++i) {
            numbers |= std::uint64_t{is_number(i) ? 1U : 0U} << i;
        }
        return plan_of({program.op_count(), program.words(), numbers, twins_of(program), nullptr, nullptr});
    }
    InlineVector<bool, 64> numbers;
    for (std::size_t i = 0; i < layouts_.size(); ++i) {
        numbers.push_back(is_number(i));
    }
    InlineVector<arrays::Op, 64> ops;
    for (std::size_t i = 0; i < program.op_count(); ++i) {
        ops.push_back(program.op(i));
    }
    return plan_of({program.op_count(), nullptr, 0, 0, ops.data(), numbers.data()});
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
    const std::size_t bytes = (inputs + 63) / 64 * 64 + plan_->tiles * kernels::kKeptBytes +
                              (plan_->buffers + copies_) * kBlock * sizeof(T);
    scratch_bytes_ = bytes <= Runner<T>::kNearBytes ? 0 : bytes;
}

template <class T>
Runner<T>::Runner(const Prepared<T>& prepared, unsigned char* scratch) noexcept
    : prepared_(prepared), bound_{*prepared.plan_, dispatch::active<T>(), nullptr, nullptr, nullptr} {
    unsigned char* const memory = prepared.scratch_bytes_ == 0 ? near_ : scratch;
    const std::size_t count = prepared.layouts_.size();
    bound_.inputs = reinterpret_cast<kernels::ArrayInput<T>*>(memory);
    void* const behind = memory + (count * sizeof(kernels::ArrayInput<T>) + 63) / 64 * 64;
    bound_.tiles = static_cast<T*>(behind);
    bound_.buffers = bound_.tiles + bound_.plan.tiles * BoundPlan<T>::kTile;
    copies_ = bound_.buffers + bound_.plan.buffers * kBlock;
    T* copy = copies_;
    for (std::size_t i = 0; i < count; ++i) {
        const arrays::Leaf<T>& leaf = prepared.leaves_[i];
        const Layout layout = prepared.layouts_[i];
        const bool number = layout == Layout::kNumber;
        bound_.inputs[i] = {number ? nullptr : leaf.data,
                            number && leaf.data != nullptr ? *leaf.data : leaf.value, false};
        if (prepared.cut_ != Cut::kStrips || number || layout == Layout::kFlat) {
            continue;
        }
        for (std::size_t r = 0; layout == Layout::kRow && r < prepared.rows_a_strip_; ++r) {
            std::copy_n(leaf.data, prepared.cols_, copy + r * prepared.cols_);
        }
        bound_.inputs[i].data = copy;
        copy += kBlock;
    }
}

template <class T>
void Runner<T>::move_to(std::size_t first) noexcept {
    for (std::size_t i = 0; i < prepared_.layouts_.size(); ++i) {
        if (bound_.inputs[i].data != nullptr) {
            bound_.inputs[i].data = prepared_.leaves_[i].data + first;
        }
    }
}

template <class T>
void Runner<T>::flat(std::size_t first, std::size_t n, T* out) noexcept {
    move_to(first);
    bound_.run(n, out);
}

template <class T>
bool Runner<T>::sum(std::size_t first, std::size_t n, T* kept) noexcept {
    move_to(first);
    return bound_.sum(n, kept);
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
                bound_.inputs[l] = {nullptr, leaf.data[i * leaf.ld], false};
                break;
            default:
                bound_.inputs[l].data = leaf.data + i * leaf.ld;
                break;
        }
    }
    bound_.run(prepared_.cols_, out);
}

template <class T>
void Runner<T>::strip(std::size_t first, std::size_t count, T* out, std::size_t ld) noexcept {
    const std::size_t cols = prepared_.cols_;
    for (std::size_t l = 0; l < prepared_.layouts_.size(); ++l) {
        const arrays::Leaf<T>& leaf = prepared_.leaves_[l];
        T* const copy = const_cast<T*>(bound_.inputs[l].data);  // ours, where one is made
        switch (prepared_.layouts_[l]) {
            case Layout::kFlat:
                bound_.inputs[l].data = leaf.data + first * cols;
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
    bound_.run(count * cols, result);
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
        if (alike && leaf.data == out.data() && leaf.ld == out.ld()) {
            continue;
        }
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

// Short arrays are many, and preparing would take longer than computing. Where at a glance nothing has
// gaps, is repeated or overlaps, and one thread does it in one segment, there is nothing to prepare.
template <class T>
bool run_short(const Program<T>& program, const MatrixView<T>& out) {
    constexpr std::size_t kShort = 4096;
    const std::size_t size = out.size();
    if (!program.few() || size > kShort || !out.contiguous() || program.rows() != out.rows() ||
        program.cols() != out.cols()) {
        return false;
    }
    kernels::ArrayInput<T> inputs[Program<T>::kLeaves];
    std::uint64_t numbers = 0;
    const Leaf<T>* const leaves = program.leaves();
    for (std::size_t i = 0; i < program.leaf_count(); ++i) {
        const Leaf<T>& leaf = leaves[i];
        inputs[i] = {leaf.data, leaf.value, false};
        if (leaf.is_number()) {
            numbers |= std::uint64_t{1} << i;
            continue;
        }
        const auto read = reinterpret_cast<std::uintptr_t>(leaf.data);
        const auto written = reinterpret_cast<std::uintptr_t>(out.data());
        const std::size_t distance = read < written ? written - read : read - written;
        if (leaf.rows != out.rows() || leaf.cols != out.cols() || (leaf.ld != leaf.cols && leaf.rows != 1) ||
            (distance != 0 && distance < size * sizeof(T))) {
            return false;
        }
    }
    const ops::ArrayPlan& plan = ops::plan_of(
        {program.op_count(), program.words(), numbers, ops::twins_of(program), nullptr, nullptr});
    constexpr std::size_t kTiles = 2;
    if (plan.blocked || plan.tiles > kTiles) {
        return false;
    }
    // cppcheck-suppress legacyUninitvar
    alignas(64) T tiles[kTiles * ops::BoundPlan<T>::kTile];
    const core::FloatControlScope standard;
    ops::BoundPlan<T>{plan, dispatch::active<T>(), inputs, tiles, nullptr}.run(size, out.data());
    return true;
}

template <class T>
void evaluate_any(const Program<T>& program, const MatrixView<T>& out) {
    if (out.empty() || run_short(program, out)) {
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

void evaluate(const Program<float>& program, const MatrixView<float>& out) {
    evaluate_any(program, out);
}
void evaluate(const Program<double>& program, const MatrixView<double>& out) {
    evaluate_any(program, out);
}

}  // namespace thalweg::arrays
