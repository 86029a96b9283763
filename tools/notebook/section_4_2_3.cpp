// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// 4.2.3, mini-batch learning. Each /// comment begins a cell: its section, its title, what it has to say.
#include <numeric>

#include "figures/images.hpp"
#include "notebook/page.hpp"
#include "thalweg/random.hpp"

namespace thalweg::notebook {

/// 4.2.3: load_mnist
///
/// load_mnist(normalize=True, one_hot_label=True). Here the pixels stay bytes until somebody wants numbers.
void load_the_digits(Page& page) {
    const TrainTest& digits = page.digits();  // load_mnist(DIR), or synthetic_digits_train_test(1)
    page.print("digits " + page.source());
    page.printf("%zu to learn from, %zu for the test", digits.train.size(), digits.test.size());
}

/// 4.2.3: x_train.shape
void shape_of_images(Page& page) {
    const Matrix<float> x_train = page.digits().train.images<float>();  // load_mnist gives float32 as well
    page.print_shape(x_train);
}

/// 4.2.3: t_train.shape
void shape_of_targets(Page& page) {
    const Matrix<double> t_train = page.digits().train.targets<double>();
    page.print_shape(t_train);
}

/// 4.2.3: A mini-batch of ten
///
/// x_train[batch_mask] and t_train[batch_mask]. gather() fetches just these rows, and labels instead of
/// one-hot rows.
void mini_batch(Page& page) {
    const Dataset& train = page.digits().train;
    Rng rng(1);  // np.random.seed(1)
    const std::vector<std::size_t> batch_mask = rng.choice(train.size(), 10);
    Matrix<double> x_batch(10, train.image_size());
    std::vector<int> t_batch(10);
    train.gather<double>(batch_mask, x_batch, t_batch);
    page.print_shape(x_batch);
    for (std::size_t i = 0; i < 3; ++i) {
        page.printf("row %zu is image %zu, a %d", i, batch_mask[i], t_batch[i]);
    }
}

/// 4.2.3: np.random.choice(60000, 10)
///
/// The notebook's generator is not seeded, so its ten numbers (54615, 37091, ...) never come again. With a
/// seed they do: these are the ones that NumPy gives for np.random.seed(1).
void ten_of_60000(Page& page) {
    Rng rng(1);
    page.print(rng.choice(60000, 10));
}

/// 4.2.3: What they look like
void picture_of_digits(Page& page) {
    const Dataset& train = page.digits().train;
    std::vector<std::size_t> first_fifty(std::min<std::size_t>(50, train.size()));
    std::iota(first_fifty.begin(), first_fifty.end(), std::size_t{0});
    page.draw(figures::digits(train, first_fifty));
}

}  // namespace thalweg::notebook
