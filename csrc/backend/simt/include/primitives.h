#pragma once
// csrc/backend/cuda/nvcc/primitives.h, emulated: the same list, with the fragment layouts of the PTX ISA.
#include "cuda_runtime.h"

namespace fettle::cuda {

inline uint16_t bf16_bits(float f) {
  const uint32_t u = __float_as_uint(f);
  if ((u & 0x7fffffffu) > 0x7f800000u) return 0x7fff;  // cvt.rn.bf16.f32's NaN
  return uint16_t((u + 0x7fffu + ((u >> 16) & 1)) >> 16);
}
inline uint32_t pack_bf16(float low, float high) { return uint32_t(bf16_bits(high)) << 16 | bf16_bits(low); }
inline float exp2_approx(float x) { return std::exp2(x); }
inline uint32_t opaque(uint32_t v) { return v; }
inline float reciprocal_approx(float x) { return 1.0f / x; }

inline uint4 load16(const void* p) {
  simt::check_access(p, 16, "load");
  return *static_cast<const uint4*>(p);
}
inline uint4 load16_once(const void* p) { return load16(p); }
inline void store16(void* p, uint4 v) {
  simt::check_access(p, 16, "store", simt::Access::Write);
  *static_cast<uint4*>(p) = v;
}
inline uint2 load8_bytes(const void* p) {
  simt::check_access(p, 8, "load");
  return *static_cast<const uint2*>(p);
}
inline void store8_bytes(void* p, uint2 v) {
  simt::check_access(p, 8, "store", simt::Access::Write);
  *static_cast<uint2*>(p) = v;
}

inline void cp_async16(void* shared, const void* global, bool valid = true) { simt::async_copy(shared, global, 16, valid ? 16 : 0); }
inline void cp_async4(void* shared, const void* global, bool valid = true) { simt::async_copy(shared, global, 4, valid ? 4 : 0); }
inline void cp_async_commit() { simt::async_commit(); }
template <int Pending>
inline void cp_async_wait() {
  simt::async_wait(Pending);
}

namespace detail {
struct LoadMatrix {
  const uint8_t* row;
  uint32_t* r;
};
inline uint32_t element(const uint8_t* row, int column) {
  uint16_t v;
  std::memcpy(&v, row + 2 * column, 2);
  return v;
}
/// Lane l gets elements (l / 4, 2 (l % 4)) and the next of each matrix, or of its transpose.
template <bool Transposed>
void load_matrices(void** lanes) {
  auto at = [&](int lane) -> LoadMatrix& { return *static_cast<LoadMatrix*>(lanes[lane]); };
  uint32_t out[32][4];
  for (int l = 0; l < 32; ++l)
    for (int m = 0; m < 4; ++m) {
      const int i = l / 4, j = 2 * (l % 4);
      out[l][m] = Transposed ? element(at(8 * m + j).row, i) | element(at(8 * m + j + 1).row, i) << 16
                             : element(at(8 * m + i).row, j) | element(at(8 * m + i).row, j + 1) << 16;
    }
  for (int l = 0; l < 32; ++l) std::memcpy(at(l).r, out[l], 16);
}
struct Mma {
  float* d;
  const uint32_t* a;
  uint32_t b[2];
};
inline float half_of(uint32_t word, int k) { return __uint_as_float(k % 2 ? word & 0xffff0000u : word << 16); }
inline void multiply(void** lanes) {
  auto at = [&](int lane) -> Mma& { return *static_cast<Mma*>(lanes[lane]); };
  float a[16][16], b[16][8];
  for (int i = 0; i < 16; ++i)
    for (int k = 0; k < 16; ++k) a[i][k] = half_of(at(i % 8 * 4 + k % 8 / 2).a[i / 8 + 2 * (k / 8)], k);
  for (int k = 0; k < 16; ++k)
    for (int j = 0; j < 8; ++j) b[k][j] = half_of(at(j * 4 + k % 8 / 2).b[k / 8], k);
  for (int l = 0; l < 32; ++l)
    for (int e = 0; e < 4; ++e) {
      const int i = l / 4 + 8 * (e / 2), j = 2 * (l % 4) + e % 2;
      float sum = at(l).d[e];
      for (int k = 0; k < 16; ++k) sum += a[i][k] * b[k][j];
      at(l).d[e] = sum;
    }
}
template <class T>
struct Shuffle {
  T value, result;
  int source;
};
template <class T>
void exchange(void** lanes) {
  for (int l = 0; l < 32; ++l) {
    auto& mine = *static_cast<Shuffle<T>*>(lanes[l]);
    mine.result = static_cast<Shuffle<T>*>(lanes[mine.source & 31])->value;
  }
}
struct Ballot {
  bool predicate;
  uint32_t all;
};
inline void vote(void** lanes) {
  uint32_t all = 0;
  for (int l = 0; l < 32; ++l) all |= uint32_t(static_cast<Ballot*>(lanes[l])->predicate) << l;
  for (int l = 0; l < 32; ++l) static_cast<Ballot*>(lanes[l])->all = all;
}
template <bool Transposed>
void load_matrix(uint32_t (&r)[4], const void* row, const char* what) {
  simt::check_access(row, 16, what);
  LoadMatrix operand{static_cast<const uint8_t*>(row), r};
  simt::collective(what, &operand, load_matrices<Transposed>);
}
}  // namespace detail

inline void ldmatrix_x4(uint32_t (&r)[4], const void* row) { detail::load_matrix<false>(r, row, "ldmatrix"); }
inline void ldmatrix_x4_trans(uint32_t (&r)[4], const void* row) { detail::load_matrix<true>(r, row, "ldmatrix.trans"); }
inline void mma_bf16(float (&d)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
  detail::Mma operand{d, a, {b0, b1}};
  simt::collective("mma", &operand, detail::multiply);
}
template <class T>
inline T shuffle_xor(T value, int mask) {
  detail::Shuffle<T> operand{value, value, simt::lane().lane ^ mask};
  simt::collective("shfl.xor", &operand, detail::exchange<T>);
  return operand.result;
}
template <class T>
inline T shuffle(T value, int lane) {
  detail::Shuffle<T> operand{value, value, lane};
  simt::collective("shfl.idx", &operand, detail::exchange<T>);
  return operand.result;
}

inline uint32_t ballot(bool predicate) {
  detail::Ballot operand{predicate, 0};
  simt::collective("ballot", &operand, detail::vote);
  return operand.all;
}

}  // namespace fettle::cuda
