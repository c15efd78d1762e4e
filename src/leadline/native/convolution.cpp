// Convolution over two axes with steps of one, and its two transposes, each as one pass over the images.
//
// XLA's own runs slowly inside a loop on a CPU, and a product of patches writes every number as often as the window has entries
// before it reads it again. Here an image is copied once, with its zeros around it, into a place that fits the second cache, and
// products are taken from there: some places of the window at a time, for some vectors of outputs, whose sums stay in registers.
//
// What the arguments are is told in convolution.py, which binds it. The order of all sums depends on shapes alone, never on how
// many threads there are.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "machine.h"
#include "threads.h"
#include "xla/ffi/api/ffi.h"

namespace ffi = xla::ffi;

// How many vectors of outputs are summed at a time, and for how many places: as many sums as there are registers, but for those of
// a row of the kernel.
template <class M>
constexpr int MOST = M::lanes == 16 ? 4 : 2;
template <class M>
constexpr int places_of(int vectors) {
  return vectors < MOST<M> ? 8 : M::lanes == 4 ? 5 : 6;
}

struct Shape {
  int64_t images, height, width, channels;  // of what is read
  int64_t rows, columns, outputs;           // of what is written, for each image
  int64_t window[2], before[2], apart[2];   // entries of the window, zeros in front, how far the entries lie apart
  int64_t high() const { return rows + (window[0] - 1) * apart[0]; }
  int64_t broad() const { return columns + (window[1] - 1) * apart[1]; }
  int64_t entries() const { return window[0] * window[1] * channels; }
  // How far what each entry sees stands behind what the first one sees.
  std::vector<int64_t> seen() const {
    std::vector<int64_t> found;
    for (int64_t i = 0; i < window[0]; i++)
      for (int64_t j = 0; j < window[1]; j++)
        for (int64_t c = 0; c < channels; c++) found.push_back((i * apart[0] * broad() + j * apart[1]) * channels + c);
    return found;
  }
};

// An image with its zeros around it.
WITHIN void framed(const Shape& shape, const float* image, float* to) {
  const int64_t row = shape.broad() * shape.channels, own = shape.width * shape.channels, left = shape.before[1] * shape.channels;
  for (int64_t i = 0; i < shape.high(); i++, to += row) {
    const int64_t from = i - shape.before[0];
    if (from < 0 || from >= shape.height) {
      memset(to, 0, row * sizeof(float));
      continue;
    }
    memset(to, 0, left * sizeof(float));
    memcpy(to + left, image + from * own, own * sizeof(float));
    memset(to + left + own, 0, (row - left - own) * sizeof(float));
  }
}

constexpr int64_t NEAR = 6 << 10;  // so many numbers stay in the first cache while they are read again

// What the places of an image get from some entries of the window, as few as stay near; `rows` is their part of the kernel,
// (depth, V vectors). Sums are taken up from `to`, but for the first entries.
template <class M, int V>
WITHIN void entries_forward(const Shape& shape, const float* image, const int64_t* seen, int64_t depth, const float* rows, bool is_first,
                            float* to, int64_t across) {
  typedef typename M::Numbers Lanes;
  constexpr int R = places_of<M>(V);
  const int64_t places = shape.rows * shape.columns;
  for (int64_t place = 0; place < places; place += R) {
    const float* at[R];
    Lanes sums[R][V] = {};
    for (int r = 0; r < R; r++) {
      const int64_t own = std::min(place + r, places - 1);
      at[r] = image + (own / shape.columns * shape.broad() + own % shape.columns) * shape.channels;
      if (!is_first)
        for (int v = 0; v < V; v++) sums[r][v] = *(const Lanes*)(to + own * across + v * M::lanes);
    }
    for (int64_t k = 0; k < depth; k++) {
      const int64_t where = seen[k];
      Lanes row[V];
      for (int v = 0; v < V; v++) row[v] = *(const Lanes*)(rows + (k * V + v) * M::lanes);
      for (int r = 0; r < R; r++) {
        const float a = at[r][where];
        for (int v = 0; v < V; v++) sums[r][v] += a * row[v];
      }
    }
    for (int r = 0; r < R && place + r < places; r++)
      for (int v = 0; v < V; v++) *(Lanes*)(to + (place + r) * across + v * M::lanes) = sums[r][v];
  }
}

