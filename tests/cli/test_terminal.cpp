// labels: cli
// What a person at a terminal sees, and what a log file gets.

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <stdexcept>

#include "run_causal.hpp"

#include <doctest/doctest.h>

using namespace causal::test;

namespace {

/// A terminal of our own.
class Terminal {
 public:
  Terminal() : master_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    if (master_ < 0 || ::grantpt(master_) != 0 || ::unlockpt(master_) != 0) throw std::runtime_error("no terminal");
    path_ = ::ptsname(master_);
    side_ = ::open(path_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);  // Keeps what is written after the writer has gone.
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal() {
    ::close(side_);
    ::close(master_);
  }
  [[nodiscard]] const std::string& path() const { return path_; }
  /// What was written, at most 4,000 bytes, with line ends as the writer meant them.
  [[nodiscard]] std::string written() const {
    ::fcntl(master_, F_SETFL, O_NONBLOCK);
    char bytes[4000];
    const ssize_t count = ::read(master_, bytes, sizeof bytes);
    std::string text(bytes, count > 0 ? static_cast<std::size_t>(count) : 0);
    std::erase(text, '\r');
    return text;
  }

 private:
  int master_;
  int side_ = -1;
  std::string path_;
};

/// x -> z <- y, z -> w, and two columns of their own.
std::string with_loners(int rows) {
  std::string text;
  std::size_t line = 0;
  const std::string csv = collider_csv(rows);
  for (std::size_t begin = 0, end = 0; begin < csv.size(); begin = end + 1, ++line) {
    end = csv.find('\n', begin);
    const bool odd = line % 2 == 1;
    text += (line == 0 ? "loner" : odd ? "1.5" : "-1.5") + ("," + csv.substr(begin, end - begin)) + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("a terminal shows edges and the nodes without one, -f txt every node in order") {
  const TemporaryFolder folder;
  const std::string data = folder.file("data.csv", with_loners(600));
  const Terminal terminal;
  const std::vector<std::string> words{"discover", data, "--types", "loner=cont", "--alpha", "0.0001", "-q"};
  REQUIRE(run_causal(words, {.stdout_path = terminal.path()}).exit_code == 0);
  CHECK(terminal.written() == "x -> z\ny -> z\nz -> w\nloner\n");
  std::vector<std::string> as_text = words;
  as_text.insert(as_text.end(), {"-f", "txt"});
  CHECK(run_causal(as_text).out == "loner\nx\ny\nz\nw\nx -> z\ny -> z\nz -> w\n");
}

TEST_CASE("a log is not told of phases that take no time, unless it asks") {
  const TemporaryFolder folder;
  const std::string data = folder.file("data.csv", collider_csv(200));
  CHECK_FALSE(contains(run_causal({"discover", data}).err, "skeleton"));
  CHECK(contains(run_causal({"discover", data, "--progress", "always"}).err, "skeleton |S|=0"));
}
