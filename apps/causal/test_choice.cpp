#include "test_choice.hpp"

#include <fmt/format.h>

namespace causal::cli {
namespace {

/// Of the tests that need statistics only, the first of the table.
const discovery::CiTestEntry& first_test_on_moments() {
  for (const discovery::CiTestEntry& entry : discovery::ci_tests()) {
    if (entry.build_from_moments != nullptr) return entry;
  }
  throw std::logic_error("no test of the registry works on sufficient statistics");
}

}  // namespace

const discovery::CiTestEntry& choose_test(const std::string& name, const Input& input, const RunFlags& run) {
  if (name != "auto") {
    const discovery::CiTestEntry& entry = discovery::find_ci_test(name);
    if (input.moments && entry.build_from_moments == nullptr) {
      throw InvalidArgument(fmt::format("the test {} needs the rows, not only their covariance", name), input.path,
                            fmt::format("Use --test {}, or give the data.", first_test_on_moments().info.name));
    }
    return entry;
  }
  if (input.moments) {
    const discovery::CiTestEntry& entry = first_test_on_moments();
    run.say(fmt::format("test: {} (the input is a covariance matrix)", entry.info.name));
    return entry;
  }
  const discovery::TestChoice choice = discovery::choose_ci_test(*input.data);
  run.say(fmt::format("test: {} ({})", choice.entry->info.name, choice.reason));
  return *choice.entry;
}

std::unique_ptr<discovery::CiTest> build_test(const discovery::CiTestEntry& entry, const Input& input,
                                              const RunOptions& run) {
  return input.moments ? entry.build_from_moments(*input.moments) : entry.build(*input.data, run);
}

}  // namespace causal::cli
