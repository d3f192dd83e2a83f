#include <algorithm>

#include "backend/cuda/attention_pages.h"
#include "backend/cuda/attention_rows.h"
#include "backend/cuda/device/rows.h"
#include "backend/cuda/device/vector.h"
#include "backend/cuda/with_type.h"

// For attention over many queries (a prompt), where one more pass over the keys is little beside the products. Decoding reads the pages
// where they lie.

namespace fettle::cuda {
namespace {

constexpr int kThreads = 128;

template <class T>
struct Pages {
  Rows<const T> k, v;
  Rows<T> k_to, v_to;
  int32_t* starts;
  int64_t cols;
};

// A block copies a page of k and of v; pages in use follow each other, sequence by sequence. bytes: k and v twice
template <class T, bool Whole>
__global__ void __launch_bounds__(kThreads) gather_pages(const __grid_constant__ Pages<T> p, const __grid_constant__ Sequences sequences) {
  const int size = 1 << sequences.block_shift, to = int(blockIdx.x) * size;
  const Place place = find_tile<false>(int(blockIdx.x), sequences.count, size, [&](int s) { return sequences.k_len[s]; });
  if (place.sequence < 0) return;
  if (place.tile == 0 && threadIdx.x == 0) p.starts[place.sequence] = to;
  const int first = place.tile * size, rows = min(size, sequences.k_len[place.sequence] - first);
  const int64_t from = sequences[place.sequence].key_row(first);
  const int vectors = int((p.cols + kWidth<T> - 1) / kWidth<T>);
  for (int i = int(threadIdx.x); i < rows * vectors; i += kThreads) {
    const int row = i / vectors, column = i % vectors * kWidth<T>;
    copy_vector<Whole>(p.k_to.row(to + row), p.k.row(from + row), column, p.cols);
    copy_vector<Whole>(p.v_to.row(to + row), p.v.row(from + row), column, p.cols);
  }
}

}  // namespace

AttentionForward without_pages(Device& device, const AttentionForward& op) {
  const int64_t sequences = op.k_len.size(), size = op.block_size;
  const int64_t pages = std::min(sequences * op.block_table.cols, op.k.rows / size), rows = pages * size;
  const int64_t ld = (op.k.cols + 7) / 8 * 8;
  const size_t matrix_bytes = size_t(rows * ld) * element_size(op.k.dtype);
  auto* scratch = static_cast<uint8_t*>(device.scratch(2 * matrix_bytes + size_t(sequences) * sizeof(int32_t)));
  AttentionForward gathered = op;
  gathered.block_table = {};
  gathered.k = {scratch, op.k.dtype, rows, op.k.cols, ld, nullptr};
  gathered.v = {scratch + matrix_bytes, op.k.dtype, rows, op.k.cols, ld, nullptr};
  gathered.k_start = vector(scratch + 2 * matrix_bytes, DType::I32, sequences);
  with_type(op.k.dtype, [&](auto type) {
    using T = decltype(type);
    const Pages<T> p{rows_of<const T>(op.k), rows_of<const T>(op.v),         rows_of<T>(gathered.k),
                     rows_of<T>(gathered.v), gathered.k_start.as<int32_t>(), op.k.cols};
    with_bool(whole_vectors(kWidth<T>, op.k, op.v), [&](auto whole) {
      launch(device, "attention_forward pages", gather_pages<T, whole.value>, dim3(unsigned(pages)), dim3(kThreads), 0, p, Sequences(op));
    });
  });
  return gathered;
}

}  // namespace fettle::cuda
