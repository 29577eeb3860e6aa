#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <streambuf>
#include <utility>

#include "causal/io/file.hpp"
#include "causal/run/error.hpp"

namespace causal::io {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void throw_unwritable(const std::string& path, int error) {
  const char* hint = error == ENOSPC ? "Free some space or write elsewhere." : "";
  throw IoError("cannot write the file: " + std::string(std::strerror(error)), path, hint);
}

// The file a chain of symbolic links ends at, whether it exists or not.
std::string resolve_links(const std::string& path) {
  fs::path target(path);
  std::error_code error;
  for (int depth = 0; fs::is_symlink(fs::symlink_status(target, error)); ++depth) {
    if (depth == 40) throw_unwritable(path, ELOOP);
    const fs::path next = fs::read_symlink(target, error);
    if (error) throw_unwritable(path, error.value());
    target = next.is_absolute() ? next : target.parent_path() / next;
  }
  return target.string();
}

enum class Kind { Absent, Regular, Direct };

// What stands at `target`; throws for a folder.
Kind kind_of(const std::string& target, const std::string& path) {
  struct stat info {};
  if (::stat(target.c_str(), &info) != 0) {
    if (errno == ENOENT) return Kind::Absent;
    throw_unwritable(path, errno);
  }
  if (S_ISDIR(info.st_mode)) throw_unwritable(path, EISDIR);
  return S_ISREG(info.st_mode) ? Kind::Regular : Kind::Direct;
}

// A stream buffer over a file descriptor that remembers the first error.
class DescriptorBuffer : public std::streambuf {
 public:
  DescriptorBuffer() { setp(buffer_.data(), buffer_.data() + buffer_.size()); }
  void attach(int fd) { fd_ = fd; }
  [[nodiscard]] int error() const { return error_; }

 protected:
  int_type overflow(int_type c) override {
    if (!drain()) return traits_type::eof();
    if (!traits_type::eq_int_type(c, traits_type::eof())) sputc(traits_type::to_char_type(c));
    return traits_type::not_eof(c);
  }
  int sync() override { return drain() ? 0 : -1; }

 private:
  bool drain() {
    const char* from = pbase();
    while (error_ == 0 && from < pptr()) {
      const ssize_t written = ::write(fd_, from, static_cast<std::size_t>(pptr() - from));
      if (written >= 0) {
        from += written;
      } else if (errno != EINTR) {
        error_ = errno;
      }
    }
    setp(buffer_.data(), buffer_.data() + buffer_.size());
    return error_ == 0;
  }

  int fd_ = -1;
  int error_ = 0;
  std::array<char, std::size_t{1} << 16> buffer_;
};

// Beside the target, so that the rename stays within one file system; unique among processes and writers.
std::string temporary_name(const std::string& target) {
  static std::atomic<unsigned> serial{0};
  return target + ".tmp-" + std::to_string(::getpid()) + "-" + std::to_string(serial++);
}

}  // namespace

void check_writable(const std::string& path, bool overwrite) {
  if (path == "-") return;
  if (path.empty()) throw_unwritable(path, ENOENT);
  const std::string target = resolve_links(path);
  const Kind kind = kind_of(target, path);
  if (kind == Kind::Direct) return;
  if (kind == Kind::Regular && !overwrite) {
    throw InvalidArgument("the output file exists already", path, "Use --force to overwrite it, or write elsewhere.");
  }
  const fs::path folder = fs::path(target).parent_path();
  if (::access(folder.empty() ? "." : folder.c_str(), W_OK | X_OK) != 0) throw_unwritable(path, errno);
}

class AtomicWriter::Impl {
 public:
  Impl(const std::string& path, bool overwrite) : path_(path), owned_(path != "-") {
    check_writable(path, overwrite);
    if (owned_) {
      target_ = resolve_links(path);
      open_target();
    } else {
      fd_ = STDOUT_FILENO;
    }
    buffer_.attach(fd_);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { discard(); }

  std::ostream& stream() { return stream_; }

  void commit() {
    stream_.flush();
    int error = buffer_.error();
    if (owned_ && fd_ >= 0 && ::close(std::exchange(fd_, -1)) != 0 && error == 0) error = errno;
    if (error == 0 && !temporary_.empty()) {
      if (::rename(temporary_.c_str(), target_.c_str()) == 0) {
        temporary_.clear();
      } else {
        error = errno;
      }
    }
    if (error != 0) {
      discard();
      throw_unwritable(path_ == "-" ? "standard output" : path_, error);
    }
  }

 private:
  void open_target() {
    const bool direct = kind_of(target_, path_) == Kind::Direct;
    if (!direct) temporary_ = temporary_name(target_);
    const std::string& name = direct ? target_ : temporary_;
    fd_ = ::open(name.c_str(), O_WRONLY | O_CLOEXEC | (direct ? 0 : O_CREAT | O_EXCL), 0666);
    if (fd_ < 0) {
      temporary_.clear();
      throw_unwritable(path_, errno);
    }
    // A replaced file keeps its permissions.
    struct stat old {};
    if (!direct && ::stat(target_.c_str(), &old) == 0 && ::fchmod(fd_, old.st_mode & 07777) != 0) {
      const int error = errno;
      discard();
      throw_unwritable(path_, error);
    }
  }

  void discard() {
    if (owned_ && fd_ >= 0) ::close(std::exchange(fd_, -1));
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
    temporary_.clear();
  }

  std::string path_;
  bool owned_;  // the descriptor is ours to close
  std::string target_;
  std::string temporary_;  // empty when written directly or already in place
  int fd_ = -1;
  DescriptorBuffer buffer_;
  std::ostream stream_{&buffer_};
};

AtomicWriter::AtomicWriter(const std::string& path, bool overwrite) : impl_(std::make_unique<Impl>(path, overwrite)) {}
AtomicWriter::~AtomicWriter() = default;
std::ostream& AtomicWriter::stream() { return impl_->stream(); }
void AtomicWriter::commit() { impl_->commit(); }

}  // namespace causal::io
