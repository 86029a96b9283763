// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// 4.2.3, mini-batch learning. Each /// comment begins a cell: its section, its title, what it has to say.
// Lines with "page." are not shown, nor what stands below a line "// The page's:".
#include <algorithm>
#include <cstdio>
#include <numeric>

#include "figures/images.hpp"
#include "notebook/page.hpp"
#include "thalweg/random.hpp"

namespace thalweg::notebook {

/// 4.2.3: load_mnist
///
/// load_mnist(normalize=True, one_hot_label=True). Here the pixels stay bytes until somebody wants numbers.
/// A program begins with: const TrainTest digits = load_digits("");
TrainTest load_digits(const std::string& directory) {
    return directory.empty() ? synthetic_digits_train_test(1) : load_mnist(directory);
}

void load_the_digits(Page& page) {
    const TrainTest& digits = page.digits();
    std::printf("digits %s\n", page.source().c_str());
    std::printf("%zu to learn from, %zu for the test\n", digits.train.size(), digits.test.size());
}

/// 4.2.3: x_train.shape
void shape_of_images(Page& page) {
    const TrainTest& digits = page.digits();
    const Matrix<float> x_train = digits.train.images<float>();  // load_mnist gives float32 as well
    std::printf("(%zu, %zu)\n", x_train.rows(), x_train.cols());
}

/// 4.2.3: t_train.shape
void shape_of_targets(Page& page) {
    const TrainTest& digits = page.digits();
    const Matrix<float> t_train = digits.train.targets<float>();
    std::printf("(%zu, %zu)\n", t_train.rows(), t_train.cols());
}

/// 4.2.3: A mini-batch of ten
///
/// x_train[batch_mask] and t_train[batch_mask]. gather() fetches just these rows, and labels instead of
/// one-hot rows.
void mini_batch(Page& page) {
    const TrainTest& digits = page.digits();
    Rng rng(1);  // np.random.seed(1)
    const std::vector<std::size_t> batch_mask = rng.choice(digits.train.size(), 10);
    Matrix<double> x_batch(10, digits.train.image_size());
    std::vector<int> t_batch(10);
    digits.train.gather<double>(batch_mask, x_batch, t_batch);
    std::printf("(%zu, %zu)\n", x_batch.rows(), x_batch.cols());
    std::printf("row 0 is image %zu, a %d\n", batch_mask[0], t_batch[0]);
    std::printf("row 1 is image %zu, a %d\n", batch_mask[1], t_batch[1]);
    std::printf("row 2 is image %zu, a %d\n", batch_mask[2], t_batch[2]);
}

/// 4.2.3: np.random.choice(60000, 10)
///
/// The notebook's generator is not seeded, so its ten numbers (54615, 37091, ...) never come again. With a
/// seed they do: these are the ones that NumPy gives for np.random.seed(1).
void ten_of_60000(Page& /*page*/) {
    Rng rng(1);
    for (const std::size_t i : rng.choice(60000, 10)) {
        std::printf("%zu ", i);
    }
    std::printf("\n");
}

/// 4.2.3: What they look like
///
/// The labels of the first ten; the picture shows fifty.
void picture_of_digits(Page& page) {
    const TrainTest& digits = page.digits();
    for (const int label : digits.train.labels().first(10)) {
        std::printf("%d ", label);
    }
    std::printf("\n");
    // The page's:
    std::vector<std::size_t> first_fifty(std::min<std::size_t>(50, digits.train.size()));
    std::iota(first_fifty.begin(), first_fifty.end(), std::size_t{0});
    page.draw(figures::digits(digits.train, first_fifty));
}

}  // namespace thalweg::notebook
