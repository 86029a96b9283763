// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What a thread keeps from call to call, and gives back when it ends.
#pragma once

#if defined(__MINGW32__) && !defined(__clang__)
#include <pthread.h>

#include <memory>
#include <new>
#define THALWEG_THREAD_LOCAL_DIES_EARLY 1
#endif

#include <utility>

namespace thalweg {

// The calling thread's T of that User, any type that stands for one place of use: two places have two
// objects.
//
// It is a thread_local variable, but for GCC on Windows, which at a thread's end frees the memory of such
// variables and only then calls their destructors (GCC bug 80816): these would give back what they read in
// memory that is another's by then. There the thread's pointer lies in a key of its own, whose destructor is
// handed the pointer itself.
template <class T, class User = T>
T& of_this_thread() {
#ifdef THALWEG_THREAD_LOCAL_DIES_EARLY
    static const pthread_key_t key = [] {
        pthread_key_t made{};
        if (::pthread_key_create(&made, [](void* object) { delete static_cast<T*>(object); }) != 0) {
            throw std::bad_alloc();
        }
        return made;
    }();
    if (void* const object = ::pthread_getspecific(key); object != nullptr) {
        return *static_cast<T*>(object);
    }
    auto object = std::make_unique<T>();
    if (::pthread_setspecific(key, object.get()) != 0) {
        throw std::bad_alloc();
    }
    return *object.release();
#else
    // A pointer, which can be read after the thread's objects have ended: what ends later may ask once more.
    thread_local T* object = nullptr;
    if (object == nullptr) [[unlikely]] {
        struct Owner {
            ~Owner() { delete std::exchange(object, nullptr); }
        };
        object = new T;
        thread_local const Owner owner;
        static_cast<void>(owner);
    }
    return *object;
#endif
}

}  // namespace thalweg
