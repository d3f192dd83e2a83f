#pragma once
// Decoding's attention: one query of a sequence against keys that are read where they lie, once for all query heads that share them. Long
// sequences are cut into chunks of keys whose results are put together in order; the cut does not depend on the threads.
#include "backend/cpu/attention_tile.h"
#include "backend/cpu/dot.h"
#include "core/thread_pool.h"
#include "ops/attention.h"

namespace fettle::cpu::FETTLE_TIER {

/// Keys of a task.
inline constexpr int kDecodeChunk = 256;

/// Keys [first, end) of a sequence for the query heads of one key head.
struct DecodeTask {
  const AttentionSequence* sequence;
  int kv_head, first, end;
};

/// Attention of sequences with one query each.
template <class T>
class DecodePass {
 public:
  DecodePass(const AttentionForward& op, const AttentionShape& shape) : op_(op), shape_(shape), exponent_(shape) {}

  void run(Context& context, const std::vector<AttentionSequence>& sequences) {
    struct Partials;
    std::vector<DecodeTask> tasks;
    for (const AttentionSequence& s : sequences)
      for (int first = first_key(s); first < s.keys; first += kDecodeChunk)
        for (int g = 0; g < shape_.kv_heads; ++g) tasks.push_back({&s, g, first, std::min(s.keys, first + kDecodeChunk)});
    partials_ = thread_scratch<Partials, float>(tasks.size() * size_t(shape_.group) * partial_floats());
    context.pool->parallel_for(int64_t(tasks.size()), [&](int64_t i) { attend(tasks[size_t(i)], size_t(i)); });
    size_t task = 0;
    for (const AttentionSequence& s : sequences) {
      const size_t chunks = size_t(s.keys - first_key(s) + kDecodeChunk - 1) / kDecodeChunk;
      for (int head = 0; head < op_.heads; ++head) combine(s, head, task, chunks);
      task += chunks * size_t(shape_.kv_heads);
    }
  }

 private:
  static constexpr int kHeadsTogether = 4;
  static constexpr int kAhead = 16;  // keys

  int first_key(const AttentionSequence& s) const { return shape_.window > 0 ? std::max(0, s.keys - shape_.window) : 0; }
  /// What a task gives for one of its heads: o before the division by the sum, then the largest score and the sum of exponentials.
  size_t partial_floats() const { return size_t(shape_.padded_dim) + kLanes; }
  float* partial(size_t task, int head) const { return partials_ + (task * size_t(shape_.group) + size_t(head)) * partial_floats(); }

  void attend(const DecodeTask& t, size_t index) const {
    const AttentionSequence& s = *t.sequence;
    const int d = shape_.head_dim, keys = t.end - t.first, column = t.kv_head * d;
    TileScratch scratch(size_t(shape_.group) * kDecodeChunk);
    float* const scores = scratch.take(size_t(shape_.group) * kDecodeChunk);
    const T* const q = op_.q.row<const T>(s.q_start) + t.kv_head * shape_.group * d;
    int64_t rows[kDecodeChunk];
    for (int j = 0; j < round_up(keys, 4); ++j) rows[j] = s.key_row(t.first + std::min(j, keys - 1));  // in fours, the last one again
    for (int j = 0; j < keys; j += 4) {
      for (int i = j; i < std::min(j + 4, keys); ++i) {  // keys soon, values once all scores are there
        prefetch(op_.k.row<const T>(rows[std::min(i + kAhead, keys - 1)]) + column);
        prefetch(op_.v.row<const T>(rows[i]) + column);
      }
      const T* const k[4] = {op_.k.row<const T>(rows[j]) + column, op_.k.row<const T>(rows[j + 1]) + column,
                             op_.k.row<const T>(rows[j + 2]) + column, op_.k.row<const T>(rows[j + 3]) + column};
      for (int h = 0; h < shape_.group; ++h) dot_each(q + h * d, k, d, scores + h * kDecodeChunk + j);
    }
    for (int h = 0; h < shape_.group; ++h) softmax(scores + h * kDecodeChunk, keys, partial(index, h) + shape_.padded_dim);
    for (int h = 0; h < shape_.group; h += kHeadsTogether)
      add_values<kHeadsTogether>(t, rows, scores + h * kDecodeChunk, partial(index, h), std::min(kHeadsTogether, shape_.group - h));
  }

