// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Eigen as it comes out of a build without -march: what a program that is shipped has.
#define Eigen Eigen_plain  // the linker would merge its functions with those for this processor
#include <string>

#include "peers/eigen_arrays.hpp"
#include "peers/members.hpp"

namespace thalweg::bench::peers {
namespace {

std::string version() {
    return "no -march";
}
Pool pool() {
    return Pool::kNone;
}
void use_threads(int) {}

}  // namespace

const Peer eigen_plain = {
    .name = "eigen-plain",
    .version = version,
    .pool = pool,
    .use_threads = use_threads,
    .arrays = array_run<EigenExpressions>,
};

}  // namespace thalweg::bench::peers
