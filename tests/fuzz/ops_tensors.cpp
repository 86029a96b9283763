// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Tensors: views made by any steps, right or wrong, held against a list of the places that they show; then
// expressions, reductions and products of these against loops over that list. What is rejected throws
// ShapeError or std::invalid_argument.
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "ops.hpp"
#include "thalweg/npy.hpp"
#include "thalweg/ops.hpp"
#include "thalweg/print.hpp"
#include "thalweg/tensor.hpp"
#include "thalweg/threads.hpp"

namespace thalweg::fuzz {
namespace {

using Sizes = std::vector<std::size_t>;

std::size_t product(const Sizes& sizes) {
    std::size_t size = 1;
    for (const std::size_t each : sizes) {
        size *= each;
    }
    return size;
}

// What a view shows, the slow way: a shape, and for each element its place in memory.
struct Shadow {
    Sizes shape;
    Sizes places;

    static Shadow of(const Sizes& shape) {
        Shadow shadow{shape, Sizes(product(shape))};
        for (std::size_t i = 0; i < shadow.places.size(); ++i) {
            shadow.places[i] = i;
        }
        return shadow;
    }
    // index(k) of the result's axes gives the place in this shape.
    template <class Index>
    Shadow mapped(const Sizes& to, const Index& index) const {
        Shadow out{to, {}};
        Sizes at(to.size());
        for (std::size_t n = product(to); n > 0; --n) {
            const Sizes from = index(at);
            std::size_t flat = 0;
            for (std::size_t k = 0; k < shape.size(); ++k) {
                flat = flat * shape[k] + from[k];
            }
            out.places.push_back(places[flat]);
            for (std::size_t k = to.size(); k-- > 0 && ++at[k] == to[k];) {
                at[k] = 0;
            }
        }
        return out;
    }
};

template <class Function>
bool takes(const Function& function) {
    try {
        function();
        return true;
    } catch (const ShapeError&) {
    } catch (const std::invalid_argument&) {
    }
    return false;
}

template <class T>
class View {
public:
    View(T* data, const Sizes& shape) : view(data, shape), shadow(Shadow::of(shape)) {}

    // One step, whose numbers may be any.
    void step(Plan& plan) {
        const std::size_t rank = shadow.shape.size();
        const int axis =
            static_cast<int>(plan.below(rank + 3)) - static_cast<int>(plan.below(2) * (rank + 1));
        const bool there = axis >= -static_cast<int>(rank) && axis < static_cast<int>(rank);
        const std::size_t a = static_cast<std::size_t>(axis < 0 ? axis + static_cast<int>(rank) : axis);
        switch (plan.below(6)) {
            case 0: {
                const std::size_t first = plan.below(9);
                const std::size_t last = plan.below(12);
                const std::size_t step = plan.below(4);
                const bool fits = there && step > 0 && last <= shadow.shape[a] && first < last;
                expect(fits, [&] { view = view.slice(axis, first, last, step); });
                if (fits) {
                    Sizes shape = shadow.shape;
                    shape[a] = (last - first + step - 1) / step;
                    shadow = shadow.mapped(shape, [&](Sizes at) {
                        at[a] = first + at[a] * step;
                        return at;
                    });
                }
                return;
            }
            case 1: {
                const std::size_t i = plan.below(9);
                const bool fits = there && i < shadow.shape[a];
                expect(fits, [&] { view = view.index(axis, i); });
                if (fits) {
                    Sizes shape = shadow.shape;
                    shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(a));
                    shadow = shadow.mapped(shape, [&](Sizes at) {
                        at.insert(at.begin() + static_cast<std::ptrdiff_t>(a), i);
                        return at;
                    });
                }
                return;
            }
            case 2: {
                std::vector<int> axes;
                Sizes shape;
                std::vector<bool> taken(rank);
                bool fits = true;
                for (std::size_t k = 0; k < rank; ++k) {
                    const std::size_t from = plan.below(rank + (plan.below(16) == 0 ? 1 : 0));
                    axes.push_back(static_cast<int>(from));
                    fits = fits && from < rank && !taken[from];
                    if (fits) {
                        taken[from] = true;
                        shape.push_back(shadow.shape[from]);
                    }
                }
                expect(fits, [&] { view = view.permute(axes); });
                if (fits) {
                    shadow = shadow.mapped(shape, [&](const Sizes& at) {
                        Sizes from(rank);
                        for (std::size_t k = 0; k < rank; ++k) {
                            from[static_cast<std::size_t>(axes[k])] = at[k];
                        }
                        return from;
                    });
                }
                return;
            }
            case 3: {
                const bool fits =
                    rank < 6 && axis >= -static_cast<int>(rank) - 1 && axis <= static_cast<int>(rank);
                expect(fits, [&] { view = view.expand_dims(axis); });
                if (fits) {
                    const int at = axis < 0 ? axis + static_cast<int>(rank) + 1 : axis;
                    shadow.shape.insert(shadow.shape.begin() + at, 1);
                }
                return;
            }
            case 4:
                view = view.squeeze();
                std::erase(shadow.shape, std::size_t{1});
                return;
            default: {
                // Any shape; where there is a view, it must be the right one.
                Sizes shape(plan.below(8));
                for (std::size_t& each : shape) {
                    each = plan.below(7);
                }
                if (plan.flag()) {
                    shape = {shadow.places.size()};
                }
                if (takes([&] { view = view.reshape(shape); })) {
                    require(product(shape) == shadow.places.size(), "a shape of as many elements");
                    shadow.shape = shape;
                }
            }
        }
    }
    void check(const T* data) const {
        const Shape shape = view.shape();
        require(Sizes(shape.begin(), shape.end()) == shadow.shape, "the shape of a view");
        Tensor<T> copy(view);
        for (std::size_t i = 0; i < shadow.places.size(); ++i) {
            require(same(static_cast<double>(copy.data()[i]), static_cast<double>(data[shadow.places[i]])),
                    "the elements of a view");
        }
    }

