// labels: unit
#include "causal/io/file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "causal/run/error.hpp"

#include <doctest/doctest.h>

using namespace causal;
namespace fs = std::filesystem;

namespace {

// A fresh folder that goes away with its content.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "causal-test-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::permissions(path_, fs::perms::owner_all, ignored);
    fs::remove_all(path_, ignored);
  }
  [[nodiscard]] std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  [[nodiscard]] std::ptrdiff_t files() const {
    return std::distance(fs::directory_iterator(path_), fs::directory_iterator());
  }

 private:
  fs::path path_;
};

std::string content(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void write(const std::string& path, const std::string& text, bool overwrite = false) {
  io::AtomicWriter writer(path, overwrite);
  writer.stream() << text;
  writer.commit();
}

}  // namespace

TEST_CASE("a file appears with commit and not before") {
  const TemporaryFolder folder;
  const std::string path = folder / "out.csv";
  {
    io::AtomicWriter writer(path);
    writer.stream() << std::string(200'000, 'x');
    CHECK_FALSE(fs::exists(path));
    writer.commit();
  }
  CHECK(content(path) == std::string(200'000, 'x'));
  CHECK(folder.files() == 1);
}

TEST_CASE("without commit nothing is left and the old file stays") {
  const TemporaryFolder folder;
  const std::string path = folder / "out.csv";
  write(path, "old");
  {
    io::AtomicWriter writer(path, true);
    writer.stream() << "new";
  }
  CHECK(content(path) == "old");
  CHECK(folder.files() == 1);
}

TEST_CASE("an existing file is replaced only when asked, and keeps its permissions") {
  const TemporaryFolder folder;
  const std::string path = folder / "out.csv";
  write(path, "old");
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
  CHECK_THROWS_AS(write(path, "new"), InvalidArgument);
  CHECK_THROWS_AS(io::check_writable(path, false), InvalidArgument);
  CHECK(content(path) == "old");
  io::check_writable(path, true);
  write(path, "new", true);
  CHECK(content(path) == "new");
  CHECK(fs::status(path).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("a symbolic link is followed, not replaced") {
  const TemporaryFolder folder;
  write(folder / "target", "old");
  fs::create_symlink("target", folder / "link");
  write(folder / "link", "new", true);
  CHECK(fs::is_symlink(folder / "link"));
  CHECK(content(folder / "target") == "new");
  fs::create_symlink("fresh", folder / "dangling");
  write(folder / "dangling", "made");
  CHECK(content(folder / "fresh") == "made");
  fs::create_symlink("loop", folder / "loop");
  CHECK_THROWS_AS(io::check_writable(folder / "loop", true), IoError);
}

TEST_CASE("places that cannot be written are refused before any work") {
  const TemporaryFolder folder;
  CHECK_THROWS_AS(io::check_writable(folder / "missing/out.csv", false), IoError);
  CHECK_THROWS_AS(io::check_writable(folder / "", true), IoError);
  CHECK_THROWS_AS(io::check_writable("", true), IoError);
  write(folder / "file", "x");
  CHECK_THROWS_AS(io::check_writable(folder / "file/below", true), IoError);
  io::check_writable("-", false);
  io::check_writable("/dev/null", false);
  if (::geteuid() != 0) {  // root may write anywhere
    fs::permissions(folder / "", fs::perms::owner_read | fs::perms::owner_exec);
    CHECK_THROWS_AS(io::check_writable(folder / "out.csv", false), IoError);
  }
}

TEST_CASE("devices are written directly and a full disk is an error") {
  write("/dev/null", "nothing");
  CHECK(fs::is_character_file("/dev/null"));
  try {
    write("/dev/full", "x");
    FAIL("a full disk went unnoticed");
  } catch (const IoError& error) {
    CHECK(error.message().find("No space left") != std::string::npos);
    CHECK(error.where() == "/dev/full");
  }
}

TEST_CASE("a FIFO is written and read without a temporary file") {
  const TemporaryFolder folder;
  const std::string path = folder / "pipe";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  std::thread writer([&] { write(path, std::string(100'000, 'p')); });
  const io::MappedFile read(path);
  writer.join();
  CHECK(read.bytes() == std::string(100'000, 'p'));
  CHECK(folder.files() == 1);
}

TEST_CASE("files are read whole; what cannot be read is named") {
  const TemporaryFolder folder;
  write(folder / "a", "some bytes");
  CHECK(io::MappedFile(folder / "a").bytes() == "some bytes");
  write(folder / "empty", "");
  CHECK(io::MappedFile(folder / "empty").bytes().empty());
  CHECK_THROWS_AS(io::MappedFile(folder / "absent"), IoError);
  CHECK_THROWS_AS(io::MappedFile(folder / ""), IoError);
}
