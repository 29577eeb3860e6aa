#pragma once
// Flags in a TOML file: `alpha = 0.05`, at the top or under [discover].

#include <string>
#include <utility>
#include <vector>

#include "commands.hpp"

namespace causal::cli {

/// The file's values for `command` as words of a command line. Sections of other commands are left alone.
/// Errors: IoError; InvalidArgument for a key that is not among `known_flags` (as "--name"), with the nearest one.
[[nodiscard]] Arguments read_config(const std::string& path, const std::string& command,
                                    const std::vector<std::string>& known_flags);

/// The TOML text that `read_config` turns back into these flags; those about the file itself are left out.
[[nodiscard]] std::string config_text(const std::string& command,
                                      const std::vector<std::pair<std::string, std::string>>& values);

}  // namespace causal::cli
