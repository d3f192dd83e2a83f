#include "backend/library/device.h"

#include <dlfcn.h>
#include <unistd.h>

#include <iterator>
#include <memory>
#include <mutex>
#include <sstream>

#include "core/error.h"
#include "core/thread_pool.h"
#include "ops/check.h"

namespace fettle {
namespace {

std::string folder_of_this_addon() {
  Dl_info info{};
  dladdr(reinterpret_cast<const void*>(&folder_of_this_addon), &info);
  const std::string path = info.dli_fname ? info.dli_fname : "";
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

std::string how_to_build(const std::string& kind) {
  return kind == "simt" ? "build it with: npm run build:simt" : "build it with: npm run build:cuda; or use device: cpu";
}

/// Libraries stay open: a device's memory may be freed late.
const FettleDeviceLibrary& library(const std::string& kind) {
  static std::mutex mutex;
  std::lock_guard lock(mutex);
  static const FettleDeviceLibrary* opened[2] = {};
  const FettleDeviceLibrary*& slot = opened[kind == "simt" ? 1 : 0];
  if (slot) return *slot;
  const std::string path = folder_of_this_addon() + "/fettle_" + kind + ".so";
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle && access(path.c_str(), F_OK) != 0)
    throw Error("FETTLE_DEVICE", "device '" + kind + "' is not there: this build of fettle has no " + kind + " backend",
                how_to_build(kind));
  if (!handle) throw Error("FETTLE_DEVICE", "device '" + kind + "' cannot be opened: " + dlerror(), how_to_build(kind));
  const auto entry = reinterpret_cast<FettleDeviceLibraryEntry>(dlsym(handle, kDeviceLibraryEntry));
  const FettleDeviceLibrary* found = entry ? entry() : nullptr;
  if (!found || found->layout != op_layout())
    throw Error("FETTLE_DEVICE", path + " was built from other sources than this addon", how_to_build(kind));
  slot = found;
  return *slot;
}

[[noreturn]] void fail(const FettleDeviceLibrary& l) {
  const char *code = "", *message = "", *hint = "";
  l.last_error(&code, &message, &hint);
  throw Error(code, message, hint);
}

/// One device of a library: its memory, and the ops that run on it.
class Device final : public Memory {
 public:
  Device(const FettleDeviceLibrary& library, int32_t ordinal) : library_(library) { require(library_.open(ordinal, &handle_)); }
  ~Device() override { library_.close(handle_); }
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  void* allocate(size_t bytes) override {
    void* data = nullptr;
    require(library_.allocate(handle_, bytes, &data));
    return data;
  }
  void release(void* data, size_t bytes) noexcept override { library_.release(handle_, data, bytes); }
  void upload(void* to, const void* from, size_t bytes) override { require(library_.upload(handle_, to, from, bytes)); }
  void download(void* to, const void* from, size_t bytes) override { require(library_.download(handle_, to, from, bytes)); }
  void zero(void* data, size_t bytes) override { require(library_.zero(handle_, data, bytes)); }
  void finish() override { require(library_.synchronize(handle_)); }
  std::unique_ptr<Graph> capture(const std::function<void()>& work) override;

  void run(int id, const void* op) { require(library_.run(handle_, id, op)); }
  std::vector<std::string> plans(int id, const void* op) const {
    char text[4096];
    require(library_.plans(handle_, id, op, text, sizeof text));
    std::istringstream words(text);
    return {std::istream_iterator<std::string>(words), {}};
  }
  FettleDeviceInfo info() const {
    FettleDeviceInfo info{};
    require(library_.info(handle_, &info));
    return info;
  }

 private:
  friend class DeviceGraph;
  void require(int status) const {
    if (status != 0) fail(library_);
  }
  const FettleDeviceLibrary& library_;
  void* handle_ = nullptr;
};

/// Must not outlive its device.
class DeviceGraph final : public Graph {
 public:
  DeviceGraph(Device& device, void* graph) : device_(device), graph_(graph) {}
  ~DeviceGraph() override { device_.library_.release_graph(device_.handle_, graph_); }
  bool launch() override {
    int32_t launched = 0;
    device_.require(device_.library_.launch_graph(device_.handle_, graph_, &launched));
    return launched != 0;
  }

 private:
  Device& device_;
  void* graph_;
};

std::unique_ptr<Graph> Device::capture(const std::function<void()>& work) {
  int32_t begun = 0;
  require(library_.begin_capture(handle_, &begun));
  if (!begun) return nullptr;
  void* graph = nullptr;
  try {
    work();
  } catch (...) {
    if (library_.end_capture(handle_, &graph) == 0 && graph) library_.release_graph(handle_, graph);
    throw;
  }
  require(library_.end_capture(handle_, &graph));
  return graph ? std::make_unique<DeviceGraph>(*this, graph) : nullptr;
}

/// Every op of a device goes through its library; the thunk knows which op it is.
template <int Id, class Op>
void forward(Context& context, const void* op) {
  check(*static_cast<const Op*>(op));
  static_cast<Device*>(context.memory)->run(Id, op);
}

const Backend device_backend = {"device",
                                {
#define X(Op) &forward<detail::IdOf<Op>::value, Op>,
                                    FETTLE_OPS(X)
#undef X
                                }};

}  // namespace

Context open_device(const std::string& name) {
  const size_t colon = name.find(':');
  const int32_t ordinal = colon == std::string::npos ? 0 : int32_t(std::stol(name.substr(colon + 1)));
  const auto device = std::make_shared<Device>(library(name.substr(0, colon)), ordinal);
  return {&device_backend, &ThreadPool::instance(), device.get(), device};
}

FettleDeviceInfo device_info(const Context& context) { return static_cast<Device*>(context.memory)->info(); }

std::vector<std::string> op_plans(const Context& context, int id, const void* op) {
  return static_cast<Device*>(context.memory)->plans(id, op);
}

DeviceReport probe_devices(const std::string& kind) {
  DeviceReport report;
  try {
    const FettleDeviceLibrary& l = library(kind);
    report.built = true;
    if (l.count(&report.devices) != 0) fail(l);
  } catch (const Error& e) {
    report.problem = e.what();
    report.hint = e.hint();
  }
  return report;
}

}  // namespace fettle
