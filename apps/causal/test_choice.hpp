#pragma once
// Which independence test a command uses, and why.

#include <memory>
#include <string>

#include "causal/discovery/registry.hpp"
#include "input_flags.hpp"

namespace causal::cli {

/// The test named on the command line by --test, read before parsing so that only its options become flags; "auto"
/// when there is none. Errors: InvalidArgument for an unknown name.
[[nodiscard]] std::string test_in(const Arguments& arguments);

/// The entry named by --test; for "auto" the one that fits the input, which is said on stderr.
/// Errors: InvalidArgument (unknown name, a test that needs rows where there are none).
[[nodiscard]] const discovery::CiTestEntry& choose_test(const std::string& name, const Input& input,
                                                        const RunFlags& run);
/// The same for a search over nodes with a surrogate. Errors: also InvalidArgument for a test that takes columns only.
[[nodiscard]] const discovery::CiTestEntry& choose_node_test(const std::string& name, const Input& input,
                                                             const RunFlags& run);

/// The test over the variables of the input. Errors: those of the entry's builder.
[[nodiscard]] std::unique_ptr<discovery::CiTest> build_test(const discovery::CiTestEntry& entry, const Input& input,
                                                            const discovery::CiTestOptions& options,
                                                            const RunOptions& run);

}  // namespace causal::cli
