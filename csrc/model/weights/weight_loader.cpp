#include "model/weights/weight_loader.h"

#include <algorithm>
#include <memory>
#include <numeric>

#include "core/bf16.h"
#include "core/buffer.h"
#include "core/error.h"
#include "core/thread_pool.h"
#include "ops/backend.h"

namespace fettle {
namespace {

constexpr int64_t kTaskValues = 16 << 10;
constexpr int64_t kChunkValues = 1 << 20;

/// The rows of a stored tensor in the order in which they are wanted.
class RowReader {
 public:
  explicit RowReader(const StoredTensor& t) : stored_(t), file_(t.file), type_(info(t.type)) {
    const bool flat = t.shape.size() == 1;
    if (t.shape.empty() || t.shape.size() > 2 ||
        std::any_of(t.shape.begin(), t.shape.end(), [](int64_t n) { return n < 1 || n > int64_t(1) << 30; }))
      fail("its shape is not [rows, cols] or [n]");
    // A flat tensor is one row, unless its elements are to be put into another order.
    rows_ = flat ? (t.permuted_heads > 0 ? t.shape[0] : 1) : t.shape[0];
    cols_ = flat ? (t.permuted_heads > 0 ? 1 : t.shape[0]) : t.shape[1];
    if (cols_ % type_.block_values != 0)
      fail("a row of " + std::to_string(cols_) + " values is no whole number of blocks of " + std::to_string(type_.block_values));
    row_bytes_ = uint64_t(cols_ / type_.block_values) * uint64_t(type_.block_bytes);
    if (t.bytes != row_bytes_ * uint64_t(rows_))
      fail("its shape needs " + std::to_string(row_bytes_ * uint64_t(rows_)) + " bytes, but the file's header gives it " +
           std::to_string(t.bytes));
    if (t.permuted_heads < 0 || (t.permuted_heads > 0 && rows_ % (2 * int64_t(t.permuted_heads)) != 0))
      fail(std::to_string(rows_) + " rows cannot be split into " + std::to_string(t.permuted_heads) + " heads of an even size");
    data_ = file_.range(t.offset, t.bytes);
  }

  int64_t rows() const { return rows_; }
  int64_t cols() const { return cols_; }

  /// Rows [first, first + n) as fp32.
  void read(int64_t first, int64_t n, float* dst) const {
    if (stored_.permuted_heads == 0) {
      decode_rows(stored_.type, data_ + uint64_t(first) * row_bytes_, dst, n * cols_);
    } else {
      for (int64_t r = 0; r < n; ++r)
        decode_rows(stored_.type, data_ + uint64_t(stored_row(first + r)) * row_bytes_, dst + r * cols_, cols_);
    }
    if (stored_.add != 0)
      for (int64_t i = 0; i < n * cols_; ++i) dst[i] += stored_.add;
  }
  void drop(int64_t first, int64_t n) const { file_.drop(stored_.offset + uint64_t(first) * row_bytes_, uint64_t(n) * row_bytes_); }
  int64_t rows_per_task() const { return std::max<int64_t>(1, kTaskValues / cols_); }

 private:
  /// Within a head of D rows, Hugging Face's row i + j * D/2 is stored as row 2 i + j (convert_hf_to_gguf.py, LlamaModel.permute).
  int64_t stored_row(int64_t r) const {
    const int64_t head = rows_ / stored_.permuted_heads, half = head / 2;
    const int64_t in_head = r % head;
    return r - in_head + 2 * (in_head % half) + in_head / half;
  }
  [[noreturn]] void fail(const std::string& what) const {
    throw Error("FETTLE_MODEL_FORMAT", "the " + std::string(type_.name) + " tensor at byte " + std::to_string(stored_.offset) + " of " +
                                           stored_.file + ": " + what);
  }

  const StoredTensor& stored_;
  MappedFile file_;
  const StoredTypeInfo& type_;
  const uint8_t* data_ = nullptr;
  int64_t rows_ = 0, cols_ = 0;
  uint64_t row_bytes_ = 0;
};

void require(bool ok, const std::string& message) {
  if (!ok) throw Error("FETTLE_INTERNAL", message);
}

}  // namespace

void load_dense(const StoredTensor& stored, Context& context, const Tensor& dst) {
  const RowReader reader(stored);
  const int64_t rows = reader.rows(), cols = reader.cols();
  require(dst.size() == rows * cols && dst.ld == dst.cols && (dst.dtype == DType::F32 || dst.dtype == DType::BF16),
          "load_dense needs a contiguous F32 or BF16 tensor of " + std::to_string(rows * cols) + " elements");
  const int64_t task_rows = reader.rows_per_task();
  const int64_t chunk_rows = std::max<int64_t>(1, kChunkValues / (cols * task_rows)) * task_rows;
  for (int64_t first = 0; first < rows; first += chunk_rows) {
    const int64_t n = std::min(chunk_rows, rows - first);
    context.pool->parallel_for((n + task_rows - 1) / task_rows, [&](int64_t task) {
      const int64_t r = first + task * task_rows;
      const int64_t count = std::min(task_rows, first + n - r);
      if (dst.dtype == DType::F32) return reader.read(r, count, dst.as<float>() + r * cols);
      const auto scratch = std::make_unique_for_overwrite<float[]>(size_t(count * cols));
      reader.read(r, count, scratch.get());
      bf16* out = dst.as<bf16>() + r * cols;
      for (int64_t i = 0; i < count * cols; ++i) out[i] = to_bf16(scratch[size_t(i)]);
    });
    reader.drop(first, n);
  }
}

void load_nf4(const StoredTensor& stored, Context& context, const Nf4Destination& dst) {
  const RowReader reader(stored);
  const int64_t rows = reader.rows(), cols = reader.cols();
  const int64_t blocks = (rows * cols + 63) / 64;
  // Chunks end where a block ends: NF4 blocks run over the flattened tensor, whatever its rows.
  const int64_t step = 64 / std::gcd(cols, int64_t(64));
  const int64_t chunk_rows = std::min(rows, std::max<int64_t>(1, kChunkValues / (cols * step)) * step);
  const Buffer values(size_t(chunk_rows * cols) * 4);
  const Buffer scratch(dst.absmax ? 0 : size_t(blocks) * 4);
  float* absmax = dst.absmax ? dst.absmax : scratch.as<float>();
  const int64_t task_rows = reader.rows_per_task();
  for (int64_t first = 0; first < rows; first += chunk_rows) {
    const int64_t n = std::min(chunk_rows, rows - first);
    context.pool->parallel_for((n + task_rows - 1) / task_rows, [&](int64_t task) {
      const int64_t r = task * task_rows;
      reader.read(first + r, std::min(task_rows, n - r), values.as<float>() + r * cols);
    });
    reader.drop(first, n);
    const int64_t done = first * cols, count = n * cols;
    run(context, Nf4Quantize{matrix(values.as<float>(), DType::F32, 1, count), vector(dst.packed + done / 2, DType::U8, (count + 1) / 2),
                             vector(absmax + done / 64, DType::F32, (count + 63) / 64)});
  }
  if (dst.codes)
    run(context, Nf4QuantizeScales{vector(absmax, DType::F32, blocks), vector(dst.codes, DType::U8, blocks),
                                   vector(dst.absmax2, DType::F32, (blocks + 255) / 256), vector(dst.offset, DType::F32, 1), 0});
}

}  // namespace fettle
