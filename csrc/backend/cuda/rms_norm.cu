#include "backend/cuda/config.h"
#include "backend/cuda/device.h"
#include "backend/cuda/device/paired.h"
#include "backend/cuda/device/rows.h"
#include "backend/cuda/device/team.h"
#include "backend/cuda/device/vector.h"
#include "backend/cuda/with_type.h"
#include "ops/rms_norm.h"

namespace fettle::cuda {
namespace {

/// How a piece is spread: `Lanes` threads hold `Vectors` times eight of its columns each; with Vectors = 0 they hold nothing, read the
/// columns twice (the second time from L1), and take any type and number.
template <class Type, int TeamLanes, int HeldVectors, bool WholeVectors>
struct Spread {
  using T = Type;
  static constexpr int kLanes = TeamLanes, kHeld = HeldVectors > 0 ? HeldVectors : 1;
  static constexpr bool kHolds = HeldVectors > 0, kWhole = WholeVectors;

  /// Calls f(v, i) for the columns [i, i + 8) that a thread takes. When it holds them, v is a constant and i may lie past n.
  template <class F>
  static __device__ void each(int lane, int64_t n, F&& f) {
    if constexpr (kHolds) {
#pragma unroll
      for (int v = 0; v < kHeld; ++v) f(v, int64_t(v * kLanes + lane) * 8);
    } else {
      for (int64_t i = lane * 8; i < n; i += kLanes * 8) f(0, i);
    }
  }
};

/// The columns of a piece that a thread takes.
template <class S>
struct Columns {
  const typename S::T* from;
  int64_t n;
  uint4 held[S::kHeld];

  __device__ Columns(const typename S::T* piece, int64_t size, int lane, bool inside) : from(piece), n(size) {
    if constexpr (S::kHolds)
      S::each(lane, n, [&](int v, int64_t i) { held[v] = inside && i < n ? load16(from + i) : make_uint4(0, 0, 0, 0); });
  }
  __device__ void get(float (&values)[8], int v, int64_t i) const {
    if constexpr (S::kHolds)
      unpack8(values, held[v]);
    else
      read_vector<S::kWhole>(values, from, i, n);
  }
};

/// gamma + add_one, held over all pieces, or read anew.
template <class S>
struct Scale {
  const float* gamma;
  int64_t n;
  float add_one;
  float held[S::kHeld][8];

