#pragma once
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/error.h"

// An op with several tile configurations lists them in one table of entries that have `name` and `fits(question)`; the first that fits is
// taken, unless FETTLE_CUDA_CONFIG names another: "op:config", several with commas between (for tests and tuning).

namespace fettle::cuda {

/// The configuration that FETTLE_CUDA_CONFIG asks for, or "".
inline std::string_view forced_config(std::string_view op) {
  const char* value = std::getenv("FETTLE_CUDA_CONFIG");
  std::string_view rest = value ? value : "";
  while (!rest.empty()) {
    const std::string_view item = rest.substr(0, rest.find(','));
    rest.remove_prefix(item.size() < rest.size() ? item.size() + 1 : rest.size());
    if (item.size() > op.size() && item.substr(0, op.size()) == op && item[op.size()] == ':') return item.substr(op.size() + 1);
  }
  return "";
}

/// The entry of `table` to use. Throws when none fits, or when the one that was asked for by name does not.
template <class Table, class Question>
const auto& choose_config(const char* op, const Table& table, const Question& question) {
  const std::string_view forced = forced_config(op);
  std::string fitting;
  for (const auto& entry : table) {
    if (!entry.fits(question)) continue;
    if (forced.empty() || forced == entry.name) return entry;
    fitting += (fitting.empty() ? "" : ", ") + std::string(entry.name);
  }
  if (fitting.empty()) throw Error("FETTLE_NOT_YET", std::string(op) + " has no kernel for " + question.text(), "use device: cpu");
  throw Error("FETTLE_INVALID_ARGUMENT",
              std::string(op) + ": FETTLE_CUDA_CONFIG asks for '" + std::string(forced) + "', expected one of " + fitting);
}

}  // namespace fettle::cuda
