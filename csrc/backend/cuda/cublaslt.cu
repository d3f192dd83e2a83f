#include <dlfcn.h>

#include <array>
#include <cstdlib>
#include <map>
#include <mutex>

#include "backend/cuda/gemm.h"

// Products by cuBLASLt, where its library is found at run time: FETTLE_CUBLASLT, else libcublasLt.so of CUDA 13 or 12. What it takes for
// fastest itself is used; `fettle bench --tune` decides whether it is used at all.

namespace fettle::cuda {
namespace {

// ---- the part of cublasLt.h that is used; the interface is stable since CUDA 11
using Status = int;  // 0: success
constexpr int kComputeF32 = 68, kF32 = 0, kBf16 = 14, kTransposeA = 3, kTransposeB = 4, kMostWorkspace = 1;
using Handle = struct LtHandle*;
using Description = struct LtMatmulDesc*;
using Layout = struct LtMatrixLayout*;
using Preference = struct LtMatmulPreference*;
struct Algorithm {
  uint64_t data[8];
};
struct Heuristic {
  Algorithm algorithm;
  size_t workspace;
  Status state;
  float waves;
  int reserved[4];
};

struct Library {
  Status (*create)(Handle*);
  Status (*description)(Description*, int compute, int scale);
  Status (*set)(Description, int attribute, const void* value, size_t bytes);
  Status (*free_description)(Description);
  Status (*layout)(Layout*, int type, uint64_t rows, uint64_t columns, int64_t ld);
  Status (*free_layout)(Layout);
  Status (*preference)(Preference*);
  Status (*set_preference)(Preference, int attribute, const void* value, size_t bytes);
  Status (*free_preference)(Preference);
  Status (*heuristic)(Handle, Description, Layout a, Layout b, Layout c, Layout d, Preference, int wanted, Heuristic*, int* found);
  Status (*matmul)(Handle, Description, const void* alpha, const void* a, Layout, const void* b, Layout, const void* beta, const void* c,
                   Layout, void* d, Layout, const Algorithm*, void* workspace, size_t workspace_bytes, cudaStream_t);
};

void* opened() {
  const char* given = std::getenv("FETTLE_CUBLASLT");
  if (given) return dlopen(given, RTLD_NOW | RTLD_LOCAL);
  void* handle = dlopen("libcublasLt.so.13", RTLD_NOW | RTLD_LOCAL);
  return handle ? handle : dlopen("libcublasLt.so.12", RTLD_NOW | RTLD_LOCAL);
}

/// null where there is none, or one that lacks a function.
const Library* library() {
  static const Library* found = []() -> const Library* {
    void* handle = opened();
    static Library l;
    bool all = handle != nullptr;
    const auto bind = [&](auto& function, const char* name) {
      if (all) function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(handle, name)), all = function != nullptr;
    };
    bind(l.create, "cublasLtCreate");
    bind(l.description, "cublasLtMatmulDescCreate");
    bind(l.set, "cublasLtMatmulDescSetAttribute");
    bind(l.free_description, "cublasLtMatmulDescDestroy");
    bind(l.layout, "cublasLtMatrixLayoutCreate");
    bind(l.free_layout, "cublasLtMatrixLayoutDestroy");
    bind(l.preference, "cublasLtMatmulPreferenceCreate");
    bind(l.set_preference, "cublasLtMatmulPreferenceSetAttribute");
    bind(l.free_preference, "cublasLtMatmulPreferenceDestroy");
    bind(l.heuristic, "cublasLtMatmulAlgoGetHeuristic");
    bind(l.matmul, "cublasLtMatmul");
    return all ? &l : nullptr;
  }();
  return found;
}

void require(Status status, const char* what) {
  if (status == 0) return;
  throw Error("FETTLE_DEVICE", std::string("cuBLASLt ") + what + ": status " + std::to_string(status),
              "FETTLE_CUBLASLT= (empty) keeps it from being used");
}

/// Of the calling thread's current GPU.
Handle handle_of(const Device& device) {
  static std::map<int, Handle> handles;
  static std::mutex mutex;
  std::lock_guard lock(mutex);
  Handle& handle = handles[device.ordinal()];
  if (!handle) require(library()->create(&handle), "opening");
  return handle;
}

constexpr size_t kWorkspaceBytes = 32 << 20;

/// A matrix as cuBLASLt sees it, column-major: a row-major one's transpose.
struct Operand {
  const void* data;
  int type;
  int64_t rows, columns, ld;
  int transposed;