  void prefetch(const T* row) const {
    for (int i = 0; i < shape_.head_dim; i += 64 / int(sizeof(T))) __builtin_prefetch(row + i, 0, 3);
  }

  /// Scores become exponentials; to[0] is the largest score, to[1] the sum of the exponentials.
  void softmax(float* scores, int keys, float* to) const {
    const int columns = round_up(keys, kLanes);
    std::fill(scores + keys, scores + columns, -INFINITY);
    vf highest = splat(-INFINITY), total{};
    for (int j = 0; j < columns; j += kLanes) {
      const vf score = exponent_.cap(load(scores + j));
      store(scores + j, j + kLanes <= keys ? score : keep(score, keys - j));
      highest = max(load(scores + j), highest);
    }
    to[0] = max(highest);
    const vf shift = splat(to[0] * exponent_.factor);
    for (int j = 0; j < columns; j += kLanes) {
      const vf e = exponent_(load(scores + j), shift);
      store(scores + j, e);
      total += e;
    }
    to[1] = sum(total);
  }
  /// The cap makes a finite score of what is not there.
  static vf keep(vf score, int n) {
    for (int i = n; i < kLanes; ++i) score[i] = -INFINITY;
    return score;
  }

  /// o of `heads` <= H heads, whose exponentials lie kDecodeChunk apart.
  template <int H>
  void add_values(const DecodeTask& t, const int64_t* rows, const float* p, float* o, int heads) const {
    if constexpr (H > 1)
      if (heads < H) return add_values<H - 1>(t, rows, p, o, heads);
    const int d = shape_.head_dim, column = t.kv_head * d;
    for (int c = 0; c < d; c += kLanes) {
      vf sums[H] = {};
      for (int j = 0; j < t.end - t.first; ++j) {
        const vf v = load_row(op_.v.row<const T>(rows[j]) + column + c, d - c);
#pragma GCC unroll 4
        for (int h = 0; h < H; ++h) sums[h] += v * p[h * kDecodeChunk + j];
      }
      for (int h = 0; h < H; ++h) store(o + size_t(h) * partial_floats() + c, sums[h]);
    }
  }

  /// The head's o and lse from the chunks of its sequence, whose tasks begin with `task`.
  void combine(const AttentionSequence& s, int head, size_t task, size_t chunks) const {
    const int d = shape_.head_dim, dp = shape_.padded_dim;
    const auto of = [&](size_t chunk) {
      return partial(task + chunk * size_t(shape_.kv_heads) + size_t(head / shape_.group), head % shape_.group);
    };
    float largest = of(0)[dp], total = 0;
    for (size_t c = 1; c < chunks; ++c) largest = std::max(largest, of(c)[dp]);
    float* const o = of(0);
    for (size_t c = 0; c < chunks; ++c) {
      const float* const from = of(c);
      const float weight = exponent_.ratio(splat(from[dp]), splat(largest))[0];
      total += from[dp + 1] * weight;
      for (int i = 0; i < dp; i += kLanes) store(o + i, c == 0 ? load(o + i) * weight : load(o + i) + load(from + i) * weight);
    }
    unpack_row(o, 1.0f / total, d, op_.o.row<T>(s.q_start) + head * d);
    if (op_.lse) op_.lse.row<float>(s.q_start)[head] = largest * exponent_.natural() + std::log(total);
  }

  const AttentionForward& op_;
  const AttentionShape& shape_;
  const Exponent<T> exponent_;
  float* partials_ = nullptr;
};

}  // namespace fettle::cpu::FETTLE_TIER
