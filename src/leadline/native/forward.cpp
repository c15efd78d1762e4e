// The outputs of a small chain of fully connected layers for many rows, some rows at a time through all layers.
//
// What the arguments are is told in forward.py, which binds it.

#include "chain.h"
#include "threads.h"
#include "xla/ffi/api/ffi.h"

namespace ffi = xla::ffi;

constexpr int64_t AT_ONCE = 64;   // rows whose values stay in the first caches
constexpr int64_t A_TASK = 1024;  // rows that are worth a task

struct Weights {
  Described layer;
  std::vector<float> W, b;
};

template <class M>
WITHIN void forward(const std::vector<Weights>& layers, const float* X, int64_t rows, float* outputs) {
  int64_t widest = 0;
  for (const Weights& one : layers) widest = std::max(widest, one.layer.width);
  std::vector<float> values(AT_ONCE * widest), next(AT_ONCE * widest);
  const int64_t features = layers.front().layer.inputs, units = layers.back().layer.units, width = layers.back().layer.width;
  for (int64_t from = 0; from < rows; from += AT_ONCE) {
    const int64_t count = std::min(AT_ONCE, rows - from);
    const float* a = X + from * features;
    int64_t across = features;
    for (const auto& [layer, W, b] : layers) {
      Products<M>::product(a, across, 1, W.data(), b.data(), next.data(), count, layer.width, layer.inputs);
      Products<M>::activate(layer.activation, next.data(), count * layer.width);
      std::swap(values, next);
      a = values.data(), across = layer.width;
    }
    for (int64_t i = 0; i < count; i++) memcpy(outputs + (from + i) * units, &values[i * width], units * sizeof(float));
  }
}

FOR_NARROW static void forward_narrow(const std::vector<Weights>& layers, const float* X, int64_t rows, float* outputs) {
  forward<Narrow>(layers, X, rows, outputs);
}
FOR_MIDDLE static void forward_middle(const std::vector<Weights>& layers, const float* X, int64_t rows, float* outputs) {
  forward<Middle>(layers, X, rows, outputs);
}
FOR_WIDE static void forward_wide(const std::vector<Weights>& layers, const float* X, int64_t rows, float* outputs) {
  forward<Wide>(layers, X, rows, outputs);
}

static ffi::Error Forward(ffi::ThreadPool pool, ffi::Buffer<ffi::F32> X, ffi::Buffer<ffi::F32> values,
                          ffi::Result<ffi::Buffer<ffi::F32>> outputs, ffi::Span<const int64_t> chain) {
  const auto forward = for_this_machine(forward_narrow, forward_middle, forward_wide);
  std::vector<Weights> layers;
  for (const Described& one : described(chain)) {
    Weights& own = layers.emplace_back(Weights{one});
    spread(values.typed_data() + one.kernel, own.W, one.inputs, one.units, one.width);
    own.b.assign(one.width, 0.0f);
    if (one.bias >= 0) spread(values.typed_data() + one.bias, own.b, 1, one.units, one.width);
  }
  const int64_t rows = X.dimensions()[0], features = X.dimensions()[1], units = outputs->dimensions()[1];
  together(pool, (rows + A_TASK - 1) / A_TASK, [&](int64_t task) {
    const int64_t from = task * A_TASK;
    forward(layers, X.typed_data() + from * features, std::min(A_TASK, rows - from), outputs->typed_data() + from * units);
  });
  return ffi::Error::Success();
}

#pragma GCC visibility push(default)
XLA_FFI_DEFINE_HANDLER_SYMBOL(leadline_forward, Forward,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Arg<ffi::Buffer<ffi::F32>>()  // X
                                  .Arg<ffi::Buffer<ffi::F32>>()  // values
                                  .Ret<ffi::Buffer<ffi::F32>>()
                                  .Attr<ffi::Span<const int64_t>>("chain"));
