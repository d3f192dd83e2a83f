#include "model/weights/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/error.h"

namespace fettle {
namespace {

/// Closes the descriptor; a mapping outlives it.
struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0) close(fd);
  }
};

[[noreturn]] void fail(const std::string& path, const char* what) {
  const int e = errno;
  const char* code = e == ENOENT || e == ENOTDIR ? "FETTLE_FILE_NOT_FOUND"
                     : e == EACCES || e == EPERM ? "FETTLE_PERMISSION"
                     : e == ENOMEM               ? "FETTLE_MEMORY"
                                                 : "FETTLE_MODEL_FORMAT";
  throw Error(code, std::string("cannot ") + what + " the weight file " + path + ": " + std::strerror(e));
}

}  // namespace

MappedFile::MappedFile(const std::string& path) : path_(path) {
  const Descriptor d{open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (d.fd < 0) fail(path, "open");
  struct stat s;
  if (fstat(d.fd, &s) != 0) fail(path, "examine");
  if (!S_ISREG(s.st_mode)) throw Error("FETTLE_MODEL_FORMAT", "the weight file " + path + " is not a regular file");
  size_ = uint64_t(s.st_size);
  if (size_ == 0) return;
  void* p = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, d.fd, 0);
  if (p == MAP_FAILED) fail(path, "map");
  data_ = static_cast<uint8_t*>(p);
}

MappedFile::~MappedFile() {
  if (data_) munmap(data_, size_);
}

const uint8_t* MappedFile::range(uint64_t offset, uint64_t bytes) const {
  if (offset > size_ || bytes > size_ - offset)
    throw Error("FETTLE_MODEL_FORMAT",
                path_ + " is " + std::to_string(size_) + " bytes long, but a tensor is said to take " + std::to_string(bytes) +
                    " bytes from byte " + std::to_string(offset),
                "the file is truncated or damaged: download it again");
  return data_ + offset;
}

void MappedFile::drop(uint64_t offset, uint64_t bytes) const {
  static const uint64_t page = uint64_t(sysconf(_SC_PAGESIZE));
  const uint64_t first = (offset + page - 1) / page * page;
  const uint64_t last = (offset + bytes) / page * page;
  if (last > first) madvise(data_ + first, last - first, MADV_DONTNEED);
}

}  // namespace fettle
