// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The digits and the pictures of the notebook.
#include "notebook/page.hpp"

#include <cstdio>

#include "figures/review.hpp"

namespace thalweg::notebook {

std::vector<double> elements(const Matrix<double>& x) {
    return {x.data(), x.data() + x.size()};
}

const TrainTest& Page::digits() {
    if (!digits_.has_value()) {
        digits_ = load_digits(data_);
    }
    return *digits_;
}

std::string Page::source() const {
    return data_.empty() ? "synthetic (for MNIST: --data DIR)" : "from " + data_;
}

void Page::draw(const figures::Figure& figure) {
    std::printf("%s\n",
                figures_ == nullptr ? "(a picture: --out DIR draws it)" : figures_->draw(figure).c_str());
}

void Page::draw_run(const TwoLayerNet<double>& net, std::span<const double> losses,
                    const TrainResult& result) {
    if (figures_ == nullptr) {
        std::printf("(pictures: --out DIR draws them)\n");
        return;
    }
    const figures::Review review = figures::review(net, digits().test);
    for (const std::string& message : figures::draw_run(*figures_, 1, losses, result.evaluations, review)) {
        std::printf("%s\n", message.c_str());
    }
}

}  // namespace thalweg::notebook
