#pragma once
// Which independence test a command uses, and why.

#include <memory>
#include <string>

#include "causal/discovery/registry.hpp"
#include "input_flags.hpp"

namespace causal::cli {

/// The entry named by --test; for "auto" the one that fits the input, which is said on stderr.
/// Errors: InvalidArgument (unknown name, a test that needs rows where there are none), DataError (none fits).
[[nodiscard]] const discovery::CiTestEntry& choose_test(const std::string& name, const Input& input,
                                                        const RunFlags& run);

/// The test over the variables of the input. Errors: those of the entry's builder.
[[nodiscard]] std::unique_ptr<discovery::CiTest> build_test(const discovery::CiTestEntry& entry, const Input& input,
                                                            const RunOptions& run);

}  // namespace causal::cli
