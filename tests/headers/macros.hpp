// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Macros that other people's programs and headers define before they include ours: every capital letter, and
// the words that constants, flags and old platforms use. No public header has a name of its own among them.
#pragma once

// clang-format off
#define A 784
#define B 784
#define C 784
#define D 784
#define E 784
#define F 784
#define G 784
#define H 784
#define I 784
#define J 784
#define K 784
#define L 784
#define M 784
#define N 784
#define O 784
#define P 784
#define Q 784
#define R 784
#define S 784
#define T 784
#define U 784
#define V 784
#define W 784
#define X 784
#define Y 784
#define Z 784

// Letters with a number: weights, terminals' speeds, registers.
#define A0 784
#define A1 784
#define B0 784
#define B1 784
#define C1 784
#define F1 784
#define N1 784
#define R1 784
#define T1 784
#define T2 784
#define W1 784
#define W2 784
#define X1 784

// <ctype.h> of other systems. In Windows' headers _C, _N and _X are parameters: nobody can define them there.
#define _A 784
#define _B 784
#define _L 784
#define _P 784
#define _S 784
#define _T 784
#define _U 784
#ifndef _WIN32
#define _C 784
#define _N 784
#define _X 784
#endif

// windows.h.
#define CALLBACK 784
#define CONST 784
#define DELETE 784
#define ERROR 784
#define IN 784
#define INFINITE 784
#define OPTIONAL 784
#define OUT 784
#define VOID 784
#define far 784
#define interface 784
#define max(a, b) ((a) > (b) ? (a) : (b))
#define min(a, b) ((a) < (b) ? (a) : (b))
#define near 784
#define small 784

// X.h and curses.h.
#define Always 784
#define Bool 784
#define Complex 784
#define False 784
#define None 784
#define Status 784
#define Success 784
#define True 784

// Constants, sizes and flags of programs.
#define BATCH 784
#define COLS 784
#define DATA 784
#define DEBUG 784
#define DIM 784
#define DOUBLE 784
#define EPS 784
#define EPSILON 784
#define FALSE 784
#define FLOAT 784
#define HIDDEN 784
#define INPUT 784
#define INT 784
#define LR 784
#define MATRIX 784
#define MAX 784
#define MIN 784
#define NDIM 784
#define NO 784
#define OK 784
#define OUTPUT 784
#define PI 784
#define REAL 784
#define ROWS 784
#define SEED 784
#define SIZE 784
#define TEST 784
#define TRAIN 784
#define TRUE 784
#define TYPE 784
#define YES 784
#define Float 784
#define Int 784
#define Real 784
// clang-format on
