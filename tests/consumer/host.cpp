// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Loads two plugins, computes in both on two threads, closes them; three times. Argument: local or global.
#include <dlfcn.h>

#include <cstdio>
#include <string>
#include <thread>

int main(int, char** argv) {
    const int how = RTLD_NOW | (argv[1] == std::string("global") ? RTLD_GLOBAL : RTLD_LOCAL);
    for (int round = 0; round < 3; ++round) {
        void* const plugins[] = {dlopen("./plugin1.so", how), dlopen("./plugin2.so", how)};
        double results[4] = {};
        const auto compute = [&](double* to) {
            for (int i = 0; i < 2; ++i) {
                to[i] = reinterpret_cast<double (*)()>(dlsym(plugins[i], "plugin_result"))();
            }
        };
        std::thread other(compute, results + 2);
        compute(results);
        other.join();
        std::printf("%g %g %g %g\n", results[0], results[1], results[2], results[3]);
        for (void* const plugin : plugins) {
            dlclose(plugin);
        }
    }
    return 0;
}