  Operand(const Source& s, bool transposed)
      : data(s.data), type(kBf16), rows(s.columns), columns(s.rows), ld(s.pitch / 2), transposed(transposed) {}
  explicit Operand(const GemmOutput& out)
      : data(out.data), type(out.is_bf16 ? kBf16 : kF32), rows(out.columns), columns(out.rows), ld(out.pitch), transposed(0) {}
};

/// What cuBLASLt needs to know of a product, and the algorithm that it takes; kept as long as the process.
struct Product {
  Description description = nullptr;
  Layout a = nullptr, b = nullptr, c = nullptr;
  Heuristic chosen{};

  Product(Handle handle, const Operand& left, const Operand& right, const Operand& out) {
    const Library& l = *library();
    require(l.description(&description, kComputeF32, kF32), "describing a product");
    require(l.set(description, kTransposeA, &left.transposed, sizeof(int)), "describing a product");
    require(l.set(description, kTransposeB, &right.transposed, sizeof(int)), "describing a product");
    for (const auto& [layout, operand] : {std::pair{&a, &left}, {&b, &right}, {&c, &out}})
      require(l.layout(layout, operand->type, uint64_t(operand->rows), uint64_t(operand->columns), operand->ld), "describing a matrix");
    Preference preference = nullptr;
    require(l.preference(&preference), "choosing an algorithm");
    const size_t most = kWorkspaceBytes;
    require(l.set_preference(preference, kMostWorkspace, &most, sizeof most), "choosing an algorithm");
    int found = 0;
    const Status status = l.heuristic(handle, description, a, b, c, c, preference, 1, &chosen, &found);
    l.free_preference(preference);
    require(status == 0 && found == 0 ? 15 : status, "choosing an algorithm");  // 15: not supported
  }
  ~Product() {
    const Library& l = *library();
    for (Layout layout : {a, b, c})
      if (layout) l.free_layout(layout);
    if (description) l.free_description(description);
  }
  Product(const Product&) = delete;
};

const Product& product_of(const Device& device, const Operand& left, const Operand& right, const Operand& out) {
  using Key = std::array<int64_t, 10>;
  static std::map<Key, Product> products;
  static std::mutex mutex;
  std::lock_guard lock(mutex);
  const Key key{device.ordinal(), left.rows, left.columns,     left.ld, left.transposed,
                right.columns,    right.ld,  right.transposed, out.ld,  out.type};
  return products.try_emplace(key, handle_of(device), left, right, out).first->second;
}

/// c = alpha a b + beta c; the operands change places, since the transpose of c is what cuBLASLt computes.
void multiply(Device& device, Direction direction, const Source& a, const Source& b, const GemmOutput& out, float alpha, float beta,
              void* workspace) {
  const Operand left(b, direction == Direction::Forward), right(a, direction == Direction::BackwardWeight), c(out);
  const Product& p = product_of(device, left, right, c);
  require(library()->matmul(handle_of(device), p.description, &alpha, left.data, p.a, right.data, p.b, &beta, out.data, p.c, out.data, p.c,
                            &p.chosen.algorithm, workspace, kWorkspaceBytes, device.stream()),
          "multiplying");
}

template <Direction D>
void start_cublaslt(Device& device, const GemmArguments& g, int) {
  const float before = g.out.accumulate ? 1.0f : 0.0f;
  if (g.k2 > 0) multiply(device, D, g.a2, g.b2, g.out, 1.0f, before, g.partial);
  multiply(device, D, g.a, g.b, g.out, g.out.alpha, g.k2 > 0 ? 1.0f : before, g.partial);
}

/// Its tiles are its own affair.
template <Direction D>
constexpr GemmConfig kConfig = {.name = "cublaslt",
                                .rows = 0,
                                .columns = 0,
                                .warp_rows = 0,
                                .warp_columns = 0,
                                .stages = 0,
                                .threads = 0,
                                .shared_bytes = 0,
                                .blocks = 0,
                                .nf4 = false,
                                .aligned = true,
                                .gemv = false,
                                .workspace_bytes = kWorkspaceBytes,
                                .start = start_cublaslt<D>};

}  // namespace

std::span<const GemmConfig> cublaslt_configs(Direction direction) {
  static const GemmConfig none[1] = {};
  if (!library()) return {none, 0};
  switch (direction) {
    case Direction::Forward: return {&kConfig<Direction::Forward>, 1};
    case Direction::BackwardInput: return {&kConfig<Direction::BackwardInput>, 1};
    case Direction::BackwardWeight: return {&kConfig<Direction::BackwardWeight>, 1};
  }
  return {none, 0};
}

}  // namespace fettle::cuda