// The outputs [first, first + V vectors) of an image; `panel` holds their part of the kernel, entry after entry.
template <class M, int V>
WITHIN void panel_forward(const Shape& shape, const std::vector<int64_t>& seen, const float* image, const float* panel, int64_t first,
                          float* y, float* aside) {
  constexpr int width = V * M::lanes;
  const int64_t places = shape.rows * shape.columns, numbers = shape.outputs - first, entries = shape.entries();
  float* to = numbers < width ? aside : y + first;
  const int64_t across = numbers < width ? width : shape.outputs;
  for (int64_t begin = 0; begin < entries; begin += NEAR / width)
    entries_forward<M, V>(shape, image, &seen[begin], std::min(entries - begin, NEAR / width), panel + begin * width, !begin, to, across);
  if (numbers < width)
    for (int64_t place = 0; place < places; place++) memcpy(y + place * shape.outputs + first, aside + place * width, numbers * sizeof(float));
}

// The kernel's slopes of V vectors of outputs by some rows of an image are added to `sums_of`, (entries, V vectors).
template <class M, int V>
WITHIN void rows_kernel(const Shape& shape, const std::vector<int64_t>& seen, const float* image, const float* slopes, int64_t across,
                        int64_t from, int64_t to, float* sums_of) {
  typedef typename M::Numbers Lanes;
  constexpr int R = places_of<M>(V), width = V * M::lanes;
  const int64_t channels = shape.channels, entries = shape.entries();
  for (int64_t entry = 0; entry < entries; entry += R) {
    const float* at[R];
    Lanes sums[R][V];
    for (int r = 0; r < R; r++) {
      const int64_t own = std::min(entry + r, entries - 1);
      at[r] = image + seen[own];
      for (int v = 0; v < V; v++) sums[r][v] = *(const Lanes*)(sums_of + own * width + v * M::lanes);
    }
    for (int64_t i = from; i < to; i++) {
      const float* rows = slopes + i * shape.columns * across;
      const int64_t row_at = i * shape.broad() * channels;
      for (int64_t j = 0; j < shape.columns; j++, rows += across) {
        Lanes row[V];
        for (int v = 0; v < V; v++) row[v] = *(const Lanes*)(rows + v * M::lanes);
        for (int r = 0; r < R; r++) {
          const float a = at[r][row_at + j * channels];
          for (int v = 0; v < V; v++) sums[r][v] += a * row[v];
        }
      }
    }
    for (int r = 0; r < R && entry + r < entries; r++)
      for (int v = 0; v < V; v++) *(Lanes*)(sums_of + (entry + r) * width + v * M::lanes) = sums[r][v];
  }
}

// The same by a whole image, some rows at a time, so that they are near.
template <class M, int V>
WITHIN void panel_kernel(const Shape& shape, const std::vector<int64_t>& seen, const float* image, const float* slopes, int64_t across, float* sums_of) {
  const int64_t each = std::max<int64_t>(1, NEAR / (shape.columns * V * M::lanes));
  for (int64_t from = 0; from < shape.rows; from += each)
    rows_kernel<M, V>(shape, seen, image, slopes, across, from, std::min(from + each, shape.rows), sums_of);
}

// How outputs are divided into panels of at most so many vectors: calls `each(first, vectors)`.
template <class M, class Each>
WITHIN void panels(int64_t outputs, Each each) {
  for (int64_t first = 0; first < outputs; first += MOST<M> * M::lanes)
    each(first, std::min<int64_t>(MOST<M>, (outputs - first + M::lanes - 1) / M::lanes));
}

// Columns of a matrix (rows, outputs) as panels, each whole, what fills them up being 0.
template <class M>
WITHIN void packed(const float* from, int64_t rows, int64_t outputs, float* to) {
  panels<M>(outputs, [&](int64_t first, int64_t vectors) {
    const int64_t width = vectors * M::lanes, own = std::min(width, outputs - first);
    for (int64_t row = 0; row < rows; row++, to += width) {
      memcpy(to, from + row * outputs + first, own * sizeof(float));
      if (own < width) memset(to + own, 0, (width - own) * sizeof(float));
    }
  });
}

