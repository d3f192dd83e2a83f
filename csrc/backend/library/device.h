#pragma once
#include <string>
#include <vector>

#include "backend/library/abi.h"

namespace fettle {

/// Where ops of a device run: cuda, cuda:N or simt. The device stays open as long as a copy of the context lives.
/// Throws FETTLE_DEVICE when its library or the device is not there; the hint says what to do.
Context open_device(const std::string& name);

/// What it is; of a context that open_device gave.
FettleDeviceInfo device_info(const Context& context);

/// The ways to run the op with this place in FETTLE_OPS on such a context that are worth measuring, as FETTLE_CUDA_CONFIG takes them; none
/// where there is only one. Its tensors lie on the device.
std::vector<std::string> op_plans(const Context& context, int id, const void* op);

/// What a search for the devices of a kind (cuda, simt) found.
struct DeviceReport {
  bool built = false;
  int32_t devices = 0;
  std::string problem, hint;
};
DeviceReport probe_devices(const std::string& kind);

}  // namespace fettle
