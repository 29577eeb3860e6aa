#include "run_record.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace causal::cli {
namespace {

double peak_mib() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;  // Linux counts KiB.
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

bool is_plain(const std::string& word) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=,:+@%";
  return !word.empty() && word.find_first_not_of(kPlain) == std::string::npos;
}

std::string shell_word(const std::string& word) {
  if (is_plain(word)) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace

double Stopwatch::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

TimingRecord Stopwatch::timing(const std::string& command, const Arguments& arguments, const std::string& data_path,
                               const RunStats& stats) const {
  TimingRecord record;
  record.command = {command};
  record.command.insert(record.command.end(), arguments.begin(), arguments.end());
  record.data_path = data_path;
  record.host = host_name();
  record.threads = stats.threads_used;
  record.total_s = seconds();
  record.peak_mib = peak_mib();
  record.phase_seconds = stats.phase_seconds;
  return record;
}

std::string shell_line(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + shell_word(word);
  return line;
}

}  // namespace causal::cli
