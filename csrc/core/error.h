#pragma once
#include <stdexcept>
#include <string>
#include <utility>

namespace fettle {

/// A coded error; `code` is a key of src/errors.ts and reaches JavaScript unchanged.
class Error : public std::runtime_error {
 public:
  Error(std::string code, const std::string& message, std::string hint = "")
      : std::runtime_error(message), code_(std::move(code)), hint_(std::move(hint)) {}
  const std::string& code() const { return code_; }
  const std::string& hint() const { return hint_; }

 private:
  std::string code_;
  std::string hint_;
};

}  // namespace fettle
