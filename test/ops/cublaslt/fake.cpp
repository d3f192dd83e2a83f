// The part of libcublasLt that the engine uses, on the CPU and in host memory, for the emulated device: plain loops in double.
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace {
struct Description {
  int transposed[2] = {0, 0};
};
struct Layout {
  int type;
  uint64_t rows, columns;
  int64_t ld;
};
struct Heuristic {
  uint64_t algorithm[8];
  size_t workspace;
  int state;
  float waves;
  int reserved[4];
};
constexpr int kF32 = 0, kBf16 = 14;
int handle;

float value(const void* data, const Layout& l, uint64_t row, uint64_t column) {
  const uint64_t i = row + column * uint64_t(l.ld);
  if (l.type == kF32) return static_cast<const float*>(data)[i];
  const uint32_t bits = uint32_t(static_cast<const uint16_t*>(data)[i]) << 16;
  float f;
  std::memcpy(&f, &bits, 4);
  return f;
}
void store(void* data, const Layout& l, uint64_t row, uint64_t column, float f) {
  const uint64_t i = row + column * uint64_t(l.ld);
  uint32_t bits;
  std::memcpy(&bits, &f, 4);
  if (l.type == kF32)
    static_cast<float*>(data)[i] = f;
  else
    static_cast<uint16_t*>(data)[i] = uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}
}  // namespace

extern "C" {
int cublasLtCreate(void** h) { return *h = &handle, 0; }
int cublasLtMatmulDescCreate(Description** d, int compute, int scale) {
  *d = new Description;
  return compute == 68 && scale == kF32 ? 0 : 7;
}
int cublasLtMatmulDescSetAttribute(Description* d, int attribute, const void* v, size_t bytes) {
  if ((attribute != 3 && attribute != 4) || bytes != sizeof(int)) return 7;
  std::memcpy(&d->transposed[attribute - 3], v, bytes);
  return 0;
}
int cublasLtMatmulDescDestroy(Description* d) { return delete d, 0; }
int cublasLtMatrixLayoutCreate(Layout** l, int type, uint64_t rows, uint64_t columns, int64_t ld) {
  *l = new Layout{type, rows, columns, ld};
  return ld >= int64_t(rows) ? 0 : 7;
}
int cublasLtMatrixLayoutDestroy(Layout* l) { return delete l, 0; }
int cublasLtMatmulPreferenceCreate(void** p) { return *p = &handle, 0; }
int cublasLtMatmulPreferenceSetAttribute(void*, int attribute, const void*, size_t bytes) { return attribute == 1 && bytes == 8 ? 0 : 7; }
int cublasLtMatmulPreferenceDestroy(void*) { return 0; }
int cublasLtMatmulAlgoGetHeuristic(void*, Description*, Layout*, Layout*, Layout*, Layout*, void*, int wanted, Heuristic* h, int* found) {
  *h = {{1, 2, 3}, 0, 0, 1.0f, {}};
  *found = 1;
  return wanted == 1 ? 0 : 7;
}
int cublasLtMatmul(void* h, Description* d, const float* alpha, const void* a, Layout* la, const void* b, Layout* lb, const float* beta,
                   const void*, Layout*, void* out, Layout* lc, const uint64_t* algorithm, void* workspace, size_t, void*) {
  if (h != &handle || algorithm[0] != 1 || !workspace) return 7;
  const uint64_t depth = d->transposed[0] ? la->rows : la->columns;
  if (depth != (d->transposed[1] ? lb->columns : lb->rows)) return 7;
  for (uint64_t i = 0; i < lc->rows; ++i)
    for (uint64_t j = 0; j < lc->columns; ++j) {
      double sum = 0;
      for (uint64_t k = 0; k < depth; ++k)
        sum += double(d->transposed[0] ? value(a, *la, k, i) : value(a, *la, i, k)) *
               double(d->transposed[1] ? value(b, *lb, j, k) : value(b, *lb, k, j));
      store(out, *lc, i, j, float(*alpha * sum + (*beta == 0 ? 0 : *beta * value(out, *lc, i, j))));
    }
  return 0;
}
}
