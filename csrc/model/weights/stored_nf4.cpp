#include <algorithm>
#include <cstring>

#include "core/error.h"
#include "core/nf4.h"
#include "model/weights/weight_loader.h"

namespace fettle {
namespace {

constexpr uint64_t kCopyChunk = 4 << 20;

/// Checks what the checkpoint says against the shape, before anything is read.
struct Checked {
  uint64_t elements = 0, blocks = 0, superblocks = 0;
  explicit Checked(const StoredNf4& s) {
    if (s.shape.size() != 2 || std::any_of(s.shape.begin(), s.shape.end(), [](int64_t n) { return n < 1 || n > int64_t(1) << 30; }))
      throw Error("FETTLE_MODEL_FORMAT", "the NF4 weight in " + s.packed.file + ": its shape is not [rows, cols]");
    if (s.blocksize != 64)
      throw Error("FETTLE_MODEL_UNSUPPORTED",
                  "NF4 weights in " + s.packed.file + " have blocks of " + std::to_string(s.blocksize) + "; blocks of 64 can be read",
                  "use the unquantized model with quantization: nf4");
    if (s.nested && s.nested->blocksize != 256)
      throw Error("FETTLE_MODEL_UNSUPPORTED", "NF4 scales in " + s.packed.file + " have blocks of " + std::to_string(s.nested->blocksize) +
                                                  "; blocks of 256 can be read");
    elements = uint64_t(s.shape[0]) * uint64_t(s.shape[1]);
    blocks = (elements + 63) / 64;
    superblocks = (blocks + 255) / 256;
    expect(s.packed, (elements + 1) / 2, "packed weight");
    expect(s.absmax, s.nested ? blocks : blocks * 4, "absmax");
    if (s.nested) {
      expect(s.nested->absmax, superblocks * 4, "nested_absmax");
      expect(s.nested->map, 256 * 4, "nested_quant_map");
    }
  }
  static void expect(const FileRange& r, uint64_t bytes, const char* what) {
    if (r.bytes != bytes)
      throw Error("FETTLE_MODEL_FORMAT", std::string("the ") + what + " at byte " + std::to_string(r.offset) + " of " + r.file +
                                             " should have " + std::to_string(bytes) + " bytes for its shape, but has " +
                                             std::to_string(r.bytes));
  }
};

void copy(const FileRange& r, void* dst) {
  const MappedFile file(r.file);
  const uint8_t* src = file.range(r.offset, r.bytes);
  for (uint64_t at = 0; at < r.bytes; at += kCopyChunk) {
    const uint64_t n = std::min(kCopyChunk, r.bytes - at);
    std::memcpy(static_cast<uint8_t*>(dst) + at, src + at, n);
    file.drop(r.offset + at, n);
  }
}

}  // namespace

bool has_standard_scales(const StoredNf4& stored) {
  const Checked checked(stored);
  if (!stored.nested) return false;
  float map[256];
  copy(stored.nested->map, map);
  return std::equal(map, map + 256, signed_dynamic_map());
}

void load_stored_nf4(const StoredNf4& stored, const Nf4Destination& dst) {
  const Checked checked(stored);
  copy(stored.packed, dst.packed);
  if (dst.codes) {
    if (!has_standard_scales(stored))
      throw Error("FETTLE_INTERNAL", "scales that are not double quantized with the standard map need fp32 absmax");
    copy(stored.absmax, dst.codes);
    copy(stored.nested->absmax, dst.absmax2);
    *dst.offset = float(stored.nested->offset);
    return;
  }
  if (!stored.nested) return copy(stored.absmax, dst.absmax);
  std::vector<uint8_t> codes(checked.blocks);
  std::vector<float> absmax2(checked.superblocks), map(256);
  copy(stored.absmax, codes.data());
  copy(stored.nested->absmax, absmax2.data());
  copy(stored.nested->map, map.data());
  const Nf4Scales scales{nullptr, codes.data(), absmax2.data(), map.data(), float(stored.nested->offset), 64};
  for (uint64_t b = 0; b < checked.blocks; ++b) dst.absmax[b] = nf4_scale(scales, int64_t(b));
}

}  // namespace fettle
