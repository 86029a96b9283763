// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What docs/cluster.md says of speed: training in several processes, simulated. The processes are threads
// that take turns on whatever cores there are; each has a clock of its own, which goes on with its CPU time
// and, at an exchange, to the latest of all clocks and by what the link takes. Bytes are counted on the way.
// Prints JSON: for each number of processes the bytes and seconds of a step, simulated and by the model.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

#include "support/thread_processes.hpp"
#include "thalweg/threads.hpp"
#include "thalweg/train_net.hpp"

namespace {

using namespace thalweg;

constexpr std::size_t kRows = 1024;
const std::vector<std::size_t> kSizes = {784, 2048, 1024, 10};

struct Link {
    const char* name;
    double latency;  // seconds a message
    double speed;    // bytes a second
};
constexpr Link kLinks[] = {{"Ethernet, 10 Gbit/s", 30e-6, 1.25e9},
                           {"Ethernet, 25 Gbit/s", 10e-6, 3.1e9},
                           {"InfiniBand, 200 Gbit/s", 2e-6, 25e9}};
constexpr std::size_t kLinkCount = std::size(kLinks);

// A gather passes pieces around in a ring.
double ring(const Link& link, std::size_t size, std::size_t bytes) {
    const auto others = static_cast<double>(size - 1);
    return others * link.latency +
           static_cast<double>(bytes) * others / static_cast<double>(size) / link.speed;
}

struct Clocks {
    explicit Clocks(std::size_t size) : times(2 * size * kLinkCount) {}
    std::vector<double> times;
};

class Simulated final : public test::ThreadProcess {
public:
    Simulated(test::ThreadGroup& group, std::size_t rank, Clocks* clocks)
        : ThreadProcess(group, rank), clocks_(*clocks), begun_(cpu_seconds()) {}

    void gather(std::span<std::byte> all, std::span<const std::size_t> counts) override {
        stop();
        ThreadProcess::gather(all, counts);
        go_on(all.size());
    }
    void broadcast(std::span<std::byte> bytes, std::size_t from) override {
        stop();
        ThreadProcess::broadcast(bytes, from);
        go_on(bytes.size());
    }
    double seconds(std::size_t link) {
        for (double& now : now_) {
            now += cpu_seconds() - begun_;
        }
        begun_ = cpu_seconds();
        return now_[link];
    }

private:
    static double cpu_seconds() {
        timespec time{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
    }
    double* times(std::size_t link) {
        return clocks_.times.data() + (calls() % 2 * kLinkCount + link) * size();
    }
    void stop() {
        for (std::size_t link = 0; link < kLinkCount; ++link) {
            times(link)[rank()] = seconds(link);
        }
    }
    // Before the call was counted: its times are the other half's.
    void go_on(std::size_t bytes) {
        for (std::size_t link = 0; link < kLinkCount; ++link) {
            const double* const of_call =
                clocks_.times.data() + ((calls() + 1) % 2 * kLinkCount + link) * size();
            now_[link] = *std::max_element(of_call, of_call + size()) + ring(kLinks[link], size(), bytes);
        }
        begun_ = cpu_seconds();
    }

    Clocks& clocks_;
    double begun_;
    double now_[kLinkCount] = {};
};

struct Measured {
    double bytes = 0.0;
    double messages = 0.0;
    double seconds[kLinkCount] = {};
};

Measured run(const Samples<float>& samples, std::size_t size, std::size_t steps) {
    Clocks clocks(size);
    Measured measured;
    const auto thrown = test::as_processes<Simulated>(
        size,
        [&](Simulated& process) {
            Rng rng(1);
            Net<float> net(kSizes, {}, rng);
            NetTrainOptions options;
            options.iterations = steps;
            options.batch_size = kRows;
            options.optimizer = Sgd{.lr = 0.01};
            options.communicator = &process;
            train(net, samples, {}, options, rng);
            if (process.rank() == 0) {
                measured.bytes = static_cast<double>(process.received());
                measured.messages = static_cast<double>(process.calls());
                for (std::size_t link = 0; link < kLinkCount; ++link) {
                    measured.seconds[link] = process.seconds(link);
                }
            }
        },
        &clocks);
    for (const std::exception_ptr& each : thrown) {
        if (each) {
            std::rethrow_exception(each);
        }
    }
    return measured;
}

// A step is what five take more than two, so that the beginning does not count.
Measured step(const Samples<float>& samples, std::size_t size) {
    constexpr std::size_t kFew = 2;
    constexpr std::size_t kMany = 5;
    const Measured few = run(samples, size, kFew);
    Measured many = run(samples, size, kMany);
    constexpr double kMore = kMany - kFew;
    many.bytes = (many.bytes - few.bytes) / kMore;
    many.messages = (many.messages - few.messages) / kMore;
    for (std::size_t link = 0; link < kLinkCount; ++link) {
        many.seconds[link] = (many.seconds[link] - few.seconds[link]) / kMore;
    }
    return many;
}

// docs/cluster.md: bytes of all rows and parameters, of which a process receives what is not its own.
double all_bytes() {
    double units = 0.0;
    double parameters = 0.0;
    for (std::size_t i = 1; i < kSizes.size(); ++i) {
        units += static_cast<double>(kSizes[i]) * (i + 1 < kSizes.size() ? 2.0 : 1.0);
        parameters += static_cast<double>((kSizes[i - 1] + 1) * kSizes[i]);
    }
    return static_cast<double>(kRows) * (units * sizeof(float) + sizeof(double)) + parameters * sizeof(float);
}

double predicted_bytes(std::size_t size) {
    return all_bytes() * (1.0 - 1.0 / static_cast<double>(size));
}

double predicted(double alone, const Link& link, std::size_t size, double messages) {
    return alone / static_cast<double>(size) + messages * static_cast<double>(size - 1) * link.latency +
           predicted_bytes(size) / link.speed;
}

}  // namespace

int main(int count, char** arguments) {
    set_threads(1);
    const std::size_t most = count > 1 ? std::strtoul(arguments[1], nullptr, 10) : 8;
    const Samples<float> samples = synthetic_digits(2 * kRows, 1);
    double alone = 0.0;
    double messages = 0.0;
    std::printf("{\"processes\": [");
    for (std::size_t size = 1; size <= 1024; size *= 2) {
        const Measured one = size <= most ? step(samples, size) : Measured{};
        alone = size == 1 ? one.seconds[0] : alone;
        messages = size == 2 ? one.messages : messages;
        std::printf(
            "%s\n  {\"processes\": %zu, \"counted\": %.0f, \"bytes\": %.0f, \"messages\": %.0f, \"links\": [",
            size == 1 ? "" : ",", size, one.bytes, predicted_bytes(size), size == 1 ? 0.0 : messages);
        for (std::size_t link = 0; link < kLinkCount; ++link) {
            const double model = predicted(alone, kLinks[link], size, messages);
            std::printf("%s{\"name\": \"%s\", \"predicted\": %.4f, \"simulated\": %.4f}",
                        link == 0 ? "" : ", ", kLinks[link].name, alone / model,
                        size <= most ? alone / one.seconds[link] : 0.0);
        }
        std::printf("]}");
    }
    std::printf("],\n \"seconds\": %.4f}\n", alone);
    return 0;
}
