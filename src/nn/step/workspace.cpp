// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "nn/step/workspace.hpp"

namespace thalweg {

template <class T>
NetWorkspace<T>::~NetWorkspace() {
    delete buffers_;
}

template <class T>
typename NetWorkspace<T>::Buffers& NetWorkspace<T>::buffers() {
    if (buffers_ == nullptr) {
        buffers_ = new Buffers;
    }
    return *buffers_;
}

template class NetWorkspace<float>;
template class NetWorkspace<double>;

}  // namespace thalweg
