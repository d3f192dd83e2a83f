// FlashAttention-2's backward (Dao, 2023), one task per range of keys of a group of heads: it goes through all query rows that see the
// range, so dk and dv are its own, and what it adds to dq is summed over the ranges in order. With p = exp(score - lse):
// dv = p^T do; ds = p * (do v^T - delta), delta = rowsum(do * o); dq = scale ds k; dk = scale ds^T q.
#include "backend/cpu/attention_range.h"
#include "backend/cpu/tier.h"
#include "core/thread_pool.h"
#include "ops/check.h"

namespace fettle::cpu::FETTLE_TIER {
namespace {

/// What each range's share of dq may take when ranges run side by side.
constexpr int64_t kShareBytes = int64_t(32) << 20;

/// Adds up a tile's shares of dq over the ranges in order, in fp32 rows of `width`, and stores the sum.
template <class T>
struct QueryGradient {
  const AttentionBackward& op;
  const AttentionShape& shape;
  int width() const { return shape.group * shape.padded_dim; }

  /// Row of the tile's first head in a share whose first query is `from`.
  float* row(float* share, int from, const QueryTile& t, int r) const {
    return share + int64_t(t.query - from + r % t.queries) * width() + (t.head % shape.group + r / t.queries) * shape.padded_dim;
  }
  void store_row(const QueryTile& t, int r, const float* sum) const {
    const int d = shape.head_dim;
    unpack_row(sum, shape.scale, d, op.dq.template row<T>(t.sequence.q_start + t.query + r % t.queries) + (t.head + r / t.queries) * d);
  }
};

template <class T>
void backward(Context& context, const AttentionBackward& op) {
  struct Shares;
  struct Sum;
  const AttentionShape shape(op.heads, op.kv_heads, op.head_dim, op.window, op.scale, op.soft_cap);
  const QueryGradient<T> gradient{op, shape};
  const int width = gradient.width(), dp = shape.padded_dim;
  const int32_t* cu = op.cu.as<int32_t>();
  std::vector<KeyRange> ranges;
  std::vector<int64_t> share_start;  // of each range, in floats
  int64_t groups = 0, share_floats = 0;
  int longest = 0;
  for (int64_t i = 0; i + 1 < op.cu.size(); ++i) {
    const int length = cu[i + 1] - cu[i];
    const AttentionSequence s{cu[i], {cu[i]}, length, length};
    check_sequence(op.name, s, op.q.rows, op.k.rows);
    longest = std::max(longest, length);
    for (int g = 0; g < op.kv_heads && length > 0; ++g, ++groups)
      for (int first = 0; first < s.blocks(); first += kRangeBlocks) {
        ranges.push_back({s, g, first, std::min(s.blocks(), first + kRangeBlocks)});
        share_start.push_back(share_floats);
        if (s.blocks() > kRangeBlocks) share_floats += int64_t(length - ranges.back().first_query()) * width;
      }
  }
  const bool side_by_side = groups < 4 * context.pool->threads() && share_floats * 4 <= kShareBytes;
  if (!side_by_side) {
    // a task goes through the ranges of a group of heads in order, and adds their shares up as it goes
    std::vector<size_t> first_range;
    for (size_t i = 0; i < ranges.size(); ++i)
      if (ranges[i].first == 0) first_range.push_back(i);
    context.pool->parallel_for(int64_t(first_range.size()), [&](int64_t task) {
      RangePass<T> pass(op, shape);
      const size_t first = first_range[size_t(task)];
      const bool alone = ranges[first].sequence.blocks() <= kRangeBlocks;
      float* const total = alone ? nullptr : thread_scratch<Sum, float>(size_t(longest) * size_t(width));
      for (size_t i = first; i < ranges.size() && (i == first || ranges[i].first > 0); ++i)
        pass.run(ranges[i], [&](const QueryTile& t, float* dq) {
          const bool starts = t.first_block(shape.window) / kRangeBlocks == ranges[i].index(), ends = t.end_block() <= ranges[i].end;
          for (int r = 0; r < t.rows(); ++r, dq += dp) {
            if (starts && ends) {
              gradient.store_row(t, r, dq);
              continue;
            }
            float* sum = gradient.row(total, 0, t, r);
            for (int c = 0; c < dp; c += kLanes) store(sum + c, starts ? load(dq + c) : load(sum + c) + load(dq + c));
            if (ends) gradient.store_row(t, r, sum);
          }
        });
    });
    return;
  }
  float* const shares = thread_scratch<Shares, float>(size_t(share_floats));
  context.pool->parallel_for(int64_t(ranges.size()), [&](int64_t i) {
    RangePass<T> pass(op, shape);
    const KeyRange& range = ranges[size_t(i)];
    pass.run(range, [&](const QueryTile& t, float* dq) {
      for (int r = 0; r < t.rows(); ++r, dq += dp) {
        if (t.sequence.blocks() <= kRangeBlocks) {
          gradient.store_row(t, r, dq);
        } else {
          std::memcpy(gradient.row(shares + share_start[size_t(i)], range.first_query(), t, r), dq, size_t(dp) * sizeof(float));
        }
      }
    });
  });
  // the sums of rows that more than one range may see
  context.pool->parallel_for(int64_t(ranges.size()), [&](int64_t i) {
    const KeyRange& range = ranges[size_t(i)];
    const AttentionSequence& s = range.sequence;
    if (s.blocks() <= kRangeBlocks) return;
    const size_t first = size_t(i) - size_t(range.index());
    float* const sum = thread_scratch<Sum, float>(size_t(dp));
    for (int query = range.first * kTile; query < std::min(s.queries, range.end * kTile); ++query)
      for (int h = 0; h < shape.group; ++h) {
        const QueryTile t{s, query, 1, range.kv_head * shape.group + h, 1};
        const int first_range =
            QueryTile{s, query / kTile * kTile, std::min(kTile, s.queries - query / kTile * kTile), 0, 1}.first_block(shape.window) /
            kRangeBlocks;
        for (int j = first_range; j <= range.index(); ++j) {
          const size_t at = first + size_t(j);
          const float* share = gradient.row(shares + share_start[at], ranges[at].first_query(), t, 0);
          for (int c = 0; c < dp; c += kLanes) store(sum + c, j == first_range ? load(share + c) : load(sum + c) + load(share + c));
        }
        gradient.store_row(t, 0, sum);
      }
  });
}

}  // namespace

void run(Context& context, const AttentionBackward& op) {
  check(op);
  if (op.q.dtype == DType::BF16)
    backward<bf16>(context, op);
  else
    backward<float>(context, op);
}

}  // namespace fettle::cpu::FETTLE_TIER
