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

std::string test_in(const Arguments& arguments) {
  std::string test = "auto";
  for (std::size_t i = 0; i < arguments.size() && arguments[i] != "--"; ++i) {
    const std::string& word = arguments[i];
    if (word == "--test" && i + 1 < arguments.size()) test = arguments[i + 1];
    if (word.starts_with("--test=")) test = word.substr(7);
  }
  return test == "auto" ? test : std::string(discovery::find_ci_test(test).info.name);
}

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

const discovery::CiTestEntry& choose_node_test(const std::string& name, const Input& input, const RunFlags& run) {
  if (name == "auto") {
    const discovery::TestChoice choice = discovery::choose_node_test(input.n());
    run.say(fmt::format("test: {} ({})", choice.entry->info.name, choice.reason));
    return *choice.entry;
  }
  const discovery::CiTestEntry& entry = discovery::find_ci_test(name);
  if (entry.build_from_nodes != nullptr) return entry;
  std::string known;
  for (const discovery::CiTestEntry& each : discovery::ci_tests()) {
    if (each.build_from_nodes != nullptr) known += fmt::format("{}{}", known.empty() ? "" : ", ", each.info.name);
  }
  throw InvalidArgument(fmt::format("the test {} cannot relate variables to a time or a domain", name),
                        "the command line", fmt::format("Tests that can: {}.", known));
}

std::unique_ptr<discovery::CiTest> build_test(const discovery::CiTestEntry& entry, const Input& input,
                                              const discovery::CiTestOptions& options, const RunOptions& run) {
  return input.moments ? entry.build_from_moments(*input.moments) : entry.build(*input.data, options, run);
}

}  // namespace causal::cli
