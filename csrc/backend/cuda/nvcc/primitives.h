#pragma once
// The instructions that C++ has no words for, one function each; csrc/backend/simt/include/primitives.h is the emulation of the same list.
#include <cuda_runtime.h>

#include <cstdint>

namespace fettle::cuda {

/// Two fp32 to packed bf16, round to nearest even; `low` goes to the lower half.
__device__ __forceinline__ uint32_t pack_bf16(float low, float high) {
  uint32_t d;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(d) : "f"(high), "f"(low));
  return d;
}
/// One fp32 to bf16 bits.
__device__ __forceinline__ uint16_t bf16_bits(float f) {
  uint16_t d;
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(d) : "f"(f));
  return d;
}
/// 2^x, within 2 ulp.
__device__ __forceinline__ float exp2_approx(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

/// 1 / x, within 1 ulp.
__device__ __forceinline__ float reciprocal_approx(float x) {
  float y;
  asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

/// `v`, in a way that the compiler cannot see through: what depends on it is computed here, not ahead of a loop in registers that it lacks.
__device__ __forceinline__ uint32_t opaque(uint32_t v) {
  asm volatile("" : "+r"(v));
  return v;
}

// ---- memory, 16 or 8 bytes at a time
__device__ __forceinline__ uint4 load16(const void* p) { return *static_cast<const uint4*>(p); }
/// For what is read once: does not stay in L1.
__device__ __forceinline__ uint4 load16_once(const void* p) {
  uint4 v;
  asm volatile("ld.global.L1::no_allocate.v4.u32 {%0, %1, %2, %3}, [%4];" : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w) : "l"(p) : "memory");
  return v;
}
/// As one 128-bit integer: a struct's members may be stored one by one.
__device__ __forceinline__ void store16(void* p, uint4 v) {
  uint64_t low, high;
  asm("mov.b64 %0, {%1, %2};" : "=l"(low) : "r"(v.x), "r"(v.y));
  asm("mov.b64 %0, {%1, %2};" : "=l"(high) : "r"(v.z), "r"(v.w));
  *static_cast<unsigned __int128*>(p) = static_cast<unsigned __int128>(high) << 64 | low;
}
__device__ __forceinline__ uint2 load8_bytes(const void* p) { return *static_cast<const uint2*>(p); }
__device__ __forceinline__ void store8_bytes(void* p, uint2 v) { *static_cast<uint2*>(p) = v; }

// ---- asynchronous copies into shared memory
__device__ __forceinline__ uint32_t shared_address(const void* p) { return uint32_t(__cvta_generic_to_shared(p)); }
/// 16 bytes, bypassing L1; zeros when not `valid` (then `global` is not read).
__device__ __forceinline__ void cp_async16(void* shared, const void* global, bool valid = true) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(shared)), "l"(global), "r"(valid ? 16 : 0) : "memory");
}
/// 4 bytes.
__device__ __forceinline__ void cp_async4(void* shared, const void* global, bool valid = true) {
  asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;" ::"r"(shared_address(shared)), "l"(global), "r"(valid ? 4 : 0) : "memory");
}
__device__ __forceinline__ void cp_async_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
/// Returns when at most `Pending` of this thread's groups are on their way.
template <int Pending>
__device__ __forceinline__ void cp_async_wait() {
  asm volatile("cp.async.wait_group %0;" ::"n"(Pending) : "memory");
}

// ---- matrix unit
/// Four 8x8 bf16 matrices; lane i gives the address of row i % 8 of matrix i / 8 (16 bytes each).
__device__ __forceinline__ void ldmatrix_x4(uint32_t (&r)[4], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(shared_address(row))
               : "memory");
}
/// The same, each matrix transposed.
__device__ __forceinline__ void ldmatrix_x4_trans(uint32_t (&r)[4], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(shared_address(row))
               : "memory");
}
/// d += a b for a tile of 16 x 8 x 16: a [16][16] and b [16][8] bf16, d fp32 (PTX ISA, mma.m16n8k16).
__device__ __forceinline__ void mma_bf16(float (&d)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
               : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

// ---- within a warp; all 32 lanes take part
template <class T>
__device__ __forceinline__ T shuffle_xor(T value, int mask) {
  return __shfl_xor_sync(0xffffffffu, value, mask);
}
template <class T>
__device__ __forceinline__ T shuffle(T value, int lane) {
  return __shfl_sync(0xffffffffu, value, lane);
}

/// Bit i is the predicate of lane i.
__device__ __forceinline__ uint32_t ballot(bool predicate) { return __ballot_sync(0xffffffffu, predicate); }

}  // namespace fettle::cuda
