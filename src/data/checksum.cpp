// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "data/checksum.hpp"

#include <algorithm>

#include "thalweg/matrix.hpp"

namespace thalweg::data {
namespace {

template <class T>
void add_pixels(Checksum& sum, const Samples<T>& samples) {
    const Dataset& images = *samples.images();
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const std::size_t row = samples.source_row(i);
        sum.add(images.image(row).data(), samples.inputs());
        const int label = images.labels()[row];
        sum.add(&label, 1);
    }
}

template <class T>
void add_numbers(Checksum& sum, const Samples<T>& samples) {
    constexpr std::size_t kBlock = 64;
    Matrix<T> x(kBlock, samples.inputs());
    Matrix<T> t(kBlock, samples.outputs());
    for (std::size_t first = 0; first < samples.size(); first += kBlock) {
        const std::size_t n = std::min(kBlock, samples.size() - first);
        samples.gather(first, x.view().rows(0, n), t.view().rows(0, n));
        sum.add(x.data(), n * x.cols());
        sum.add(t.data(), n * t.cols());
    }
}

}  // namespace

template <class T>
Checksum checksum(const Samples<T>& samples) {
    Checksum sum;
    if (samples.has_pixels()) {
        add_pixels(sum, samples);
    } else if (samples.size() != 0) {
        add_numbers(sum, samples);
    }
    return sum;
}

template Checksum checksum(const Samples<float>&);
template Checksum checksum(const Samples<double>&);

}  // namespace thalweg::data
