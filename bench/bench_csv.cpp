// CSV into a Dataset: a million rows of 20 numeric columns, in the two ways numbers are usually written.
// Target: 250 MB/s on one thread.

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <charconv>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>

#include "causal/io/csv.hpp"
#include "causal/io/file.hpp"
#include "causal/io/sha256.hpp"
#include "causal/run/random.hpp"
#include "result_line.hpp"

namespace {

constexpr std::int64_t kRows = 1'000'000;
constexpr int kCols = 20;
constexpr double kTargetMbPerS = 250;

// A file of standard normals, made once and removed at exit; kept with the values a reader must find.
struct Table {
  // digits: decimals written; 0 for the shortest text that reads back to the same double.
  explicit Table(int digits)
      : path((std::filesystem::temp_directory_path() /
              ("bench_csv_" + std::to_string(::getpid()) + "_" + std::to_string(digits) + ".csv"))
                 .string()),
        values(kRows, kCols) {
    std::ofstream out(path, std::ios::binary);
    std::string line;
    for (int j = 0; j < kCols; ++j) line += (j > 0 ? ",X" : "X") + std::to_string(j + 1);
    for (std::int64_t i = 0; i < kRows; ++i) {
      line += '\n';
      causal::RandomStream stream(1, causal::RandomDomain::Test, static_cast<std::uint32_t>(i));
      for (int j = 0; j < kCols; ++j) {
        std::array<char, 64> text;
        const double value = stream.normal();
        char* const end = text.data() + text.size();
        const auto written = digits > 0 ? std::to_chars(text.data(), end, value, std::chars_format::fixed, digits)
                                        : std::to_chars(text.data(), end, value);
        std::from_chars(text.data(), written.ptr, values(i, j));
        if (j > 0) line += ',';
        line.append(text.data(), written.ptr);
      }
      if (line.size() > (std::size_t{1} << 20)) {
        out << line;
        line.clear();
      }
    }
    out << line << '\n';
    out.close();
    bytes = static_cast<double>(std::filesystem::file_size(path));
  }
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;
  ~Table() { std::filesystem::remove(path); }

  std::string path;
  Eigen::MatrixXd values;
  double bytes = 0;
};

const Table& table(int digits) {
  static std::map<int, Table> tables;
  return tables.try_emplace(digits, digits).first->second;
}

void report(benchmark::State& state, double bytes) {
  const double megabytes = bytes * 1e-6 * static_cast<double>(state.iterations());
  state.counters["MB/s"] = benchmark::Counter(megabytes, benchmark::Counter::kIsRate);
  state.counters["target"] = kTargetMbPerS;
}

// Arguments: decimals (0: shortest round trip), threads.
void read_csv(benchmark::State& state) {
  const Table& expected = table(static_cast<int>(state.range(0)));
  const causal::io::CsvOptions options{.threads = static_cast<int>(state.range(1))};
  for (auto _ : state) {
    const auto result = causal::io::read_csv(expected.path, options);
    state.PauseTiming();
    const Eigen::MatrixXd& found = result.data.values();
    if (found.rows() != kRows || found.cols() != kCols ||
        std::memcmp(found.data(), expected.values.data(), sizeof(double) * static_cast<std::size_t>(found.size())) != 0)
      throw std::logic_error("the table read is not the table written");
    state.ResumeTiming();
  }
  report(state, expected.bytes);
}

void sha256(benchmark::State& state) {
  const Table& file = table(6);
  for (auto _ : state) benchmark::DoNotOptimize(causal::io::sha256_of_file(file.path));
  report(state, file.bytes);
}

BENCHMARK(read_csv)
    ->ArgNames({"decimals", "threads"})
    ->Args({6, 1})
    ->Args({0, 1})
    ->Args({6, 2})
    ->Args({0, 2})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK(sha256)->Unit(benchmark::kMillisecond);

// The promise is about reading on one thread.
class TargetReporter : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (const Run& run : runs) {
      const std::string name = run.benchmark_name();
      if (name.find("read_csv") == std::string::npos || name.find("threads:1") == std::string::npos) continue;
      causal::bench::print_result(name, run.counters.at("MB/s").value, "MB/s", false, kTargetMbPerS);
    }
  }
};

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  TargetReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  return 0;
}
