#include "backend/cuda/tuning.h"

#include <cctype>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace fettle::cuda {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// As src/cli/cache-folder.ts has it.
std::string cache_folder() {
  const std::string given = environment("FETTLE_CACHE");
  return given.empty() ? environment("HOME") + "/.cache/fettle" : given;
}

/// Letters and digits, the rest as dashes.
std::string word(std::string text) {
  for (char& c : text)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '.') c = '-';
  return text;
}

std::string key(const std::string& op, const std::string& weights, int64_t rows, int64_t columns) {
  return op + " " + weights + " " + std::to_string(rows) + " " + std::to_string(columns);
}

}  // namespace

Tuning::Tuning(const std::string& gpu, const std::string& driver)
    : file_(cache_folder() + "/tuning/" + word(gpu) + "_" + word(driver) + "_" FETTLE_KERNEL_HASH ".txt") {
  std::ifstream in(file_);
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string op, weights, config;
    int64_t tokens = 0, rows = 0, columns = 0;
    if (words >> op >> weights >> tokens >> rows >> columns >> config) measured_[key(op, weights, rows, columns)][tokens] = config;
  }
}

std::string Tuning::config(const std::string& op, const std::string& weights, int64_t tokens, int64_t rows, int64_t columns) const {
  const auto shape = measured_.find(key(op, weights, rows, columns));
  if (shape == measured_.end()) return "";
  const auto bucket = shape->second.lower_bound(tokens);
  return bucket == shape->second.end() ? shape->second.rbegin()->second : bucket->second;
}

}  // namespace fettle::cuda
