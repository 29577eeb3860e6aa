#pragma once
// Files: read whole, written whole or not at all.

#include <memory>
#include <ostream>
#include <string>
#include <string_view>

namespace causal::io {

/// The bytes of a file, mapped where the file is a regular one and read into memory where it is a pipe or a device.
/// The path "-" is standard input.
///
/// Errors (constructor): IoError when the path does not exist, is a folder or cannot be read. The file must not be
/// truncated by others while the mapping lives.
class MappedFile {
 public:
  explicit MappedFile(const std::string& path);
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  /// The whole content; valid as long as this object.
  [[nodiscard]] std::string_view bytes() const { return bytes_; }

 private:
  std::string_view bytes_;
  void* mapping_ = nullptr;
  std::string buffer_;
};

/// Whether `path` can be written later: call it before the work starts.
///
/// Nothing is created. The path "-" and devices, sockets and FIFOs always pass.
/// Errors: InvalidArgument when a regular file exists and `overwrite` is false; IoError when the path is a folder or
/// its folder does not exist or is not writable.
void check_writable(const std::string& path, bool overwrite);

/// Writes a file that appears complete or not at all.
///
/// A regular file is written under a temporary name beside the target and renamed by `commit`; a symbolic link is
/// followed, so the link stays and its target is replaced. Devices, FIFOs and standard output (path "-") are written
/// directly. Without `commit` the temporary file is removed.
class AtomicWriter {
 public:
  /// Errors: as check_writable, and IoError when the temporary file cannot be made.
  explicit AtomicWriter(const std::string& path, bool overwrite = false);
  AtomicWriter(const AtomicWriter&) = delete;
  AtomicWriter& operator=(const AtomicWriter&) = delete;
  ~AtomicWriter();

  /// Where to write; a failed write sets the stream's bad bit and is reported by `commit`.
  [[nodiscard]] std::ostream& stream();
  /// Flushes and puts the file in place. Errors: IoError with the system's reason (disk full, no permission); nothing
  /// is left behind then, and an old file of that name is untouched.
  void commit();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace causal::io
