// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "thalweg/communicator.hpp"

#include <algorithm>
#include <cstdint>
#include <exception>
#include <string_view>

#include "parallel/message_of.hpp"
#include "thalweg/simd.hpp"
#include "thalweg/version.hpp"

namespace thalweg {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// A text of each process, in every process.
std::vector<std::string> gather_texts(Communicator& communicator, std::string_view own) {
    const std::size_t size = communicator.size();
    const std::size_t rank = communicator.rank();
    std::vector<std::uint64_t> lengths(size);
    lengths[rank] = own.size();
    communicator.gather(std::as_writable_bytes(std::span(lengths)),
                        std::vector<std::size_t>(size, sizeof(std::uint64_t)));
    const std::vector<std::size_t> counts(lengths.begin(), lengths.end());
    std::vector<std::size_t> begins(size + 1);
    for (std::size_t r = 0; r < size; ++r) {
        begins[r + 1] = begins[r] + counts[r];
    }
    std::string all(begins.back(), '\0');
    std::copy(own.begin(), own.end(), all.begin() + static_cast<std::ptrdiff_t>(begins[rank]));
    communicator.gather(std::as_writable_bytes(std::span(all.data(), all.size())), counts);
    std::vector<std::string> texts;
    texts.reserve(size);
    for (std::size_t r = 0; r < size; ++r) {
        texts.push_back(all.substr(begins[r], counts[r]));
    }
    return texts;
}

std::string process_text(std::size_t rank) {
    return "process " + std::to_string(rank);
}

// A value in a line; names in the order of the list.
std::string lines_of(const Pairs& values) {
    std::string text;
    for (const auto& [name, value] : values) {
        text += value;
        text += '\n';
    }
    return text;
}

std::string_view line_of(std::string_view text, std::size_t number) {
    for (; number > 0; --number) {
        const std::size_t end = text.find('\n');
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    }
    return text.substr(0, text.find('\n'));
}

}  // namespace

Communicator::~Communicator() = default;

void OneProcess::gather(std::span<std::byte> /*all*/, std::span<const std::size_t> /*counts*/) {}
void OneProcess::broadcast(std::span<std::byte> /*bytes*/, std::size_t /*from*/) {}
void OneProcess::send(std::size_t to, std::span<const std::byte> /*message*/) {
    throw CommunicatorError("OneProcess: expected nothing to send, found a message to process " +
                            std::to_string(to));
}
bool OneProcess::receive(std::size_t& /*from*/, std::vector<std::byte>& /*message*/, bool wait) {
    if (wait) {
        throw CommunicatorError("OneProcess: expected nobody to wait for, found a call that waits");
    }
    return false;
}

void together(Communicator& communicator, const char* op, const Callback<void()>& body) {
    if (communicator.size() == 1) {
        return body();
    }
    std::exception_ptr thrown;
    try {
        body();
    } catch (...) {
        thrown = std::current_exception();
    }
    // A message may be empty.
    const auto texts =
        gather_texts(communicator, thrown ? "!" + parallel::message_of(thrown, "body") : std::string());
    if (thrown) {
        std::rethrow_exception(thrown);
    }
    const auto failed =
        std::find_if(texts.begin(), texts.end(), [](const std::string& text) { return !text.empty(); });
    if (failed != texts.end()) {
        throw CommunicatorError(std::string(op) + ": " +
                                process_text(static_cast<std::size_t>(failed - texts.begin())) + ": " +
                                failed->substr(1));
    }
}

void check_alike(Communicator& communicator, const char* op, const Pairs& values) {
    if (communicator.size() == 1) {
        return;
    }
    Pairs all;
    all.emplace_back("version of thalweg", build_info().version);
    const SimdLevel level = active_level();
    all.emplace_back("rounding of products", has_fma(level) ? "with FMA" : "without FMA");
    all.insert(all.end(), values.begin(), values.end());
    const auto texts = gather_texts(communicator, lines_of(all));
    for (std::size_t r = 1; r < texts.size(); ++r) {
        for (std::size_t k = 0; k < all.size(); ++k) {
            const std::string_view expected = line_of(texts[0], k);
            const std::string_view found = line_of(texts[r], k);
            if (expected != found) {
                throw CommunicatorError(std::string(op) + ": " + process_text(r) + " differs in " +
                                        all[k].first + ": expected " + std::string(expected) +
                                        " as in process 0, found " + std::string(found));
            }
        }
    }
}

}  // namespace thalweg
