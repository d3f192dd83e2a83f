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

namespace {

/// Decodes rows [first, first + n) to out, F32 or BF16, by the host's threads, and lets go of their pages of the file.
void decode_chunk(const RowReader& reader, Context& host, int64_t first, int64_t n, DType dtype, void* out) {
  const int64_t cols = reader.cols(), task_rows = reader.rows_per_task();
  host.pool->parallel_for((n + task_rows - 1) / task_rows, [&](int64_t task) {
    const int64_t r = task * task_rows, count = std::min(task_rows, n - r);
    if (dtype == DType::F32) return reader.read(first + r, count, static_cast<float*>(out) + r * cols);
    const auto scratch = std::make_unique_for_overwrite<float[]>(size_t(count * cols));
    reader.read(first + r, count, scratch.get());
    bf16* rounded = static_cast<bf16*>(out) + r * cols;
    for (int64_t i = 0; i < count * cols; ++i) rounded[i] = to_bf16(scratch[size_t(i)]);
  });
  reader.drop(first, n);
}

}  // namespace

void load_dense(const StoredTensor& stored, Context& host, Memory& memory, const Tensor& dst) {
  const RowReader reader(stored);
  const int64_t rows = reader.rows(), cols = reader.cols();
  require(dst.size() == rows * cols && dst.ld == dst.cols && (dst.dtype == DType::F32 || dst.dtype == DType::BF16),
          "load_dense needs a contiguous F32 or BF16 tensor of " + std::to_string(rows * cols) + " elements");
  const int64_t task_rows = reader.rows_per_task();
  const int64_t chunk_rows = std::min(rows, std::max<int64_t>(1, kChunkValues / (cols * task_rows)) * task_rows);
  const size_t row_bytes = size_t(cols) * element_size(dst.dtype);
  const Buffer chunk(memory.on_host() ? 0 : size_t(chunk_rows) * row_bytes);
  for (int64_t first = 0; first < rows; first += chunk_rows) {
    const int64_t n = std::min(chunk_rows, rows - first);
    uint8_t* to = dst.as<uint8_t>() + size_t(first) * row_bytes;
    decode_chunk(reader, host, first, n, dst.dtype, chunk ? chunk.as() : to);
    if (chunk) memory.upload(to, chunk.as(), size_t(n) * row_bytes);
  }
}

void load_nf4(const StoredTensor& stored, Context& host, Context& target, const Nf4Destination& dst) {
  const RowReader reader(stored);
  const int64_t rows = reader.rows(), cols = reader.cols();
  const int64_t blocks = (rows * cols + 63) / 64;
  // Chunks end where a block ends: NF4 blocks run over the flattened tensor, whatever its rows.
  const int64_t step = 64 / std::gcd(cols, int64_t(64));
  const int64_t chunk_rows = std::min(rows, std::max<int64_t>(1, kChunkValues / (cols * step)) * step);
  const bool on_host = target.memory->on_host();
  // what is bf16 in the file stays exact as bf16, and takes half the way to a device
  const DType dtype = !on_host && stored.type == StoredType::BF16 && stored.add == 0 ? DType::BF16 : DType::F32;
  const size_t chunk_bytes = size_t(chunk_rows * cols) * element_size(dtype);
  const Buffer values(chunk_bytes), there(on_host ? 0 : chunk_bytes, *target.memory);
  const Buffer scratch(size_t(blocks + 1) * sizeof(float), *target.memory);  // absmax, then the offset
  const Tensor absmax = vector(scratch.as<float>(), DType::F32, blocks), offset = vector(scratch.as<float>() + blocks, DType::F32, 1);
  for (int64_t first = 0; first < rows; first += chunk_rows) {
    const int64_t n = std::min(chunk_rows, rows - first), done = first * cols, count = n * cols;
    decode_chunk(reader, host, first, n, dtype, values.as());
    if (!on_host) target.memory->upload(there.as(), values.as(), size_t(count) * element_size(dtype));
    run(target, Nf4Quantize{.x = matrix(on_host ? values.as() : there.as(), dtype, 1, count),
                            .packed = vector(dst.packed + done / 2, DType::U8, (count + 1) / 2),
                            .absmax = absmax.columns(done / 64, (count + 63) / 64)});
  }
  run(target, Nf4QuantizeScales{.absmax = absmax,
                                .codes = vector(dst.codes, DType::U8, blocks),
                                .absmax2 = vector(dst.absmax2, DType::F32, (blocks + 255) / 256),
                                .offset = offset,
                                .keep_offset = 0});
  target.memory->download(dst.offset, offset.data, sizeof(float));
}

}  // namespace fettle
