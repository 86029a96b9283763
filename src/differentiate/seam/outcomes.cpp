// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Outcomes as bytes, for a server that carries them to other processes: number, length of a message (0 for
// values), values or message.
#include <algorithm>
#include <cstring>

#include "differentiate/seam/batch.hpp"
#include "parallel/message_of.hpp"
#include "thalweg/error.hpp"

namespace thalweg::detail {
namespace {

struct Head {
    std::uint64_t k;
    std::uint64_t message;  // its length and 1; 0 for values
};

void put(std::vector<std::byte>& bytes, const void* from, std::size_t count) {
    const auto* const first = static_cast<const std::byte*>(from);
    bytes.insert(bytes.end(), first, first + count);
}

}  // namespace

void Batch::put_outcome(std::size_t k, std::vector<std::byte>& outcomes) const {
    if (states_[k] == State::kDone) {
        const Head head{k, 0};
        put(outcomes, &head, sizeof head);
        put(outcomes, row(k).data(), row(k).size_bytes());
    } else if (states_[k] == State::kFailed) {
        const std::lock_guard<std::mutex> lock(mutex_);
        const std::string& message = messages_.at(k);
        const Head head{k, message.size() + 1};
        put(outcomes, &head, sizeof head);
        put(outcomes, message.data(), message.size());
    }
}

// Takes the first of the outcomes, the mutex being held; returns its length.
std::size_t Batch::take_outcome(std::span<const std::byte> outcomes, bool kept) {
    Head head{};
    const auto damaged = [&] {
        throw IoError(std::string(seam_.op_) + ": outcomes of a server are damaged");
    };
    if (outcomes.size() < sizeof head) {
        damaged();
    }
    std::memcpy(&head, outcomes.data(), sizeof head);
    outcomes = outcomes.subspan(sizeof head);
    const auto k = static_cast<std::size_t>(head.k);
    if (head.k >= size() ||
        outcomes.size() < (head.message == 0 ? outputs() * sizeof(double) : head.message - 1)) {
        damaged();
    }
    if (head.message == 0) {
        if (accepted_[k] == 0) {
            std::memcpy(row(k).data(), outcomes.data(), outputs() * sizeof(double));
            states_[k] = State::kDone;
        }
        outcomes = outcomes.first(outputs() * sizeof(double));
    } else {
        outcomes = outcomes.first(static_cast<std::size_t>(head.message - 1));
        const std::string text(reinterpret_cast<const char*>(outcomes.data()), outcomes.size());
        if (messages_.emplace(k, text).second) {  // or it was thrown here
            states_[k] = State::kFailed;
            failed(k, std::make_exception_ptr(EvaluationError(text)));
        }
    }
    if (accepted_[k] == 0) {
        accepted_[k] = 1;
        if (!kept) {
            keep(k, k + 1);
        }
    }
    return sizeof head + outcomes.size();
}

void Batch::compute(std::size_t first, std::size_t last, std::vector<std::byte>& outcomes) {
    const std::lock_guard<std::mutex> lock(computing_);
    run(first, last);
    for (std::size_t k = first; k < last; ++k) {
        put_outcome(k, outcomes);
    }
}

void Batch::accept(std::span<const std::byte> outcomes) {
    const std::lock_guard<std::mutex> lock(mutex_);
    try {
        while (!outcomes.empty()) {
            outcomes = outcomes.subspan(take_outcome(outcomes, false));
        }
    } catch (...) {
        stopping_ = stopping_ ? stopping_ : std::current_exception();
        stopped_ = true;
    }
}

// known: what other processes are to hear of it.
void Batch::read_journal(std::vector<std::byte>& known) {
    keys_.resize(size());
    for (std::size_t k = 0; k < size(); ++k) {
        keys_[k] = Journal::key(points_, k);
        const double* const values = seam_.journal_->find(keys_[k]);
        if (values == nullptr) {
            continue;
        }
        std::copy_n(values, outputs(), row(k).begin());
        states_[k] = State::kDone;
        ++seam_.from_journal_;
        ++seam_.done_;
        if (served()) {
            put_outcome(k, known);
        }
    }
}

void Batch::take_journal() {
    if (!seam_.keeps_) {
        return;
    }
    std::vector<std::byte> known;
    if (seam_.journal_ != nullptr) {
        read_journal(known);
    }
    if (served()) {
        options().server->share(known);
        const std::span<const std::byte> all(known);
        for (std::size_t at = 0; at < all.size();) {
            at += take_outcome(all.subspan(at), true);
        }
    }
}

// Throws what ends the call in every process.
void Batch::finish() {
    if (served()) {
        std::vector<std::byte> why;
        if (stopping_) {
            const std::string text = parallel::message_of(stopping_, "f");
            put(why, text.data(), text.size());
        }
        options().server->share(why);
        if (!stopping_ && !why.empty()) {
            const std::string text(reinterpret_cast<const char*>(why.data()), why.size());
            stopping_ = std::make_exception_ptr(EvaluationsCancelled(text));
        }
    }
    if (stopping_) {
        std::rethrow_exception(stopping_);
    }
    // A process that failed outside of f has computed nothing, and its own exception has said why there.
    const auto open = std::find(states_.begin(), states_.end(), State::kOpen);
    const auto computed = static_cast<std::size_t>(open - states_.begin());
    if (served() && open != states_.end() && computed < lowest_) {
        throw EvaluationError(
            std::string(seam_.op_) +
            ": expected every evaluation to be computed by some process, found evaluation " +
            std::to_string(computed) + " by none");
    }
}

}  // namespace thalweg::detail