// Some images' outputs.
template <class M>
WITHIN void forward(const Shape& shape, const std::vector<int64_t>& seen, const float* x, const float* kernel, float* y, int64_t from, int64_t to) {
  const std::unique_ptr<float[]> image(new float[shape.high() * shape.broad() * shape.channels]);
  const std::unique_ptr<float[]> aside(new float[shape.rows * shape.columns * MOST<M> * M::lanes]);
  for (int64_t n = from; n < to; n++) {
    framed(shape, x + n * shape.height * shape.width * shape.channels, image.get());
    float* out = y + n * shape.rows * shape.columns * shape.outputs;
    panels<M>(shape.outputs, [&](int64_t first, int64_t vectors) {
      const float* panel = kernel + shape.entries() * first;
      switch (vectors) {
        case 1: return panel_forward<M, 1>(shape, seen, image.get(), panel, first, out, aside.get());
        case 2: return panel_forward<M, 2>(shape, seen, image.get(), panel, first, out, aside.get());
        case 3: return panel_forward<M, std::min(3, MOST<M>)>(shape, seen, image.get(), panel, first, out, aside.get());
        default: return panel_forward<M, MOST<M>>(shape, seen, image.get(), panel, first, out, aside.get());
      }
    });
  }
}

// The slopes of the kernel by some images, as panels.
template <class M>
WITHIN void of_kernel(const Shape& shape, const std::vector<int64_t>& seen, const float* x, const float* slopes, float* sums, int64_t from, int64_t to) {
  const int64_t places = shape.rows * shape.columns, across = filled(shape.outputs, M::lanes);
  const bool is_whole = across == shape.outputs;
  const std::unique_ptr<float[]> image(new float[shape.high() * shape.broad() * shape.channels]);
  std::vector<float> wide(is_whole ? 0 : places * across);
  for (int64_t n = from; n < to; n++) {
    framed(shape, x + n * shape.height * shape.width * shape.channels, image.get());
    const float* rows = slopes + n * places * shape.outputs;
    if (!is_whole) {
      for (int64_t place = 0; place < places; place++) memcpy(&wide[place * across], rows + place * shape.outputs, shape.outputs * sizeof(float));
      rows = wide.data();
    }
    panels<M>(shape.outputs, [&](int64_t first, int64_t vectors) {
      float* panel = sums + shape.entries() * first;
      switch (vectors) {
        case 1: return panel_kernel<M, 1>(shape, seen, image.get(), rows + first, across, panel);
        case 2: return panel_kernel<M, 2>(shape, seen, image.get(), rows + first, across, panel);
        case 3: return panel_kernel<M, std::min(3, MOST<M>)>(shape, seen, image.get(), rows + first, across, panel);
        default: return panel_kernel<M, MOST<M>>(shape, seen, image.get(), rows + first, across, panel);
      }
    });
  }
}

// Some images, from one to before another: x and the kernel or the slopes give what the last array takes.
typedef void Pass(const Shape&, const std::vector<int64_t>&, const float*, const float*, float*, int64_t, int64_t);
struct Machine {
  Pass *forward, *of_kernel;
  void (*packed)(const float*, int64_t, int64_t, float*);
  int64_t lanes, most;
};

#define PASS(WHAT, NAME, M, FOR)                                                                                                  \
  FOR static void WHAT##_##NAME(const Shape& shape, const std::vector<int64_t>& seen, const float* x, const float* other, float* out, \
                                int64_t from, int64_t to) {                                                                       \
    WHAT<M>(shape, seen, x, other, out, from, to);                                                                                \
  }
