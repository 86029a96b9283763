// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Checkpoints, and nets for `thalweg predict`. The input is the file when it begins as an archive does;
// otherwise it says what to change in a checkpoint that is right: members in it are dropped, renamed, or get
// another type, shape and other bytes. What is then accepted must train on, and predict.
#include <algorithm>
#include <cmath>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "cli/checkpoint.hpp"
#include "cli/cli.hpp"
#include "cli/net_checkpoint.hpp"
#include "cli/net_options.hpp"
#include "cli/train_data.hpp"
#include "data/files.hpp"
#include "fuzz.hpp"
#include "io/npy_header.hpp"
#include "io/zip_writer.hpp"
#include "thalweg/checkpoint.hpp"
#include "thalweg/error.hpp"
#include "thalweg/net.hpp"
#include "thalweg/npy.hpp"
#include "thalweg/simd.hpp"
#include "thalweg/threads.hpp"
#include "thalweg/train.hpp"
#include "thalweg/two_layer_net.hpp"

namespace {

using namespace thalweg;
using fuzz::Bytes;
using fuzz::Cursor;

constexpr std::size_t kSide = 4;
constexpr std::size_t kHidden = 3;
constexpr std::size_t kImages = 12;

const TrainTest& data() {
    static const TrainTest both = [] {
        std::vector<std::uint8_t> pixels(kImages * kSide * kSide);
        std::vector<std::uint8_t> labels(kImages);
        for (std::size_t i = 0; i < pixels.size(); ++i) {
            pixels[i] = static_cast<std::uint8_t>(i * 37 % 256 * (i % 3 % 2));
        }
        for (std::size_t i = 0; i < kImages; ++i) {
            labels[i] = static_cast<std::uint8_t>(i % 10);
        }
        const Dataset part(kSide, kSide, pixels, labels);
        return TrainTest{part, part};
    }();
    return both;
}

// What save_checkpoint() writes after two updates.
std::vector<NpzMember> right_members(bool shuffle, bool f64) {
    const auto number = [](std::size_t value) { return NpyArray(static_cast<std::uint64_t>(value)); };
    const DType type = f64 ? DType::kFloat64 : DType::kFloat32;
    const std::vector<std::uint32_t> order =
        shuffle ? std::vector<std::uint32_t>{3, 1, 0, 2, 4, 5, 6, 7, 8, 9, 11, 10}
                : std::vector<std::uint32_t>{};
    return {{"W1", NpyArray(type, {kSide * kSide, kHidden})},
            {"b1", NpyArray(type, {kHidden})},
            {"W2", NpyArray(type, {kHidden, 10})},
            {"b2", NpyArray(type, {10})},
            {"activation", NpyArray::text("sigmoid")},
            {"loss", NpyArray::text("softmax")},
            {"sizes", std::vector<std::uint64_t>{kSide * kSide, kHidden, 10}},
            {"weight_decay", 0.0},
            {"checkpoint_version", number(1)},
            {"iteration", number(2)},
            {"rng_words", NpyArray(DType::kUint32, {624})},
            {"rng_position", std::uint32_t{7}},
            {"rng_has_normal", false},
            {"rng_normal", 0.0},
            {"batches_next", number(shuffle ? 4 : 0)},
            {"batches_order", order},
            {"data", NpyArray::text("")},
            {"data_hash", cli::data_hash(data())},
            {"simd", NpyArray::text(name(active_level()))},
            {"fma", has_fma(active_level())},
            {"iters", number(4)},
            {"batch", number(4)},
            {"hidden", number(kHidden)},
            {"lr", 0.1},
            {"init_std", 0.01},
            {"seed", std::uint32_t{1}},
            {"gradient", NpyArray::text("backprop")},
            {"h", 0.0},
            {"dtype", NpyArray::text(f64 ? "f64" : "f32")},
            {"sampling", NpyArray::text(shuffle ? "shuffle" : "replacement")},
            {"threads", number(0)},
            {"eval_every", number(600)},
            {"checkpoint_every", number(0)}};
}

cli::TrainCommand net_command(bool f64) {
    cli::TrainCommand command;
    command.given = {"--layers", "--batch", "--epochs"};
    command.net.layers = {kHidden, 2};
    command.net.epochs = 2;
    command.net.dropout = 0.1;
    command.net.batch_norm = true;
    command.net.validation = "3";
    command.net.early_stop = 5;
    command.batch = 4;
    command.f64 = f64;
    return cli::with_defaults(command);
}

// The same data as rows.
template <class T>
std::pair<cli::TrainData<T>, Samples<T>> rows() {
    cli::TrainData<T> all;
    all.train = Samples<T>(data().train);
    all.test = Samples<T>(data().test);
    Samples<T> validation = cli::split_validation(all, "3");
    return {std::move(all), std::move(validation)};
}

template <class T>
std::uint64_t rows_hash() {
    cli::TrainData<T> all;
    all.train = Samples<T>(data().train);
    all.test = Samples<T>(data().test);
    return cli::data_hash(all);
}

// What a run with a deep net saves after two updates.
template <class T>
std::vector<NpzMember> right_net_members() {
    const cli::TrainCommand command = net_command(std::is_same_v<T, double>);
    const auto [all, validation] = rows<T>();
    Rng rng(1);
    Net<T> net({kSide * kSide, kHidden, 2, 10}, cli::net_options(command), rng);
    const test::TempDirectory directory;
    const std::string path = directory.path("net.npz");
    NetTrainCallbacks<T> callbacks;
    callbacks.on_step = [](const TrainStep& step) { return step.iteration < 2; };
    callbacks.on_checkpoint = [&](const NetTrainState<T>& state) {
        save_state(path, net, state, cli::run_members(command, rows_hash<T>()));
        return true;
    };
    train(net, all.train, validation, cli::net_train_options(command), rng, callbacks);
    const Npz saved = load_npz(path);
    return {saved.begin(), saved.end()};
}

NpyArray changed(const NpyArray& old, Cursor& plan) {
    const std::uint8_t how = plan.byte();
    if (how < 128) {
        // The same type and shape with other bytes at some place.
        Bytes bytes(old.bytes().begin(), old.bytes().end());
        std::size_t at = bytes.empty() ? 0 : plan.word(2) % bytes.size();
        for (const std::uint8_t byte : plan.take(how % 9)) {
            if (at < bytes.size()) {
                bytes[at++] = old.dtype() == DType::kBool ? byte % 2 : byte;
            }
        }
        return NpyArray(old.dtype(), old.shape(), std::move(bytes));
    }
    const auto type = static_cast<DType>(plan.below(11));
    std::vector<std::size_t> shape;
    for (std::size_t i = 0; i < how % 3U; ++i) {
        shape.push_back(plan.below(17));
    }
    NpyArray array(type, shape);
    Bytes bytes = plan.take(std::min<std::size_t>(array.bytes().size(), plan.byte()));
    bytes.resize(array.bytes().size(), how % 4 == 0 ? 0 : 1);
    if (type == DType::kBool) {
        std::transform(bytes.begin(), bytes.end(), bytes.begin(), [](std::uint8_t byte) { return byte % 2; });
    }
    return NpyArray(type, shape, std::move(bytes));
}

Bytes planned_file(Cursor& plan) {
    const std::uint8_t kind = plan.byte();
    static const std::vector<NpzMember> single = right_net_members<float>();
    static const std::vector<NpzMember> precise = right_net_members<double>();
    std::vector<NpzMember> members = (kind & 4U) == 0   ? right_members((kind & 1U) != 0, (kind & 2U) != 0)
                                     : (kind & 2U) == 0 ? single
                                                        : precise;
    while (plan.left() >= 2 && !members.empty()) {
        const std::size_t at = plan.below(members.size());
        const std::uint8_t what = plan.byte();
        NpzMember& member = members[at];
        if (what < 8) {
            members.erase(members.begin() + static_cast<std::ptrdiff_t>(at));
        } else if (what < 16) {
            const Bytes name = plan.take(1 + what % 4U);
            member.name.assign(name.begin(), name.end());
        } else if (what < 32) {
            members.push_back({"W" + std::to_string(what % 5U), member.array});
        } else {
            member.array = changed(member.array, plan);
        }
    }
    Bytes bytes;
    io::ZipWriter zip(
        [&](std::span<const std::uint8_t> more) { bytes.insert(bytes.end(), more.begin(), more.end()); });
    for (const NpzMember& member : members) {
        const std::string head = io::npy_header(member.array.dtype(), member.array.shape());
        zip.add(member.name + ".npy", {reinterpret_cast<const std::uint8_t*>(head.data()), head.size()},
                member.array.bytes(), false);
    }
    zip.finish();
    return bytes;
}

// Goes on training for one or two updates, where a step is small enough to wait for.
template <class T>
void train_on(const cli::Checkpoint& checkpoint, const cli::TrainCommand& command) {
    TrainState state;
    TwoLayerNet<T> net = checkpoint.net<T>(data(), state);
    if (command.batch > 64 || checkpoint.iteration >= command.iters) {
        return;
    }
    const TrainOptions options{
        .iterations = std::min(command.iters, state.iteration + 2),
        .batch_size = command.batch,
        .sampling = command.sampling,
        .optimizer = {command.lr},
        .gradient = command.numerical ? GradientSource::kNumerical : GradientSource::kBackprop,
        .h = command.step(),
        .eval_every = command.eval_every};
    const TrainResult result = resume_training(net, data(), options, state);
    fuzz::require(result.stop != TrainStop::kCallback, "nobody asked for an end");
    fuzz::require(result.iterations <= options.iterations, "no more updates than asked for");
}

// As run_train_net() does.
template <class T>
void train_net_on(const cli::NetCheckpoint& checkpoint, const cli::TrainCommand& command) {
    const auto [all, validation] = rows<T>();
    std::vector<std::size_t> sizes = {kSide * kSide};
    sizes.insert(sizes.end(), command.net.layers.begin(), command.net.layers.end());
    sizes.push_back(10);
    if (*std::max_element(sizes.begin(), sizes.end()) > 64 || sizes.size() > 8 || command.batch > 64) {
        return;
    }
    Rng rng(1);
    Net<T> net(sizes, cli::net_options(command), rng);
    NetTrainState<T> state;
    load_state(checkpoint.arrays, net, state);
    NetTrainOptions options = cli::net_train_options(command);
    options.iterations = state.iteration + 2;
    if (state.iteration < 1000) {
        const NetTrainResult result = resume_training(net, all.train, validation, options, state);
        fuzz::require(result.stop != TrainStop::kCallback, "nobody asked for an end");
    }
}

void resume_net(const Npz& npz) {
    std::optional<cli::NetCheckpoint> checkpoint;
    if (!cli::is_net_checkpoint(npz) || !fuzz::reads([&] { checkpoint.emplace(npz); })) {
        return;
    }
    try {
        const cli::TrainCommand command = checkpoint->complete({});
        fuzz::require(!command.net.layers.empty() && command.batch > 0, "sizes are above 0");
        fuzz::require(std::isfinite(command.lr) && command.net.dropout < 1.0, "options are in their ranges");
        command.f64 ? train_net_on<double>(*checkpoint, command) : train_net_on<float>(*checkpoint, command);
    } catch (const cli::UsageError&) {
    } catch (const IoError&) {
    } catch (const std::invalid_argument&) {
        // A state that no run can be in.
    }
}

template <class T>
void predict(const Npz& npz) {
    std::optional<Net<T>> net;
    if (!fuzz::reads([&] { net.emplace(load_net<T>(npz)); }) || net->input_size() > 4096) {
        return;
    }
    const Matrix<T> x(3, net->input_size(), T(0.5));
    const Matrix<T> y = net->predict(x);
    fuzz::require(y.rows() == 3 && y.cols() == net->output_size(), "a row of probabilities an image");
}

// The errors that `thalweg train --resume` turns into one line.
void resume(const std::string& path) {
    std::optional<cli::Checkpoint> checkpoint;
    if (!fuzz::reads([&] { checkpoint.emplace(path); })) {
        return;
    }
    try {
        const cli::TrainCommand command = checkpoint->complete({});
        fuzz::require(command.iters > 0 && command.batch > 0 && command.hidden > 0, "sizes are above 0");
        fuzz::require(std::isfinite(command.lr) && std::isfinite(command.h), "options are finite");
        fuzz::require(command.threads >= 0 && command.threads <= kMaxThreads,
                      "a number of threads that can be set");
        command.f64 ? train_on<double>(*checkpoint, command) : train_on<float>(*checkpoint, command);
    } catch (const cli::UsageError&) {
    } catch (const IoError&) {
    } catch (const std::invalid_argument&) {
        // A state that no run can be in, or differences of a loss that is not finite.
    }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
    static fuzz::MemoryFile file;
    set_threads(1);
    Bytes bytes(input, input + size);
    if (size < 2 || input[0] != 'P' || input[1] != 'K') {
        Cursor plan({input, size});
        bytes = planned_file(plan);
    }
    file.write(bytes);
    resume(file.path());
    Npz npz;
    if (fuzz::reads([&] { npz = load_npz(file.path()); })) {
        resume_net(npz);
        predict<float>(npz);
        predict<double>(npz);
    }
    return 0;
}
