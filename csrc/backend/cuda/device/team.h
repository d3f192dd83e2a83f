#pragma once
#include "backend/cuda/device/divide.h"
#include "backend/cuda/device/reduce.h"
#include "backend/cuda/device/vector.h"

namespace fettle::cuda {

/// The pieces of n columns that the rows of a matrix are made of, `groups` in each, and their numbers in order.
struct Pieces {
  int64_t n, count;
  Divider groups;

  Pieces(int64_t rows, int32_t per_row, int64_t columns) : n(columns / per_row), count(rows * per_row), groups(uint32_t(per_row)) {
    if (count >= int64_t(1) << 31)
      throw Error("FETTLE_INVALID_ARGUMENT", std::to_string(count) + " pieces of rows are more than one kernel can take",
                  "use a smaller micro_batch_tokens");
  }
  struct Place {
    int64_t row;
    int group;
  };
  __device__ Place place(int64_t piece) const {
    const uint32_t row = groups.quotient(uint32_t(piece));
    return {row, int(groups.remainder(uint32_t(piece), row))};
  }
  template <class T>
  __device__ T* at(const Rows<T>& rows, Place p) const {
    return rows.row(p.row) + p.group * n;
  }
};

inline constexpr int kTeamThreads = 256;

/// `Lanes` neighbouring threads (8, 16, 32, or the whole block) that share a piece; a block has several teams. A team takes every
/// gridDim.x * kTeams-th piece; all teams of a block go through as many rounds, so that barriers and shuffles find all threads.
template <int Lanes>
struct Team {
  static constexpr int kTeams = kTeamThreads / Lanes, kSharedBytes = Lanes > 32 ? 2 * kTeamThreads / 32 * int(sizeof(float)) : 0;
  int index, lane;
  float* of_warp;  // two buffers of a float a warp, used in turn: one barrier a sum is enough
  int turn = 0;

  __device__ explicit Team(unsigned char* shared)
      : index(threadIdx.x / Lanes), lane(threadIdx.x % Lanes), of_warp(reinterpret_cast<float*>(shared)) {}
  /// The sum over the team, in all of its threads, in a fixed order.
  __device__ float sum(float v) {
#pragma unroll
    for (int mask = (Lanes < 32 ? Lanes : 32) / 2; mask > 0; mask /= 2) v += shuffle_xor(v, mask);
    if constexpr (Lanes <= 32) {
      return v;
    } else {
      float* buffer = of_warp + turn * (Lanes / 32);
      turn = 1 - turn;
      if (threadIdx.x % 32 == 0) buffer[threadIdx.x / 32] = v;
      __syncthreads();
      float total = 0;
#pragma unroll
      for (int w = 0; w < Lanes / 32; ++w) total += buffer[w];
      return total;
    }
  }
  template <class F>
  __device__ void each_piece(int64_t count, F&& f) {
    for (int64_t first = int64_t(blockIdx.x) * kTeams; first < count; first += int64_t(gridDim.x) * kTeams) f(first + index);
  }
};

}  // namespace fettle::cuda
