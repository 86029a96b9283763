#include <cstdio>

#include <thalweg/thalweg.hpp>
namespace tw = thalweg;

int main() {
    const tw::TrainTest digits = tw::synthetic_digits_train_test(1);  // or tw::load_mnist("directory")
    tw::Rng rng(1);
    tw::TwoLayerNet<float> net(784, 50, 10, rng);
    const tw::TrainResult result = tw::train(net, digits, {.iterations = 10000}, rng);
    std::printf("right on %.2f %% of the test digits\n", 100 * result.evaluations.back().test);
}