#define MACHINE(NAME, M, FOR)      \
  PASS(forward, NAME, M, FOR)      \
  PASS(of_kernel, NAME, M, FOR)    \
  static const Machine NAME{forward_##NAME, of_kernel_##NAME, packed<M>, M::lanes, MOST<M>};

MACHINE(narrow, Narrow, FOR_NARROW)
MACHINE(middle, Middle, FOR_MIDDLE)
MACHINE(wide, Wide, FOR_WIDE)

constexpr int64_t A_TASK = 1 << 20;     // products that are worth a task
constexpr int64_t MOST_SUMS = 1 << 22;  // numbers that the slopes of parts of a batch may take together
constexpr int64_t MOST_PARTS = 16;

enum Way : int64_t { FORWARD, OF_INPUTS, OF_KERNEL };

// The kernel of the transpose: entries in the reverse order, channels and outputs exchanged.
static std::vector<float> turned(const float* kernel, int64_t taps, int64_t channels, int64_t outputs) {
  std::vector<float> to(taps * channels * outputs);
  for (int64_t tap = 0; tap < taps; tap++)
    for (int64_t c = 0; c < channels; c++)
      for (int64_t o = 0; o < outputs; o++)
        to[((taps - 1 - tap) * outputs + o) * channels + c] = kernel[(tap * channels + c) * outputs + o];
  return to;
}

static void convolved(ffi::ThreadPool& pool, const Shape& shape, const float* x, const float* kernel, float* y) {
  const Machine& own = for_this_machine(narrow, middle, wide);
  const int64_t width = filled(shape.outputs, own.lanes);
  std::vector<float> panels(shape.entries() * width);
  own.packed(kernel, shape.entries(), shape.outputs, panels.data());
  const int64_t products = std::max<int64_t>(1, shape.rows * shape.columns * shape.entries() * width);
  const int64_t each = std::max<int64_t>(1, std::min(shape.images, A_TASK / products));
  const std::vector<int64_t> seen = shape.seen();
  together(pool, (shape.images + each - 1) / each, [&](int64_t task) {
    own.forward(shape, seen, x, panels.data(), y, task * each, std::min(shape.images, (task + 1) * each));
  });
}

static void sloped(ffi::ThreadPool& pool, const Shape& shape, const float* x, const float* slopes, float* kernel) {
  const Machine& own = for_this_machine(narrow, middle, wide);
  const int64_t width = filled(shape.outputs, own.lanes), size = shape.entries() * width;
  const int64_t parts = std::max<int64_t>(1, std::min({shape.images, MOST_PARTS, MOST_SUMS / size}));
  std::vector<float> sums(parts * size, 0.0f);
  const std::vector<int64_t> seen = shape.seen();
  together(pool, parts, [&](int64_t part) {
    own.of_kernel(shape, seen, x, slopes, &sums[part * size], shape.images * part / parts, shape.images * (part + 1) / parts);
  });
  for (int64_t part = 1; part < parts; part++)
    for (int64_t i = 0; i < size; i++) sums[i] += sums[part * size + i];
  const float* from = sums.data();
  for (int64_t first = 0; first < shape.outputs; first += own.most * own.lanes) {
    const int64_t panel = std::min(own.most * own.lanes, width - first), count = std::min(panel, shape.outputs - first);
    for (int64_t entry = 0; entry < shape.entries(); entry++, from += panel)
      memcpy(kernel + entry * shape.outputs + first, from, count * sizeof(float));
  }
}

static ffi::Error Convolution(ffi::ThreadPool pool, ffi::Buffer<ffi::F32> first, ffi::Buffer<ffi::F32> second,
                              ffi::Result<ffi::Buffer<ffi::F32>> result, int64_t way, ffi::Span<const int64_t> before,
                              ffi::Span<const int64_t> apart) {
  // x (images, height, width, channels), kernel (*window, channels, outputs), y (images, rows, columns, outputs)
  const auto x = way == OF_INPUTS ? result->dimensions() : first.dimensions();
  const auto kernel = way == OF_KERNEL ? result->dimensions() : second.dimensions();
  const auto y = way == FORWARD ? result->dimensions() : way == OF_INPUTS ? first.dimensions() : second.dimensions();
  Shape shape{x[0], x[1], x[2], x[3], y[1], y[2], y[3], {kernel[0], kernel[1]}, {before[0], before[1]}, {apart[0], apart[1]}};
  if (way == FORWARD) {
    convolved(pool, shape, first.typed_data(), second.typed_data(), result->typed_data());
  } else if (way == OF_KERNEL) {
    sloped(pool, shape, first.typed_data(), second.typed_data(), result->typed_data());
  } else {
    const auto other = turned(second.typed_data(), kernel[0] * kernel[1], kernel[2], kernel[3]);
    Shape back{y[0], y[1], y[2], y[3], x[1], x[2], x[3], {kernel[0], kernel[1]}, {}, {apart[0], apart[1]}};
    for (int axis = 0; axis < 2; axis++) back.before[axis] = (kernel[axis] - 1) * apart[axis] - before[axis];
    convolved(pool, back, first.typed_data(), other.data(), result->typed_data());
  }
  return ffi::Error::Success();
}

#pragma GCC visibility push(default)
XLA_FFI_DEFINE_HANDLER_SYMBOL(leadline_convolution, Convolution,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Arg<ffi::Buffer<ffi::F32>>()  // x or y
                                  .Arg<ffi::Buffer<ffi::F32>>()  // the kernel or y
                                  .Ret<ffi::Buffer<ffi::F32>>()
                                  .Attr<int64_t>("way")
                                  .Attr<ffi::Span<const int64_t>>("before")
                                  .Attr<ffi::Span<const int64_t>>("apart"));
