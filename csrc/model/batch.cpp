#include "model/batch.h"

namespace fettle {
namespace {
void need(bool ok, const std::string& what) {
  if (!ok) throw Error("FETTLE_INVALID_ARGUMENT", "batch: " + what);
}
}  // namespace

void Batch::check_ids(int64_t vocab_size) const {
  for (int32_t id : ids)
    need(id >= 0 && id < vocab_size, "token id " + std::to_string(id) + " is outside the vocabulary of " + std::to_string(vocab_size));
}

void Batch::prepare(int64_t vocab_size, int64_t max_positions) {
  need(!ids.empty(), "it holds no tokens");
  need(cu.size() >= 2 && cu.front() == 0 && cu.back() == tokens(), "cu_seqlens must run from 0 to the number of tokens");
  need(labels.empty() || labels.size() == ids.size(), "labels must have one entry a token");
  need(row_ids.empty() || int64_t(row_ids.size()) == sequences(), "row_ids must have one entry a sequence");
  check_ids(vocab_size);
  positions.resize(ids.size());
  token_rows.resize(ids.size());
  for (int64_t s = 0; s < sequences(); ++s) {
    const int32_t begin = cu[s], end = cu[s + 1];
    need(end > begin, "cu_seqlens must rise");
    need(end - begin <= max_positions, "a sequence of " + std::to_string(end - begin) + " tokens is longer than the model's " +
                                           std::to_string(max_positions) + " positions");
    k_start.push_back(begin);
    k_len.push_back(end - begin);
    const size_t targets_before = targets.size();
    for (int32_t t = begin; t < end; ++t) {
      positions[t] = t - begin;
      token_rows[t] = row_ids.empty() ? uint32_t(s) : row_ids[s];
      if (labels.empty() || t + 1 >= end || labels[t + 1] == -100) continue;
      need(labels[t + 1] >= 0 && labels[t + 1] < vocab_size, "label " + std::to_string(labels[t + 1]) + " is outside the vocabulary");
      target_rows.push_back(t);
      targets.push_back(labels[t + 1]);
    }
    supervised.push_back(int32_t(targets.size() - targets_before));
  }
}

void Batch::pad(int64_t tokens, int64_t sequences) {
  const int32_t end = int32_t(this->tokens());
  ids.resize(size_t(tokens), 0);
  positions.resize(size_t(tokens), 0);
  token_rows.resize(size_t(tokens), 0);
  k_start.resize(size_t(sequences), end);
  k_len.resize(size_t(sequences), 0);
  k_len[cu.size() - 1] = int32_t(tokens) - end;
  cu.resize(size_t(sequences) + 1, int32_t(tokens));
}

BatchLoss sum_losses(const std::vector<int32_t>& supervised, const float* losses) {
  BatchLoss result{std::vector<double>(supervised.size(), 0.0), supervised};
  for (size_t s = 0; s < supervised.size(); ++s)
    for (int32_t i = 0; i < supervised[s]; ++i) result.loss_sum[s] += double(*losses++);
  return result;
}

}  // namespace fettle
