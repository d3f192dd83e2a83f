#pragma once
#include <map>
#include <string>

namespace fettle::cuda {

/// What `fettle bench --tune` measured on a GPU: the fastest way for a shape of a GEMM-like op. A file of lines
/// "op weights tokens rows columns configuration" in the user's cache folder, of this GPU, driver and these kernels' sources.
class Tuning {
 public:
  Tuning(const std::string& gpu, const std::string& driver);

  /// Where it lies, whether or not there is one.
  const std::string& file() const { return file_; }
  /// As FETTLE_CUDA_CONFIG takes it; "" when that shape was not measured. `tokens` is rounded up to a power of two, of those the largest
  /// that was measured when there are more.
  std::string config(const std::string& op, const std::string& weights, int64_t tokens, int64_t rows, int64_t columns) const;

 private:
  std::string file_;
  std::map<std::string, std::map<int64_t, std::string>> measured_;  // op, weights, rows, columns -> tokens -> configuration
};

}  // namespace fettle::cuda