  __device__ Scale(const float* g, int64_t size, float add, int lane) : gamma(g), n(size), add_one(add) {
    if constexpr (S::kHolds)
      S::each(lane, n, [&](int v, int64_t i) {
        load8_paired(held[v], gamma + i, i < n);
#pragma unroll
        for (float& value : held[v]) value += add_one;
      });
  }
  __device__ void get(float (&values)[8], int v, int64_t i) const {
    if constexpr (S::kHolds) {
#pragma unroll
      for (int j = 0; j < 8; ++j) values[j] = held[v][j];
    } else {
      read_vector<S::kWhole>(values, gamma, i, n);
#pragma unroll
      for (float& value : values) value += add_one;
    }
  }
};

struct ForwardArgs {
  Pieces pieces;
  const void* x;
  void* y;
  int64_t x_ld, y_ld;
  const float* gamma;
  Rows<float> rstd;
  float eps, add_one;
};

// bf16: 4 bytes an element
template <class S>
__global__ void __launch_bounds__(kTeamThreads) rms_norm_forward(const ForwardArgs a) {
  using T = typename S::T;
  FETTLE_SHARED(shared);
  Team<S::kLanes> team(shared);
  const int64_t n = a.pieces.n;
  const Scale<S> scale(a.gamma, n, a.add_one, team.lane);
  team.each_piece(a.pieces.count, [&](int64_t piece) {
    const bool inside = piece < a.pieces.count;
    const auto place = a.pieces.place(inside ? piece : 0);
    const Columns<S> x(a.pieces.at(Rows<const T>{static_cast<const T*>(a.x), a.x_ld}, place), n, team.lane, inside);
    float squares = 0;
    S::each(team.lane, n, [&](int v, int64_t i) {
      float values[8];
      x.get(values, v, i);
#pragma unroll
      for (float value : values) squares += value * value;
    });
    const float rstd = __fdiv_rn(1.0f, __fsqrt_rn(team.sum(squares) / float(n) + a.eps));
    if (!inside) return;
    if (a.rstd.data && team.lane == 0) a.rstd.row(place.row)[place.group] = rstd;
    T* y = a.pieces.at(Rows<T>{static_cast<T*>(a.y), a.y_ld}, place);
    S::each(team.lane, n, [&](int v, int64_t i) {
      if (i >= n) return;
      float values[8], g[8];
      x.get(values, v, i);
      scale.get(g, v, i);
#pragma unroll
      for (int j = 0; j < 8; ++j) values[j] = values[j] * rstd * g[j];
      write_vector<S::kWhole>(y, i, n, values);
    });
  });
}

struct BackwardArgs {
  Pieces pieces;
  const void *x, *dy;
  void* dx;
  int64_t x_ld, dy_ld, dx_ld;
  const float* gamma;
  Rows<const float> rstd;
  float add_one;
  bool accumulate;
};

// dx may be dy. bf16: 6 bytes an element, 8 when it accumulates
template <class S>
__global__ void __launch_bounds__(kTeamThreads) rms_norm_backward(const BackwardArgs a) {
  using T = typename S::T;
  FETTLE_SHARED(shared);
  Team<S::kLanes> team(shared);
  const int64_t n = a.pieces.n;
  const Scale<S> scale(a.gamma, n, a.add_one, team.lane);
  team.each_piece(a.pieces.count, [&](int64_t piece) {
    const bool inside = piece < a.pieces.count;
    const auto place = a.pieces.place(inside ? piece : 0);
    const Columns<S> x(a.pieces.at(Rows<const T>{static_cast<const T*>(a.x), a.x_ld}, place), n, team.lane, inside);
    const Columns<S> dy(a.pieces.at(Rows<const T>{static_cast<const T*>(a.dy), a.dy_ld}, place), n, team.lane, inside);
    const float rstd = a.rstd.row(place.row)[place.group];
    float dots = 0;
    S::each(team.lane, n, [&](int v, int64_t i) {
      float values[8], d[8], g[8];
      x.get(values, v, i);
      dy.get(d, v, i);
      scale.get(g, v, i);
#pragma unroll
      for (int j = 0; j < 8; ++j) dots += g[j] * d[j] * values[j];
    });
    const float mean = team.sum(dots) * rstd / float(n);
    if (!inside) return;
    T* dx = a.pieces.at(Rows<T>{static_cast<T*>(a.dx), a.dx_ld}, place);
    S::each(team.lane, n, [&](int v, int64_t i) {
      if (i >= n) return;
      float values[8], d[8], g[8], before[8] = {};
      x.get(values, v, i);
      dy.get(d, v, i);
      scale.get(g, v, i);
      if (a.accumulate) read_vector<S::kWhole>(before, dx, i, n);
#pragma unroll
      for (int j = 0; j < 8; ++j) values[j] = before[j] + rstd * (g[j] * d[j] - values[j] * rstd * mean);
      write_vector<S::kWhole>(dx, i, n, values);
    });
  });
}

// ---- dgamma, for the norms that are trained

constexpr int kWarps = 4, kSpan = 256 + 32;  // columns of a block and what keeps them in different banks
constexpr int kChunk = 128;                  // pieces whose share is summed together; a constant, so that the order of sums is fixed

// partial[chunk][i] = sum of dy * xhat over the chunk's pieces. A block takes 256 columns of a chunk; its warps take pieces in turn.
template <class T, bool Whole>
__global__ void __launch_bounds__(kWarps * 32)
    rms_norm_dgamma(Pieces pieces, Rows<const T> x, Rows<const float> rstd, Rows<const T> dy, float* partial) {
  FETTLE_SHARED(shared);
  float* of_warp = reinterpret_cast<float*>(shared);  // [kWarps][kSpan], a gap after every eight
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const int64_t n = pieces.n, i = int64_t(blockIdx.x) * 256 + lane * 8, first = int64_t(blockIdx.y) * kChunk;
  float sums[8] = {};
  for (int64_t piece = first + warp; piece < min(first + kChunk, pieces.count); piece += kWarps) {
    const auto place = pieces.place(piece);
    const float r = rstd.row(place.row)[place.group];
    float v[8] = {}, d[8] = {};
    if (i < n) {
      read_vector<Whole>(v, pieces.at(x, place), i, n);
      read_vector<Whole>(d, pieces.at(dy, place), i, n);
    }
#pragma unroll
    for (int j = 0; j < 8; ++j) sums[j] += d[j] * (v[j] * r);
  }
#pragma unroll
  for (int j = 0; j < 8; ++j) of_warp[warp * kSpan + lane * 9 + j] = sums[j];
  __syncthreads();
  for (int column = threadIdx.x; column < 256; column += kWarps * 32) {
    const int64_t at = int64_t(blockIdx.x) * 256 + column;
    float total = 0;
#pragma unroll
    for (int w = 0; w < kWarps; ++w) total += of_warp[w * kSpan + column + column / 8];
    if (at < n) partial[int64_t(blockIdx.y) * n + at] = total;
  }
}

// dgamma[i] += sum of partial[chunk][i], in order of chunks
__global__ void __launch_bounds__(256) rms_norm_add_dgamma(const float* partial, float* dgamma, int chunks, int64_t n) {
  const int64_t i = int64_t(blockIdx.x) * 256 + threadIdx.x;
  if (i >= n) return;
  float total = 0;
  for (int c = 0; c < chunks; ++c) total += partial[c * n + i];
  dgamma[i] += total;
}

// ---- which spread

struct Question {
  DType dtype;
  int64_t n;
  bool whole;
  std::string text() const { return std::to_string(n) + (whole ? " columns" : " columns that are not whole vectors"); }
};

struct Entry {
  const char* name;  // lanes x vectors
  DType dtype;
  bool whole;
  int64_t columns;  // at most
  int lanes, shared_bytes;
  void (*forward)(ForwardArgs);
  void (*backward)(BackwardArgs);
  bool fits(const Question& q) const { return q.dtype == dtype && (q.whole || !whole) && q.n <= columns; }
};

template <class T, int Lanes, int Vectors, bool Whole>
constexpr Entry entry(const char* name, DType dtype) {
  using S = Spread<T, Lanes, Vectors, Whole>;
  const int64_t columns = Vectors > 0 ? int64_t(Lanes) * Vectors * 8 : int64_t(1) << 62;
  return {name, dtype, Whole, columns, Lanes, Team<Lanes>::kSharedBytes, rms_norm_forward<S>, rms_norm_backward<S>};
}

constexpr Entry kEntries[] = {
    entry<bf16, 8, 1, true>("8x1", DType::BF16),     entry<bf16, 16, 1, true>("16x1", DType::BF16),
    entry<bf16, 32, 1, true>("32x1", DType::BF16),   entry<bf16, 32, 2, true>("32x2", DType::BF16),
    entry<bf16, 32, 4, true>("32x4", DType::BF16),   entry<bf16, 256, 1, true>("256x1", DType::BF16),
    entry<bf16, 256, 2, true>("256x2", DType::BF16), entry<bf16, 256, 4, true>("256x4", DType::BF16),
    entry<bf16, 256, 0, true>("256", DType::BF16),   entry<bf16, 32, 0, false>("32", DType::BF16),
    entry<float, 32, 0, false>("32", DType::F32),
};

/// Enough blocks to fill the device several times over; more only read gamma again.
dim3 blocks_for(const Device& device, const Entry& e, const Pieces& pieces) {
  const int64_t teams = kTeamThreads / e.lanes, needed = (pieces.count + teams - 1) / teams;
  return dim3(unsigned(std::min<int64_t>(needed, int64_t(device.properties().multiProcessorCount) * 16)));
}

}  // namespace

void run(Device& device, const RmsNormForward& op) {
  const Pieces pieces(op.x.rows, op.groups, op.x.cols);
  if (pieces.count == 0 || pieces.n == 0) return;
  const bool whole = rows_aligned(op.x, op.y, op.gamma) && pieces.n % 8 == 0;
  const Entry& e = choose_config(op.name, kEntries, Question{op.x.dtype, pieces.n, whole});
  launch(device, op.name, e.forward, blocks_for(device, e, pieces), kTeamThreads, size_t(e.shared_bytes),
         ForwardArgs{.pieces = pieces,
                     .x = op.x.data,
                     .y = op.y.data,
                     .x_ld = op.x.ld,
                     .y_ld = op.y.ld,
                     .gamma = op.gamma.as<const float>(),
                     .rstd = rows_of<float>(op.rstd),
                     .eps = op.eps,
                     .add_one = float(op.add_one)});
}

void run(Device& device, const RmsNormBackward& op) {
  const Pieces pieces(op.x.rows, op.groups, op.x.cols);
  const int64_t n = pieces.n;
  if (pieces.count == 0 || n == 0) return;
  const bool whole = rows_aligned(op.x, op.gamma, op.dy, op.dx) && n % 8 == 0;
  const auto rstd = rows_of<const float>(op.rstd);
  if (op.dgamma) {  // first: dx may be dy
    const int chunks = int((pieces.count + kChunk - 1) / kChunk);
    float* partial = static_cast<float*>(device.scratch(size_t(chunks) * size_t(n) * sizeof(float)));
    const unsigned spans = unsigned((n + 255) / 256);
    with_type(op.x.dtype, [&](auto type) {
      using T = decltype(type);
      with_bool(whole, [&](auto w) {
        launch(device, "rms_norm_dgamma", rms_norm_dgamma<T, w.value>, dim3(spans, unsigned(chunks)), kWarps * 32,
               kWarps * kSpan * sizeof(float), pieces, rows_of<const T>(op.x), rstd, rows_of<const T>(op.dy), partial);
      });
    });
    launch(device, "rms_norm_add_dgamma", rms_norm_add_dgamma, dim3(spans), 256, 0, partial, op.dgamma.as<float>(), chunks, n);
  }
  const Entry& e = choose_config(op.name, kEntries, Question{op.x.dtype, n, whole});
  launch(device, op.name, e.backward, blocks_for(device, e, pieces), kTeamThreads, size_t(e.shared_bytes),
         BackwardArgs{.pieces = pieces,
                      .x = op.x.data,
                      .dy = op.dy.data,
                      .dx = op.dx.data,
                      .x_ld = op.x.ld,
                      .dy_ld = op.dy.ld,
                      .dx_ld = op.dx.ld,
                      .gamma = op.gamma.as<const float>(),
                      .rstd = rstd,
                      .add_one = float(op.add_one),
                      .accumulate = op.accumulate != 0});
}

}  // namespace fettle::cuda
