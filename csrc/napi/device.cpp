#include "napi/device.h"

#include <map>

#include "backend/cpu/cpu.h"
#include "backend/library/device.h"
#include "core/thread_pool.h"
#include "napi/convert.h"

namespace fettle::napi {

Context context_of_device(const std::string& device) {
  if (device == "cpu" || (device == "auto" && probe_devices("cuda").devices == 0)) return cpu::context();
  return open_device(device == "auto" ? "cuda" : device);
}

Context context_of_place(const std::string& place) {
  if (place.empty()) return cpu::context();
  if (place != "simt" && !place.starts_with("cuda")) return {&cpu::tier(place), &ThreadPool::instance()};
  static thread_local std::map<std::string, Context> devices;
  auto it = devices.find(place);
  if (it == devices.end()) it = devices.emplace(place, open_device(place)).first;
  return it->second;
}

Napi::Value device_report(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    require(info.Length() == 1 && info[0].IsString(), "deviceReport(kind) needs cuda or simt");
    const std::string kind = info[0].As<Napi::String>();
    const DeviceReport report = probe_devices(kind);
    Napi::Object o = Napi::Object::New(info.Env());
    o.Set("built", report.built);
    o.Set("problem", report.problem);
    o.Set("hint", report.hint);
    Napi::Array devices = Napi::Array::New(info.Env());
    for (int32_t i = 0; i < report.devices; ++i) {
      const FettleDeviceInfo d = device_info(open_device(kind + ":" + std::to_string(i)));
      Napi::Object device = Napi::Object::New(info.Env());
      device.Set("name", std::string(d.name));
      device.Set("architecture", std::string(d.architecture));
      device.Set("driver", std::string(d.driver));
      device.Set("tuning_file", std::string(d.tuning_file));
      device.Set("memory_bytes", double(d.memory_bytes));
      device.Set("free_bytes", double(d.free_bytes));
      device.Set("multiprocessors", d.multiprocessors);
      devices.Set(uint32_t(i), device);
    }
    o.Set("devices", devices);
    return o;
  });
}

}  // namespace fettle::napi