    TensorView<T> view;
    Shadow shadow;

private:
    template <class Function>
    static void expect(bool fits, const Function& function) {
        require(takes(function) == fits, "what fits is taken, what does not is rejected");
    }
};

template <class T>
std::vector<T> elements(const T* data, const Shadow& shadow) {
    std::vector<T> all;
    for (const std::size_t place : shadow.places) {
        all.push_back(data[place]);
    }
    return all;
}

}  // namespace

template <class T>
void fuzz_tensors(Plan& plan) {
    Sizes shape(plan.below(7));
    for (std::size_t& each : shape) {
        each = plan.below(9);
        if (plan.below(16) == 0) {
            each += 60;
        }
    }
    // Also of an empty tensor: its sums along the axis of length 0 have as many elements as the others say.
    const auto product_of_all = [&] {
        Sizes others = shape;
        std::erase(others, std::size_t{0});
        return product(others);
    };
    while (product_of_all() > 20'000) {
        shape.pop_back();
    }
    const std::size_t size = product(shape);
    std::vector<T> values = plan.numbers<T>(size);
    const std::unique_ptr<T[]> memory(new T[size]);  // of exactly that size
    std::copy(values.begin(), values.end(), memory.get());
    View<T> x(memory.get(), shape);
    View<T> out(memory.get(), shape);
    for (std::size_t steps = plan.below(6); steps > 0; --steps) {
        x.step(plan);
    }
    for (std::size_t steps = plan.below(6); steps > 0; --steps) {
        out.step(plan);
    }
    x.check(values.data());
    require(NpyArray(x.view).template as<Tensor<T>>().size() == x.view.size(),
            "a tensor as an array of files");
    require(!to_string(x.view).empty(), "a tensor has a text");
    const std::size_t text_size = plan.below(14);
    std::string text;
    for (std::size_t i = 0; i < text_size; ++i) {
        text += "abcij,->  .\0A"[plan.below(13)];
    }
    takes([&] { einsum(text, x.view, out.view); });
    takes([&] { matmul(x.view, out.view); });
    std::vector<int> axes(plan.below(4));
    for (int& axis : axes) {
        axis = static_cast<int>(plan.below(9)) - 4;
    }
    const T number = plan.number<T>();
    const int threads = plan.flag() ? 1 : 3;
    const std::vector<T> read = elements(values.data(), x.shadow);
    levels_of_a_class_agree("tensors", [&](const Level&) {
        set_threads(threads);
        Values found;
        std::copy(values.begin(), values.end(), memory.get());
        if (takes([&] { out.view.assign(x.view * number - x.view); })) {
            // Broadcast, and read before anything was written.
            std::vector<T> expected = values;
            const Sizes& to = out.shadow.shape;
            const Shadow spread = x.shadow.mapped(to, [&](const Sizes& at) {
                Sizes from;
                for (std::size_t k = to.size() - x.shadow.shape.size(); k < to.size(); ++k) {
                    from.push_back(x.shadow.shape[from.size()] == 1 ? 0 : at[k]);
                }
                return from;
            });
            for (std::size_t i = 0; i < spread.places.size(); ++i) {
                const T product = values[spread.places[i]] * number;
                expected[out.shadow.places[i]] = product - values[spread.places[i]];
            }
            for (std::size_t i = 0; i < size; ++i) {
                found.push_back(static_cast<double>(memory[i]));
                require(same(found.back(), static_cast<double>(expected[i])), "an expression of tensors");
            }
        }
        std::copy(values.begin(), values.end(), memory.get());
        takes([&] {
            const Tensor<T> sums = sum(x.view, axes);
            const std::vector<std::size_t> counts = count_nonzero(x.view, axes);
            require(counts.size() == sums.size(), "one count a result");
            std::size_t total = 0;
            for (const std::size_t count : counts) {
                total += count;
            }
            require(total == count_nonzero(x.view), "counts along axes and of all");
            for (std::size_t i = 0; i < sums.size(); ++i) {
                found.push_back(static_cast<double>(sums.data()[i]));
            }
        });
        Matrix<T> row(1, read.size());
        std::copy(read.begin(), read.end(), row.data());
        require(same(static_cast<double>(sum(x.view)), static_cast<double>(sum(row))), "a sum of everything");
        return found;
    });
    set_threads(0);
}

template void fuzz_tensors<float>(Plan&);
template void fuzz_tensors<double>(Plan&);

}  // namespace thalweg::fuzz
