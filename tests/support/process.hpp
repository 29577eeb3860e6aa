#pragma once
// Runs a program and catches what it writes and how it ends.

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

extern char** environ;

namespace causal::test {

struct ProcessResult {
  int exit_code = -1;  ///< 128 + signal when killed by one.
  std::string out;
  std::string err;
};

struct ProcessOptions {
  std::string input = {};        ///< Standard input.
  std::string stdout_path = {};  ///< Standard output goes here and is not caught ("/dev/full").
  bool close_stdout = false;     ///< The reader of standard output goes away before the program starts.
  std::string directory = {};    ///< Working directory; empty: this one.
  /// Called with the process id while the program runs, from a thread of its own.
  std::function<void(pid_t)> meanwhile = {};
};

namespace detail {

struct Pipe {
  std::array<int, 2> ends{};
  Pipe() {
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe failed");
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_read();
    close_write();
  }
  void close_read() { close_end(ends[0]); }
  void close_write() { close_end(ends[1]); }

 private:
  static void close_end(int& end) {
    if (end >= 0) ::close(end);
    end = -1;
  }
};

inline std::string read_all(int descriptor) {
  std::string text;
  std::array<char, 1 << 16> buffer{};
  for (;;) {
    const ssize_t got = ::read(descriptor, buffer.data(), buffer.size());
    if (got <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

inline void write_all(int descriptor, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t written = ::write(descriptor, text.data() + at, text.size() - at);
    if (written <= 0) return;
    at += static_cast<std::size_t>(written);
  }
}

}  // namespace detail

/// Runs `program` with `arguments` and waits for its end.
inline ProcessResult run_process(const std::string& program, const std::vector<std::string>& arguments,
                                 const ProcessOptions& options = {}) {
  ::signal(SIGPIPE, SIG_IGN);
  detail::Pipe in;
  detail::Pipe out;
  detail::Pipe err;
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, in.ends[0], 0);
  if (options.stdout_path.empty()) {
    ::posix_spawn_file_actions_adddup2(&actions, out.ends[1], 1);
  } else {
    ::posix_spawn_file_actions_addopen(&actions, 1, options.stdout_path.c_str(), O_WRONLY, 0);
  }
  ::posix_spawn_file_actions_adddup2(&actions, err.ends[1], 2);
  if (!options.directory.empty()) ::posix_spawn_file_actions_addchdir_np(&actions, options.directory.c_str());
  if (options.close_stdout) out.close_read();

  std::vector<char*> words{const_cast<char*>(program.c_str())};
  for (const std::string& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  pid_t child = 0;
  const int failed = ::posix_spawn(&child, program.c_str(), &actions, nullptr, words.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::runtime_error("cannot start " + program);
  in.close_read();
  out.close_write();
  err.close_write();

  ProcessResult result;
  std::thread writer([&] {
    detail::write_all(in.ends[1], options.input);
    in.close_write();
  });
  std::thread error_reader([&] { result.err = detail::read_all(err.ends[0]); });
  std::thread visitor([&] {
    if (options.meanwhile) options.meanwhile(child);
  });
  if (!options.close_stdout) result.out = detail::read_all(out.ends[0]);
  // Wait without reaping first, so that the visitor never signals a process id that has been given away.
  siginfo_t ended{};
  ::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT);
  visitor.join();
  int status = 0;
  ::waitpid(child, &status, 0);
  writer.join();
  error_reader.join();
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

/// A folder of its own under the system's temporary one, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "causal-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make a temporary folder");
    path_ = pattern;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }

  [[nodiscard]] std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// Writes a file and returns its path.
  [[nodiscard]] std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return *this / name;
  }
  /// Names of the files in it, to see that nothing was left behind.
  [[nodiscard]] std::size_t count() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path_), {}));
  }

 private:
  std::filesystem::path path_;
};

}  // namespace causal::test
