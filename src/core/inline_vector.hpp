// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A vector of trivial elements whose first few need no allocation.
#pragma once

#include <cstddef>
#include <cstring>
#include <new>
#include <type_traits>

namespace thalweg {

template <class Element, std::size_t kInside>
class InlineVector {
    static_assert(std::is_trivially_copyable_v<Element>);

public:
    // cppcheck-suppress uninitMemberVar
    InlineVector() noexcept {}  // NOLINT(modernize-use-equals-default): the elements stay as they are
    InlineVector(const InlineVector&) = delete;
    InlineVector& operator=(const InlineVector&) = delete;
    ~InlineVector() {
        if (data_ != inside_) {
            ::operator delete(data_);
        }
    }

    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }
    Element* data() noexcept { return data_; }
    const Element* data() const noexcept { return data_; }
    Element& operator[](std::size_t i) noexcept { return data_[i]; }
    const Element& operator[](std::size_t i) const noexcept { return data_[i]; }
    Element& back() noexcept { return data_[size_ - 1]; }
    void push_back(const Element& element) {
        if (size_ == most_) {
            grow();
        }
        data_[size_++] = element;
    }
    void shrink(std::size_t size) noexcept { size_ = size; }

private:
    void grow() {
        auto* const more = static_cast<Element*>(::operator new(2 * most_ * sizeof(Element)));
        std::memcpy(static_cast<void*>(more), data_, size_ * sizeof(Element));
        if (data_ != inside_) {
            ::operator delete(data_);
        }
        data_ = more;
        most_ *= 2;
    }

    std::size_t size_ = 0;
    std::size_t most_ = kInside;
    Element* data_ = inside_;
    Element inside_[kInside];
};

}  // namespace thalweg
