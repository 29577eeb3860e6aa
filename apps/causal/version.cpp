// causal version: what this binary is and where it runs.

#include <fmt/format.h>

#include <Eigen/Core>
#include <thread>

#include "causal/io/json.hpp"
#include "causal/run/parallel.hpp"
#include "command_line.hpp"
#include "terminal.hpp"

namespace causal::cli {
namespace {

std::string compiler() {
#if defined(__clang__)
  return fmt::format("clang {}.{}.{}", __clang_major__, __clang_minor__, __clang_patchlevel__);
#else
  return fmt::format("gcc {}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#endif
}

std::string processor_features() {
  std::string features;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2")) features += "avx2 ";
  if (__builtin_cpu_supports("fma")) features += "fma ";
  if (__builtin_cpu_supports("avx512f")) features += "avx512f ";
#endif
  if (!features.empty()) features.pop_back();
  return features;
}

}  // namespace

ExitCode run_version(const Arguments& arguments) {
  CommandLine line("version", "[--json]", "Shows the version, how it was built and the machine it runs on.");
  bool json = false;
  line.toggle({.flags = "--json", .value = "", .doc = "as JSON"}, json);
  if (!line.parse(arguments)) return ExitCode::Ok;

  const std::string eigen = fmt::format("{}.{}.{}", EIGEN_WORLD_VERSION, EIGEN_MAJOR_VERSION, EIGEN_MINOR_VERSION);
  const int cores = resolve_threads(0);
  if (json) {
    io::Json object = io::Json::object();
    object.set("tool", "causal");
    object.set("version", CAUSAL_VERSION);
    object.set("compiler", compiler());
    object.set("eigen", eigen);
    object.set("cores", cores);
    object.set("processor_features", processor_features());
    write_stdout(object.dump(2) + "\n");
  } else {
    write_stdout(fmt::format("causal {}\nbuilt with {}, Eigen {}\n{} cores{}{}\n", CAUSAL_VERSION, compiler(), eigen,
                             cores, processor_features().empty() ? "" : ", ", processor_features()));
  }
  return ExitCode::Ok;
}

}  // namespace causal::cli
