// What a generation of processors computes with: one vector, as many as its registers hold, and how functions are compiled for it.
//
// A function that is to be compiled for a generation is written as a template over it, and called by one that has its attribute;
// "flatten" makes all that it calls part of it. Which generation a machine belongs to is asked when it runs.

#pragma once

#include <cstdint>

#define WITHIN static inline __attribute__((always_inline))

// N numbers that are computed with at once; they may stand anywhere.
template <int N>
struct Vector {
  typedef float Numbers __attribute__((vector_size(4 * N), aligned(4), may_alias));
  typedef int32_t Whole __attribute__((vector_size(4 * N), aligned(4), may_alias));
};

struct Wide : Vector<16> {  // 32 registers
  static constexpr int64_t lanes = 16;
};
struct Middle : Vector<8> {  // 16 registers
  static constexpr int64_t lanes = 8;
};
struct Narrow : Vector<4> {  // 16 registers or more
  static constexpr int64_t lanes = 4;
};

#define FOR_NARROW __attribute__((flatten))
#if defined(__x86_64__) && defined(__GNUC__)
#define FOR_MIDDLE __attribute__((target("avx2,fma"), flatten))
#define FOR_WIDE __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"), flatten))
#else
#define FOR_MIDDLE FOR_NARROW
#define FOR_WIDE FOR_NARROW
#endif

// Of what was made for each generation, that for this machine.
template <class T>
const T& for_this_machine(const T& narrow, const T& middle, const T& wide) {
#if defined(__x86_64__) && defined(__GNUC__)
  static const bool has_fused = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  static const bool has_wide = has_fused && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                               __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
  return has_wide ? wide : has_fused ? middle : narrow;
#else
  return narrow;
#endif
}

// How many numbers whole vectors of so many take.
WITHIN int64_t filled(int64_t count, int64_t lanes) { return (count + lanes - 1) / lanes * lanes; }
