// One epoch of training of a small chain of fully connected layers with Adam, for each member of a population.
//
// XLA starts some thirty operations a step, which costs a small network more than its arithmetic. Here a step is one pass: the
// batch is gathered, goes forward, the slope of the cost comes back, and Adam moves the weights, all within the first caches.
// What the arguments are is told in epoch.py, which binds it; both ways give the same numbers up to rounding.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "chain.h"
#include "xla/ffi/api/ffi.h"

namespace ffi = xla::ffi;

enum Cost : int64_t { SPARSE, BINARY, SQUARED };

struct Layer : Described {
  float kernel_l2, bias_l2;
  std::vector<float> W, b, W_mean, b_mean, W_square, b_square, W_slope, b_slope, turned, values, slopes;
};

struct Adam {
  float take_1, take_2, epsilon;
};

struct Batch {
  const int32_t* labels;  // (m,), or null where targets are numbers
  const float* numbers;   // (m, units), or null
  const float* weights;   // (m,), or null where all count alike
};

struct Sizes {
  int64_t examples, features, batch, steps, positions;
};

// An epoch of one network. `out` takes the outputs of each step, (steps, batch, units), where it is not null.
struct Run {
  Sizes sizes;
  int64_t kind;
  Adam adam;
  const float* X;
  Batch data;
  const int32_t* order;
  const float* alphas;
  float *costs, *penalties, *out;
};

template <class M>
struct Kernel : Products<M> {
  using typename Products<M>::Lanes;
  using Products<M>::LANES;
  using Products<M>::load;
  using Products<M>::store;
  using Products<M>::exponential;
  using Products<M>::sigmoid;
  using Products<M>::activate;
  using Products<M>::product;

  // The slope of an activation, given its value.
  WITHIN Lanes slope(int64_t activation, Lanes a) {
    switch (activation) {
      case RELU: return a > 0.0f ? Lanes{} + 1.0f : Lanes{};
      case SIGMOID: return a * (1.0f - a);
      case TANH: return 1.0f - a * a;
      default: return Lanes{} + 1.0f;
    }
  }

  WITHIN void moved(std::vector<float>& w, std::vector<float>& mean, std::vector<float>& square, const std::vector<float>& g, float l2,
                    float alpha, Adam adam) {
    for (size_t i = 0; i < w.size(); i += LANES) {
      const Lanes now = load(&w[i]), slope = load(&g[i]) + 2.0f * l2 * now;
      const Lanes m = load(&mean[i]) + adam.take_1 * (slope - load(&mean[i]));
      const Lanes v = load(&square[i]) + adam.take_2 * (slope * slope - load(&square[i]));
      Lanes root;
      for (int lane = 0; lane < LANES; lane++) root[lane] = __builtin_sqrtf(v[lane]);
      const Lanes below = root + adam.epsilon;
      store(&mean[i], m);
      store(&square[i], v);
      store(&w[i], now - alpha * m / (below == 0.0f ? Lanes{} + 1.0f : below));
    }
  }

  WITHIN float squares(const std::vector<float>& w) {
    Lanes sums{};
    for (size_t i = 0; i < w.size(); i += LANES) sums += load(&w[i]) * load(&w[i]);
    float sum = 0.0f;
    for (int lane = 0; lane < LANES; lane++) sum += sums[lane];
    return sum;
  }

