#pragma once
#include <cstdint>
#include <string>

namespace fettle {

/// Part of a file.
struct FileRange {
  std::string file;
  uint64_t offset = 0;
  uint64_t bytes = 0;
};

/// A file mapped read-only. Throws FETTLE_FILE_NOT_FOUND, FETTLE_PERMISSION or, for a range past the end, FETTLE_MODEL_FORMAT.
class MappedFile {
 public:
  explicit MappedFile(const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  /// First byte of [offset, offset + bytes), which must lie within the file.
  const uint8_t* range(uint64_t offset, uint64_t bytes) const;
  /// Lets go of the pages that lie wholly within the range, so that what was read does not count as resident.
  void drop(uint64_t offset, uint64_t bytes) const;
  uint64_t size() const { return size_; }

 private:
  std::string path_;
  uint8_t* data_ = nullptr;
  uint64_t size_ = 0;
};

}  // namespace fettle
