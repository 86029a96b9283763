// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What a peer library is to us: a name, and for each kind of work a function that prepares it and returns
// one call. Preparing is not timed: a user of that library would keep its plans and generated code as well.
// Matrices lie row after row. Start reading at openblas.cpp, the shortest peer.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace thalweg::bench::peers {

// Does the work once. Empty: this peer does not take it.
using Run = std::function<void()>;

// c = a b, where a is [m,k], b [k,n], c [m,n], each read transposed where said so.
template <class T>
struct Product {
    std::size_t m;
    std::size_t k;
    std::size_t n;
    bool a_transposed;  // in memory a is [k,m]
    bool b_transposed;  // in memory b is [n,k]
    const T* a;
    std::size_t lda;
    const T* b;
    std::size_t ldb;
    T* c;
    std::size_t ldc;
};

// y = f(x), n elements.
struct Elements {
    const float* x;
    float* y;
    std::size_t n;
};

// y = softmax of each row of x.
struct Rows {
    const float* x;
    float* y;
    std::size_t rows;
    std::size_t cols;
};

// dx = (softmax(x) - one-hot labels) / rows, and the mean cross-entropy of the softmax.
struct LossRows {
    const float* x;
    const int* labels;
    float* dx;
    double* loss;
    std::size_t rows;
    std::size_t cols;
};

// One step of the two-layer net: forward, mean cross-entropy, backward, and w -= rate * gradient for all four
// parameters.
template <class T>
struct Step {
    const T* x;  // [batch,input]
    const int* labels;
    T* W1;  // [input,hidden]
    T* b1;
    T* W2;  // [hidden,output]
    T* b2;
    double* loss;
    std::size_t batch;
    std::size_t input;
    std::size_t hidden;
    std::size_t output;
    T rate;
};

// The forward pass of a Step alone, with the whole softmax: the mean of -log(p[label] + 1e-7), as the
// notebook has it, into *loss. Its rate means nothing; the parameters change from call to call.
template <class T>
using Loss = Step<T>;

// A matrix of parameters, and what Adam remembers of it: nullptr where the update is SGD's.
struct Moving {
    float* p;
    float* m;
    float* v;
    std::size_t n;
};

struct DeepLayer {
    std::size_t inputs;
    std::size_t outputs;
    Moving W;  // [inputs,outputs]
    Moving b;
};

// One step of a net of any depth, ReLU between its layers: forward, mean cross-entropy, backward, update.
struct DeepStep {
    const float* x;  // [batch,inputs of the first layer]
    const int* labels;
    double* loss;
    std::size_t batch;
    std::vector<DeepLayer> layers;
    std::size_t* updates;  // made so far, which the step counts. At 0 all that Adam remembers is 0, and x and
                           // labels may be others than before
    bool adam;             // else SGD
    double lr;
    double beta1;
    double beta2;
    double epsilon;
};

// Its probabilities for one row.
struct DeepRow {
    const float* x;
    std::vector<DeepLayer> layers;
    float* out;
};

// An elementwise function and how far off it may be: by so many units in the last place of the result, or by
// so much at all. The numbers are what its authors state or, where they state nothing, what was measured.
struct Function {
    Run (*make)(const Elements& on) = nullptr;
    double max_ulp = 0.0;
    double max_absolute = 0.0;
};

// An expression of arrays: out of a, b, c and a number, or for the last two of a alone, as rows of `cols`.
enum class Expression {
    kMultiplyAdd,  // a * b + c
    kFour,         // ((a - b) * c + a) / number
    kDescend,      // out -= number * b
    kWhere,        // where(a > 0, a, 0.01 * a)
    kSquaredSum,   // out[0] = sum((a - b) * (a - b))
    kMinusMean,    // a - mean(a, 0)
    kOverSum,      // a / sum(a, 1)
    kExp,          // exp(a * b) + c
};
struct Arrays {
    const float* a;
    const float* b;
    const float* c;
    float* out;
    float number;
    std::size_t n;
    std::size_t cols;
};

// Whose threads a library wakes. Two pools that are awake together take each other's CPUs.
enum class Pool {
    kNone,    // runs on the calling thread
    kOpenMp,  // the compiler's OpenMP run-time, shared by all who use it
    kOwn,     // threads of its own
};

struct Peer {
    const char* name;
    std::string (*version)();
    Pool (*pool)();
    // For all calls prepared from now on and all made from now on.
    void (*use_threads)(int threads);

    Run (*gemm_f32)(const Product<float>&) = nullptr;
    Run (*gemm_f64)(const Product<double>&) = nullptr;
    Function exp = {};
    Function log = {};
    Function expm1 = {};
    Function log1p = {};
    Function log2 = {};
    Function log10 = {};
    Function tanh = {};
    Function softplus = {};
    Function sigmoid = {};
    Function sin = {};
    Function cos = {};
    Function erf = {};
    Function gelu = {};       // composed of the above
    Function gelu_tanh = {};  // likewise
    Run (*arrays)(Expression, const Arrays&) = nullptr;
    Run (*softmax)(const Rows&) = nullptr;
    Run (*softmax_loss)(const LossRows&) = nullptr;
    Run (*train_f32)(const Step<float>&) = nullptr;
    Run (*train_f64)(const Step<double>&) = nullptr;
    Run (*net_loss_f64)(const Loss<double>&) = nullptr;
    Run (*train_deep)(const DeepStep&) = nullptr;
    Run (*predict_row)(const DeepRow&) = nullptr;
};

}  // namespace thalweg::bench::peers