  // What the examples of a batch cost together, with weights over their count; their outputs become the slopes of that.
  WITHIN float cost(int64_t kind, Layer& last, const Batch& data, const int32_t* rows, int64_t present, int64_t batch) {
    float total = 0.0f;
    std::vector<float> raised(last.width);
    for (int64_t i = 0; i < batch; i++) {
      float* f = &last.values[i * last.width];
      float* d = &last.slopes[i * last.width];
      if (i >= present) {
        memset(d, 0, last.width * sizeof(float));
        continue;
      }
      const int64_t row = rows[i], units = last.units;
      const float share = (data.weights ? data.weights[row] : 1.0f) / present;
      if (kind == SPARSE) {
        const int32_t label = data.labels[row];
        float most = f[0];
        for (int64_t j = 1; j < units; j++) most = f[j] > most || f[j] != f[j] ? f[j] : most;
        for (int64_t j = 0; j < last.width; j += LANES) store(&raised[j], exponential(load(f + j) - most));
        float sum = 0.0f;
        for (int64_t j = 0; j < units; j++) sum += raised[j];
        const bool known = label >= 0 && label < units;  // another label costs nothing and moves nothing
        if (known) total += share * (std::log(sum) + most - f[label]);
        const float scale = known ? share / sum : 0.0f;
        for (int64_t j = 0; j < last.width; j++) d[j] = j < units ? scale * raised[j] : 0.0f;
        if (known) d[label] -= share;
      } else {
        const float* y = data.numbers + row * units;
        float own = 0.0f;
        if (kind == BINARY)
          for (int64_t j = 0; j < last.width; j += LANES) store(&raised[j], sigmoid(load(f + j)));
        for (int64_t j = 0; j < units; j++) {
          const float off = (kind == BINARY ? raised[j] : f[j]) - y[j];
          own += kind == BINARY ? std::max(f[j], 0.0f) - f[j] * y[j] + std::log1p(std::exp(-std::fabs(f[j]))) : off * off;
          d[j] = (kind == BINARY ? 1.0f : 2.0f) * off * share / units;
        }
        for (int64_t j = units; j < last.width; j++) d[j] = 0.0f;
        total += share * own / units;
      }
    }
    return total;
  }

  WITHIN void epoch(std::vector<Layer>& layers, const Run& run) {
    const auto& [sizes, kind, adam, X, data, order, alphas, costs, penalties, out] = run;
    const int64_t batch = sizes.batch, features = sizes.features;
    Layer& last = layers.back();
    std::vector<float> x(batch * features);
    std::vector<int32_t> rows(batch);
    for (int64_t step = 0; step < sizes.steps; step++) {
      const int64_t present = std::min(batch, sizes.positions - step * batch);
      for (int64_t i = 0; i < batch; i++) {
        rows[i] = std::clamp<int64_t>(order[step * batch + i], 0, sizes.examples - 1);
        memcpy(&x[i * features], X + rows[i] * features, features * sizeof(float));
      }
      const float* a = x.data();
      int64_t across = features;
      for (Layer& layer : layers) {
        product(a, across, 1, layer.W.data(), layer.b.data(), layer.values.data(), batch, layer.width, layer.inputs);
        activate(layer.activation, layer.values.data(), batch * layer.width);
        a = layer.values.data(), across = layer.width;
      }
      if (out)
        for (int64_t i = 0; i < batch; i++)
          memcpy(out + (step * batch + i) * last.units, &last.values[i * last.width], last.units * sizeof(float));
      float penalty = 0.0f;
      for (const Layer& layer : layers) {
        if (layer.kernel_l2 != 0.0f) penalty += layer.kernel_l2 * squares(layer.W);
        if (layer.bias_l2 != 0.0f) penalty += layer.bias_l2 * squares(layer.b);
      }
      costs[step] = cost(kind, last, data, rows.data(), present, batch);
      penalties[step] = penalty;
      for (int64_t place = layers.size(); place-- > 0;) {
        Layer& layer = layers[place];
        if (layer.activation != LINEAR)
          for (int64_t i = 0; i < batch * layer.width; i += LANES)
            store(&layer.slopes[i], load(&layer.slopes[i]) * slope(layer.activation, load(&layer.values[i])));
        const float* before = place ? layers[place - 1].values.data() : x.data();
        const int64_t apart = place ? layers[place - 1].width : features;
        product(before, 1, apart, layer.slopes.data(), nullptr, layer.W_slope.data(), layer.inputs, layer.width, batch);
        if (layer.bias >= 0) {
          std::fill(layer.b_slope.begin(), layer.b_slope.end(), 0.0f);
          for (int64_t i = 0; i < batch; i++)
            for (int64_t j = 0; j < layer.width; j += LANES)
              store(&layer.b_slope[j], load(&layer.b_slope[j]) + load(&layer.slopes[i * layer.width + j]));
        }
        if (place) {
          const int64_t width = layers[place - 1].width;
          for (int64_t k = 0; k < layer.inputs; k++)
            for (int64_t j = 0; j < layer.units; j++) layer.turned[j * width + k] = layer.W[k * layer.width + j];
          product(layer.slopes.data(), layer.width, 1, layer.turned.data(), nullptr, layers[place - 1].slopes.data(), batch, width, layer.units);
        }
        moved(layer.W, layer.W_mean, layer.W_square, layer.W_slope, layer.kernel_l2, alphas[step], adam);
        if (layer.bias >= 0) moved(layer.b, layer.b_mean, layer.b_square, layer.b_slope, layer.bias_l2, alphas[step], adam);
      }
    }
  }
};

