// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The memory that nets keep between the gradients of a training loop.
#pragma once

#include "thalweg/abi.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

template <class Element>
class Net;
template <class Element>
class TwoLayerNet;

/// The memory that a gradient or a prediction needs. Kept from call to call, it spares every allocation but
/// those of the first. It holds nothing but that memory: a copy of a workspace is an empty one, and assigning
/// to a workspace leaves it as it is. One workspace serves one call at a time.
///
///     Rng rng(1);
///     const TwoLayerNet<float> net(784, 50, 10, rng);
///     const Matrix<float> x(2, 784);
///     TwoLayerParams<float> grads;
///     NetWorkspace<float> workspace;
///     net.gradient(x, std::vector<int>{3, 7}, grads, workspace);  // 2.3
template <class Element>
class NetWorkspace {
public:
    /// Holds nothing yet; the first call allocates.
    NetWorkspace() = default;
    /// Makes an empty one: there is nothing in a workspace to copy.
    NetWorkspace(const NetWorkspace&) noexcept {}
    /// Takes the memory.
    NetWorkspace(NetWorkspace&& other) noexcept : buffers_(other.buffers_) { other.buffers_ = nullptr; }
    NetWorkspace& operator=(const NetWorkspace&) noexcept { return *this; }  // NOLINT
    NetWorkspace& operator=(NetWorkspace&& other) noexcept {
        Buffers* const taken = other.buffers_;
        other.buffers_ = buffers_;
        buffers_ = taken;
        return *this;
    }
    ~NetWorkspace();

private:
    friend class Net<Element>;
    friend class TwoLayerNet<Element>;
    struct Buffers;
    Buffers& buffers();

    Buffers* buffers_ = nullptr;
};

// In the library.
extern template class NetWorkspace<float>;
extern template class NetWorkspace<double>;

}  // namespace thalweg
THALWEG_END_PUBLIC
