// What a chain of fully connected layers computes with: products of matrices, and activations, some vectors at a time.
//
// Rows of weights and of values are kept at whole vectors; what fills them up is 0 and stays 0.

#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include "machine.h"

enum Activation : int64_t { LINEAR, RELU, SIGMOID, TANH };

// A layer: what it is, where its kernel and its bias (-1: none) stand in the vector of weights, and how many numbers its rows take.
struct Described {
  int64_t inputs, units, kernel, bias, activation, width;
};

// The layers of a chain, each told of in the first five numbers, for vectors of this machine.
template <class Numbers>
std::vector<Described> described(const Numbers& chain) {
  const int64_t lanes = for_this_machine(Narrow::lanes, Middle::lanes, Wide::lanes);
  std::vector<Described> layers;
  for (size_t i = 0; i < chain.size(); i += 5)
    layers.push_back({chain[i], chain[i + 1], chain[i + 2], chain[i + 3], chain[i + 4], filled(chain[i + 1], lanes)});
  return layers;
}

// Weights and moments go in and out of rows of whole vectors.
WITHIN void spread(const float* from, std::vector<float>& to, int64_t rows, int64_t units, int64_t width) {
  to.assign(rows * width, 0.0f);
  for (int64_t i = 0; i < rows; i++) memcpy(&to[i * width], from + i * units, units * sizeof(float));
}

WITHIN void gathered(const std::vector<float>& from, float* to, int64_t rows, int64_t units, int64_t width) {
  for (int64_t i = 0; i < rows; i++) memcpy(to + i * units, &from[i * width], units * sizeof(float));
}

template <class M>
struct Products {
  typedef typename M::Numbers Lanes;
  typedef typename M::Whole Whole;
  static constexpr int64_t LANES = M::lanes;
  static constexpr int ROWS = LANES == 16 ? 8 : 4;  // so many sums of two vectors stay in registers

  WITHIN Lanes load(const float* from) { return *(const Lanes*)from; }

  WITHIN void store(float* to, Lanes lanes) { *(Lanes*)to = lanes; }

  // e^x in single precision: 2^k times a polynomial in the rest, as in the Cephes library (Moshier). A NaN stays one.
  WITHIN Lanes exponential(Lanes x) {
    const Lanes most = Lanes{} + 88.3762626647949f, least = Lanes{} - 87.3365478515625f;
    Lanes within = x > most ? most : x;
    within = within < least ? least : within;
    const Lanes scaled = within * 1.44269504088896341f;
    const Whole k = __builtin_convertvector(scaled + (scaled < 0.0f ? Lanes{} - 0.5f : Lanes{} + 0.5f), Whole);
    const Lanes whole = __builtin_convertvector(k, Lanes);
    const Lanes rest = within - whole * 0.693359375f + whole * 2.12194440e-4f;
    Lanes sum = Lanes{} + 1.9875691500e-4f;
    for (float next : {1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f}) sum = sum * rest + next;
    sum = sum * rest * rest + rest + 1.0f;
    const Whole bits = (k + 127) << 23;
    const Lanes value = sum * (Lanes)bits;
    return x != x ? x : value;
  }

  // C(i, j) = b(j) + Σ_k A(i, k) B(k, j) for R rows and V vectors of columns; A(i, k) stands at A[i · across + k · along].
  template <int R, int V>
  WITHIN void tile(const float* A, int64_t across, int64_t along, const float* B, const float* b, float* C, int64_t width, int64_t depth) {
    Lanes sums[R][V];
    for (int r = 0; r < R; r++)
      for (int v = 0; v < V; v++) sums[r][v] = b ? load(b + LANES * v) : Lanes{};
    for (int64_t k = 0; k < depth; k++) {
      Lanes row[V];
      for (int v = 0; v < V; v++) row[v] = load(B + k * width + LANES * v);
      for (int r = 0; r < R; r++) {
        const float a = A[r * across + k * along];
        for (int v = 0; v < V; v++) sums[r][v] += a * row[v];
      }
    }
    for (int r = 0; r < R; r++)
      for (int v = 0; v < V; v++) store(C + r * width + LANES * v, sums[r][v]);
  }

  // The same for any number of rows and whole vectors of columns.
  WITHIN void product(const float* A, int64_t across, int64_t along, const float* B, const float* b, float* C, int64_t rows,
                      int64_t width, int64_t depth) {
    for (int64_t j = 0; j < width;) {
      const bool two = width - j >= 2 * LANES;
      const float* own = b ? b + j : nullptr;
      int64_t i = 0;
      for (; i + ROWS <= rows; i += ROWS) {
        if (two) tile<ROWS, 2>(A + i * across, across, along, B + j, own, C + i * width + j, width, depth);
        else tile<ROWS, 1>(A + i * across, across, along, B + j, own, C + i * width + j, width, depth);
      }
      for (; i < rows; i++) {
        if (two) tile<1, 2>(A + i * across, across, along, B + j, own, C + i * width + j, width, depth);
        else tile<1, 1>(A + i * across, across, along, B + j, own, C + i * width + j, width, depth);
      }
      j += two ? 2 * LANES : LANES;
    }
  }

  WITHIN Lanes sigmoid(Lanes z) { return 1.0f / (1.0f + exponential(-z)); }

  WITHIN Lanes activated(int64_t activation, Lanes z) {
    switch (activation) {
      case RELU: return z < 0.0f ? Lanes{} : z;  // so that a NaN stays one
      case SIGMOID: return sigmoid(z);
      case TANH: {
        // Near 0, where 2 / (1 + e^-2z) - 1 loses digits, by its series.
        const Lanes s = z * z, near = z * (1.0f + s * (-0.333333333f + s * (0.133333333f + s * (-0.053968254f + s * 0.021869488f))));
        return (s < 0.0625f) ? near : 2.0f * sigmoid(2.0f * z) - 1.0f;
      }
      default: return z;
    }
  }

  // An activation of whole vectors, in place.
  WITHIN void activate(int64_t activation, float* values, int64_t count) {
    if (activation == LINEAR) return;
    for (int64_t i = 0; i < count; i += LANES) store(values + i, activated(activation, load(values + i)));
  }
};