FOR_NARROW static void epoch_narrow(std::vector<Layer>& layers, const Run& run) { Kernel<Narrow>::epoch(layers, run); }
FOR_MIDDLE static void epoch_middle(std::vector<Layer>& layers, const Run& run) { Kernel<Middle>::epoch(layers, run); }
FOR_WIDE static void epoch_wide(std::vector<Layer>& layers, const Run& run) { Kernel<Wide>::epoch(layers, run); }

// Where the arrays of one member begin, in an operand whose axes of members may be of size 1: the same for all of them.
struct Members {
  std::vector<int64_t> counts;
  int64_t size = 1;

  template <typename Buffer>
  int64_t start(const Buffer& buffer, int64_t member) const {
    const auto dims = buffer.dimensions();
    int64_t one = 1, place = 0, apart = 1;
    for (size_t axis = counts.size(); axis < dims.size(); axis++) one *= dims[axis];
    for (size_t axis = counts.size(); axis-- > 0;) {
      const int64_t own = member % counts[axis];
      member /= counts[axis];
      if (dims[axis] > 1) place += own * apart;
      apart *= dims[axis];
    }
    return place * one;
  }
};

static ffi::Error Epoch(ffi::Buffer<ffi::F32> X, ffi::Buffer<ffi::S32> labels, ffi::Buffer<ffi::F32> numbers,
                        ffi::Buffer<ffi::F32> weights, ffi::Buffer<ffi::S32> order, ffi::Buffer<ffi::F32> alphas,
                        ffi::Buffer<ffi::F32> settings, ffi::Buffer<ffi::F32> values, ffi::Buffer<ffi::F32> means,
                        ffi::Buffer<ffi::F32> squares, ffi::Result<ffi::Buffer<ffi::F32>> new_values,
                        ffi::Result<ffi::Buffer<ffi::F32>> new_means, ffi::Result<ffi::Buffer<ffi::F32>> new_squares,
                        ffi::Result<ffi::Buffer<ffi::F32>> costs, ffi::Result<ffi::Buffer<ffi::F32>> penalties,
                        ffi::Result<ffi::Buffer<ffi::F32>> outputs, ffi::Span<const int64_t> chain, int64_t kind, int64_t positions) {
  const auto shape = costs->dimensions();
  Members members;
  for (size_t axis = 0; axis + 1 < shape.size(); axis++) members.counts.push_back(shape[axis]), members.size *= shape[axis];
  const size_t first = members.counts.size();
  const Sizes sizes{X.dimensions()[first], X.dimensions()[first + 1], order.dimensions()[first + 1], order.dimensions()[first], positions};
  const auto epoch = for_this_machine(epoch_narrow, epoch_middle, epoch_wide);
  std::vector<Layer> layers;
  for (const Described& one : described(chain)) {
    const int64_t before = layers.empty() ? 0 : layers.back().width;
    Layer& layer = layers.emplace_back(Layer{one});
    layer.values.assign(sizes.batch * layer.width, 0.0f), layer.slopes.assign(sizes.batch * layer.width, 0.0f);
    layer.W_slope.assign(layer.inputs * layer.width, 0.0f), layer.b_slope.assign(layer.width, 0.0f);
    layer.turned.assign(layer.units * before, 0.0f);
  }
  for (int64_t member = 0; member < members.size; member++) {
    const float* own = settings.typed_data() + members.start(settings, member);
    const int64_t at = members.start(values, member), at_means = members.start(means, member), at_squares = members.start(squares, member);
    for (size_t i = 0; i < layers.size(); i++) {
      Layer& layer = layers[i];
      layer.kernel_l2 = own[3 + 2 * i], layer.bias_l2 = own[4 + 2 * i];
      spread(values.typed_data() + at + layer.kernel, layer.W, layer.inputs, layer.units, layer.width);
      spread(means.typed_data() + at_means + layer.kernel, layer.W_mean, layer.inputs, layer.units, layer.width);
      spread(squares.typed_data() + at_squares + layer.kernel, layer.W_square, layer.inputs, layer.units, layer.width);
      const int64_t is = layer.bias >= 0, place = is ? layer.bias : 0;
      layer.b.assign(layer.width, 0.0f);
      if (!is) continue;
      spread(values.typed_data() + at + place, layer.b, 1, layer.units, layer.width);
      spread(means.typed_data() + at_means + place, layer.b_mean, 1, layer.units, layer.width);
      spread(squares.typed_data() + at_squares + place, layer.b_square, 1, layer.units, layer.width);
    }
    const Batch data{labels.element_count() ? labels.typed_data() + members.start(labels, member) : nullptr,
                     numbers.element_count() ? numbers.typed_data() + members.start(numbers, member) : nullptr,
                     weights.element_count() ? weights.typed_data() + members.start(weights, member) : nullptr};
    const int64_t each = sizes.steps * sizes.batch * layers.back().units, total = new_values->dimensions().back();
    epoch(layers, {sizes, kind, {own[0], own[1], own[2]}, X.typed_data() + members.start(X, member), data,
                   order.typed_data() + members.start(order, member), alphas.typed_data() + members.start(alphas, member),
                   costs->typed_data() + member * sizes.steps, penalties->typed_data() + member * sizes.steps,
                   outputs->element_count() ? outputs->typed_data() + member * each : nullptr});
    for (const Layer& layer : layers) {
      float *w = new_values->typed_data() + member * total, *m = new_means->typed_data() + member * total,
            *v = new_squares->typed_data() + member * total;
      gathered(layer.W, w + layer.kernel, layer.inputs, layer.units, layer.width);
      gathered(layer.W_mean, m + layer.kernel, layer.inputs, layer.units, layer.width);
      gathered(layer.W_square, v + layer.kernel, layer.inputs, layer.units, layer.width);
      if (layer.bias < 0) continue;
      gathered(layer.b, w + layer.bias, 1, layer.units, layer.width);
      gathered(layer.b_mean, m + layer.bias, 1, layer.units, layer.width);
      gathered(layer.b_square, v + layer.bias, 1, layer.units, layer.width);
    }
  }
  return ffi::Error::Success();
}

