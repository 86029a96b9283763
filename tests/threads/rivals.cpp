// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What the default team costs beside programs that hold the CPUs it wants: the mean over many small calls
// with default settings against one thread beside the same rival. Prints a table; exit status 1 when a bound
// is breached, 77 (skipped) where fewer than two CPUs may be used. Needs a machine that does nothing else.
#include <omp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "thalweg/thalweg.hpp"

namespace {

namespace tw = thalweg;
using Clock = std::chrono::steady_clock;

double seconds(Clock::duration time) {
    return std::chrono::duration<double>(time).count();
}

// A rival that waits actively: short regions of an OpenMP team of two, with a pool of its own.
void rival_team(const std::atomic<bool>& stop) {
    std::atomic<unsigned> work{0};
    while (!stop.load(std::memory_order_relaxed)) {
#pragma omp parallel num_threads(2) default(none) shared(work)
        for (int i = 0; i < 1000; ++i) {
            work.fetch_add(1, std::memory_order_relaxed);
        }
    }
}

std::function<void()> call_of(const std::string& name) {
    tw::Rng rng(1);
    if (name == "step") {
        // The book's mini-batch on dense input: the fused gradient, one region of two halves.
        auto net = std::make_shared<tw::TwoLayerNet<float>>(784, 50, 10, rng);
        auto grads = std::make_shared<tw::TwoLayerParams<float>>();
        auto workspace = std::make_shared<tw::TwoLayerWorkspace<float>>();
        auto x = std::make_shared<tw::Matrix<float>>(tw::Matrix<float>::randn(100, 784, rng, 1.0));
        auto t = std::make_shared<std::vector<int>>(100, 3);
        return [=] { net->gradient(*x, *t, *grads, *workspace); };
    }
    std::size_t m = 0;
    std::size_t k = 0;
    std::size_t n = 0;
    if (std::sscanf(name.c_str(), "%zux%zux%zu", &m, &k, &n) != 3) {
        throw std::invalid_argument("rivals: \"" + name + "\" is no call; expected step or MxKxN");
    }
    auto a = std::make_shared<tw::Matrix<float>>(tw::Matrix<float>::randn(m, k, rng, 1.0));
    auto b = std::make_shared<tw::Matrix<float>>(tw::Matrix<float>::randn(k, n, rng, 1.0));
    auto c = std::make_shared<tw::Matrix<float>>(m, n);
    return [=] { tw::dot(*a, *b, *c); };
}

// What a measuring process does besides: a rival team, or three more threads that make the same call.
std::vector<std::jthread> company_of(const std::string& kind, const std::string& call,
                                     const std::atomic<bool>& stop) {
    std::vector<std::jthread> company;
    if (kind == "team") {
        company.emplace_back([&stop] { rival_team(stop); });
    }
    for (int i = 0; kind == "callers" && i < 3; ++i) {
        company.emplace_back([&stop, own_call = call_of(call)] {
            while (!stop.load(std::memory_order_relaxed)) {
                own_call();
            }
        });
    }
    if (!company.empty()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return company;
}

// Prints mean and longest time in microseconds.
void time_calls(const std::function<void()>& call, int count) {
    for (int i = 0; i < 100; ++i) {
        call();
    }
    Clock::duration longest{};
    const Clock::time_point begin = Clock::now();
    for (int i = 0; i < count; ++i) {
        const Clock::time_point start = Clock::now();
        call();
        longest = std::max(longest, Clock::now() - start);
    }
    std::printf("%.9g %.9g\n", seconds(Clock::now() - begin) / count * 1e6, seconds(longest) * 1e6);
    std::fflush(stdout);
}

// Within a caller's region whose other thread makes the same call.
void time_in_region(const std::string& name, int count) {
#pragma omp parallel num_threads(2) default(none) shared(name, count)
    {
        const std::function<void()> call = call_of(name);
        if (omp_get_thread_num() == 0) {
            time_calls(call, count);
        } else {
            for (int i = 0; i < count; ++i) {
                call();
            }
        }
    }
}

// In the child of a process that has had a team.
void time_after_fork(const std::function<void()>& call, int count) {
    call();
    const pid_t child = ::fork();
    if (child == 0) {
        time_calls(call, count);
        ::_exit(0);
    }
    ::waitpid(child, nullptr, 0);
}

// The child's side. measure THREADS CALL COUNT COMPANY: mean and longest in microseconds, on standard
// output.
int measure(const std::vector<std::string>& args) {
    tw::set_threads(std::stoi(args.at(1)));
    const std::string& name = args.at(2);
    const int count = std::stoi(args.at(3));
    const std::string& kind = args.at(4);
    std::atomic<bool> stop{false};
    const std::vector<std::jthread> company = company_of(kind, name, stop);
    if (kind == "region") {
        time_in_region(name, count);
    } else if (kind == "fork") {
        time_after_fork(call_of(name), count);
    } else {
        time_calls(call_of(name), count);
    }
    stop = true;
    return 0;
}

int play(const std::vector<std::string>& args) {
    if (args.at(0) == "measure") {
        return measure(args);
    }
    if (args.at(0) == "spin") {
        for (std::atomic<unsigned> n{0};;) {
            n.fetch_add(1, std::memory_order_relaxed);
        }
    }
    if (args.at(0) == "thalweg") {
        for (const std::function<void()> call = call_of("100x784x50");;) {
            call();
        }
    }
    if (args.at(0) == "team") {
        rival_team(false);
    }
    std::fprintf(stderr, "rivals: unknown role %s\n", args.at(0).c_str());
    return 2;
}

// Another copy of this program; ends with this object, and with this process whatever ends that.
class Child {
public:
    Child(const std::vector<std::string>& args, const std::vector<std::string>& env, int cpu = -1) {
        int ends[2];
        if (::pipe(ends) != 0 || (pid_ = ::fork()) < 0) {
            throw std::runtime_error("rivals: cannot start a process");
        }
        if (pid_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            ::dup2(ends[1], STDOUT_FILENO);
            become(args, env, cpu);
        }
        ::close(ends[1]);
        output_ = ::fdopen(ends[0], "r");
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        std::fclose(output_);
    }

    struct Times {
        double mean = 0;
        double longest = 0;
    };
    Times times() {
        Times found;
        if (std::fscanf(output_, "%lf %lf", &found.mean, &found.longest) != 2) {
            throw std::runtime_error("rivals: a measurement ended without its times");
        }
        return found;
    }

private:
    [[noreturn]] static void become(std::vector<std::string> args, const std::vector<std::string>& env,
                                    int cpu) {
        if (cpu >= 0) {
            cpu_set_t mask;
            CPU_ZERO(&mask);
            CPU_SET(cpu, &mask);
            ::sched_setaffinity(0, sizeof mask, &mask);
        }
        for (const std::string& setting : env) {
            ::putenv(::strdup(setting.c_str()));
        }
        std::vector<char*> argv{::strdup("rivals")};
        for (std::string& arg : args) {
            argv.push_back(arg.data());
        }
        argv.push_back(nullptr);
        ::execv("/proc/self/exe", argv.data());
        ::_exit(127);
    }

    pid_t pid_ = -1;
    std::FILE* output_ = nullptr;
};

int first_cpu() {
    cpu_set_t mask;
    CPU_ZERO(&mask);
    ::sched_getaffinity(0, sizeof mask, &mask);
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (CPU_ISSET(cpu, &mask)) {
            return cpu;
        }
    }
    return -1;
}

// What runs beside a measurement, and the measurement's own surroundings.
struct Case {
    const char* name;
    std::vector<std::vector<std::string>> rivals = {};
    std::vector<std::string> rival_env = {};
    std::vector<std::string> env = {};
    const char* company = "none";
    bool one_cpu = false;  // measure within a mask of one CPU
    bool narrow = false;   // no rival: the default at most 10 % slower than one thread
};

std::vector<Case> cases() {
    const std::string place = "{" + std::to_string(first_cpu()) + "}";
    const std::vector<std::string> active{"OMP_WAIT_POLICY=active"};
    return {
        {.name = "OMP_NUM_THREADS=1", .env = {"OMP_NUM_THREADS=1"}, .narrow = true},
        {.name = "mask of one CPU", .one_cpu = true, .narrow = true},
        {.name = "nothing, unpinned", .narrow = true},
        {.name = "in a region of two", .company = "region", .narrow = true},
        {.name = "after fork, in the child", .company = "fork", .narrow = true},
        // As the kernel leaves them at times; that of one thread is the same CPU.
        {.name = "team on one CPU", .env = {"OMP_PROC_BIND=true", "OMP_PLACES=" + place + "," + place}},
        {.name = "one spinner", .rivals = {{"spin"}}},
        {.name = "two spinners", .rivals = {{"spin"}, {"spin"}}},
        {.name = "a second thalweg", .rivals = {{"thalweg"}}},
        {.name = "the same, both active", .rivals = {{"thalweg"}}, .rival_env = active, .env = active},
        {.name = "an active OpenMP pool", .rivals = {{"team"}}, .rival_env = active},
        {.name = "an active pool inside", .env = active, .company = "team"},
        {.name = "three callers more", .company = "callers"},
    };
}

struct Row {
    Child::Times one;
    Child::Times standard;
};

// Default settings between two halves with one thread, so that what the machine does besides meets both.
Row run(const Case& which, const std::string& call, int count) {
    std::vector<std::unique_ptr<Child>> rivals;
    for (const std::vector<std::string>& rival : which.rivals) {
        rivals.push_back(std::make_unique<Child>(rival, which.rival_env));
    }
    ::usleep(rivals.empty() ? 0 : 200'000);
    const auto times = [&](const char* threads, int calls) {
        return Child({"measure", threads, call, std::to_string(calls), which.company}, which.env,
                     which.one_cpu ? first_cpu() : -1)
            .times();
    };
    if (which.narrow) {
        // The best of ten turns each: noise is larger than the bound.
        Row best{times("1", count / 10), times("0", count / 10)};
        for (int turn = 1; turn < 10; ++turn) {
            best.one.mean = std::min(best.one.mean, times("1", count / 10).mean);
            best.standard.mean = std::min(best.standard.mean, times("0", count / 10).mean);
        }
        return best;
    }
    const Child::Times before = times("1", count / 2);
    const Child::Times standard = times("0", count);
    const Child::Times after = times("1", count / 2);
    return {{(before.mean + after.mean) / 2, std::max(before.longest, after.longest)}, standard};
}

}  // namespace

// rivals [PART-OF-A-CASE'S-NAME [CALLS]]
int main(int argc, char** argv) {  // NOLINT(bugprone-exception-escape): whatever is thrown ends it
    const std::vector<std::string> args(argv + 1, argv + argc);
    if (!args.empty() &&
        std::string_view("measure spin thalweg team").find(args[0]) != std::string_view::npos) {
        return play(args);
    }
    if (omp_get_num_procs() < 2) {
        std::puts("skipped: needs two CPUs");
        return 77;
    }
    const std::string wanted = args.empty() ? "" : args[0];
    const int products = args.size() < 2 ? 20'000 : std::stoi(args[1]);
    bool breached = false;
    std::printf("%-24s %-11s %10s %10s %7s %7s %12s %12s\n", "beside", "call", "one us", "default us",
                "ratio", "bound", "one max us", "def. max us");
    for (const Case& which : cases()) {
        if (std::string_view(which.name).find(wanted) == std::string_view::npos) {
            continue;
        }
        for (const char* const call : {"100x784x50", "100x50x10", "step"}) {
            const double bound = which.narrow ? 1.1 : 3.0;
            const Row row = run(which, call, call == std::string_view("step") ? products / 10 : products);
            const double ratio = row.standard.mean / row.one.mean;
            breached = breached || !(ratio < bound);
            std::printf("%-24s %-11s %10.2f %10.2f %7.2f %7.1f %12.0f %12.0f%s\n", which.name, call,
                        row.one.mean, row.standard.mean, ratio, bound, row.one.longest, row.standard.longest,
                        ratio < bound ? "" : "  BREACH");
            std::fflush(stdout);
        }
    }
    return breached ? 1 : 0;
}
