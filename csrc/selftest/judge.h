#pragma once
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "backend/library/staged_op.h"
#include "ops/backend.h"

namespace fettle::selftest {

/// How far a device's result may be from the oracle's: |a - e| / (|e| + rms(e)); of 8-bit codes, how many steps one of a thousand may be.
struct Limits {
  double f32 = 4e-6, bf16 = 0x1p-7, f64 = 1e-13;
  int code = 0;
};

/// One case of an op on a device.
struct Outcome {
  std::string op, label;
  double error;         // the largest
  std::string problem;  // empty when it passed
};

/// Runs ops on a device and on the scalar CPU loops, and compares.
class Judge {
 public:
  /// `only`: the op to compare; empty: every op.
  Judge(const Context& oracle, const Context& device, std::string only) : oracle_(oracle), device_(device), only_(std::move(only)) {}

  /// `op` has host tensors; they hold the device's results afterwards.
  template <class Op>
  void compare(const std::string& label, const Op& op, const Limits& limits = {}) {
    if (!wants(Op::name)) return;
    Outcome& outcome = outcomes_.emplace_back(Outcome{Op::name, label, 0, ""});
    try {
      Op expected = op, there = op;
      StagedOp copy(host_memory()), staged(*device_.memory);
      Op::fields(expected, copy);
      run(oracle_, expected);
      Op::fields(there, staged);
      run(device_, there);
      staged.download();
      Op actual = op;
      compare_tensors(tensors_of(actual), tensors_of(expected), limits, outcome);
    } catch (const std::exception& e) {
      outcome.problem = e.what();
    }
  }
  bool wants(const std::string& op) const { return only_.empty() || only_ == op; }
  void add(Outcome outcome) { outcomes_.push_back(std::move(outcome)); }
  const std::vector<Outcome>& outcomes() const { return outcomes_; }
  Context& device() { return device_; }

 private:
  struct Named {
    std::string field;
    Tensor tensor;
  };
  template <class Op>
  static std::vector<Named> tensors_of(Op& op) {
    Collector collector;
    Op::fields(op, collector);
    return collector.tensors;
  }
  struct Collector {
    std::vector<Named> tensors;
    void operator()(const char* field, Tensor& t) {
      if (t && t.dtype != DType::NF4) tensors.push_back({field, t});
    }
    template <class Number>
    void operator()(const char*, Number&) {}
  };
  static void compare_tensors(const std::vector<Named>& actual, const std::vector<Named>& expected, const Limits& limits, Outcome& outcome);

  Context oracle_, device_;
  std::string only_;
  std::vector<Outcome> outcomes_;
};

}  // namespace fettle::selftest