#pragma GCC visibility push(default)
XLA_FFI_DEFINE_HANDLER_SYMBOL(leadline_epoch, Epoch,
                              ffi::Ffi::Bind()
                                  .Arg<ffi::Buffer<ffi::F32>>()  // X
                                  .Arg<ffi::Buffer<ffi::S32>>()  // labels
                                  .Arg<ffi::Buffer<ffi::F32>>()  // numbers
                                  .Arg<ffi::Buffer<ffi::F32>>()  // weights
                                  .Arg<ffi::Buffer<ffi::S32>>()  // order
                                  .Arg<ffi::Buffer<ffi::F32>>()  // alphas
                                  .Arg<ffi::Buffer<ffi::F32>>()  // settings
                                  .Arg<ffi::Buffer<ffi::F32>>()  // values
                                  .Arg<ffi::Buffer<ffi::F32>>()  // means
                                  .Arg<ffi::Buffer<ffi::F32>>()  // squares
                                  .Ret<ffi::Buffer<ffi::F32>>()  // values after
                                  .Ret<ffi::Buffer<ffi::F32>>()  // means after
                                  .Ret<ffi::Buffer<ffi::F32>>()  // squares after
                                  .Ret<ffi::Buffer<ffi::F32>>()  // costs
                                  .Ret<ffi::Buffer<ffi::F32>>()  // penalties
                                  .Ret<ffi::Buffer<ffi::F32>>()  // outputs
                                  .Attr<ffi::Span<const int64_t>>("chain")
                                  .Attr<int64_t>("kind")
                                  .Attr<int64_t>("positions"));
