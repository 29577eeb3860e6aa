#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "causal/io/file.hpp"
#include "causal/run/error.hpp"

namespace causal::io {
namespace {

[[noreturn]] void throw_unreadable(const std::string& path, int error) {
  throw IoError("cannot read the file: " + std::string(std::strerror(error)), path);
}

class Descriptor {
 public:
  explicit Descriptor(const std::string& path)
      : owned_(path != "-"), fd_(owned_ ? ::open(path.c_str(), O_RDONLY | O_CLOEXEC) : STDIN_FILENO) {
    if (fd_ < 0) throw_unreadable(path, errno);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (owned_ && fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  bool owned_;
  int fd_;
};

std::string read_all(int fd, const std::string& path) {
  constexpr std::size_t kStep = std::size_t{1} << 20;
  std::string content;
  std::size_t used = 0;
  for (;;) {
    if (content.size() - used < kStep) content.resize(std::max(2 * content.size(), kStep));
    const ssize_t got = ::read(fd, content.data() + used, content.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_unreadable(path, errno);
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
  }
  content.resize(used);
  return content;
}

}  // namespace

MappedFile::MappedFile(const std::string& path) {
  const Descriptor file(path);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) throw_unreadable(path, errno);
  if (S_ISDIR(info.st_mode)) throw_unreadable(path, EISDIR);
  const auto size = static_cast<std::size_t>(info.st_size);
  // A standard input redirected from a file may already be partly consumed: a mapping would start over.
  if (path != "-" && S_ISREG(info.st_mode) && size > 0) {
    void* mapping = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (mapping != MAP_FAILED) {
      ::madvise(mapping, size, MADV_SEQUENTIAL);
      mapping_ = mapping;
      bytes_ = {static_cast<const char*>(mapping), size};
      return;
    }
  }
  buffer_ = read_all(file.get(), path);
  bytes_ = buffer_;
}

MappedFile::~MappedFile() {
  if (mapping_ != nullptr) ::munmap(mapping_, bytes_.size());
}

}  // namespace causal::io
