#include "config_file.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>

#include "error_text.hpp"

namespace causal::cli {
namespace {

/// Flags that speak of this run only.
constexpr std::string_view kNotSaved[] = {"config", "save-config", "dry-run", "force"};

bool is_saved(std::string_view name) {
  return std::find(std::begin(kNotSaved), std::end(kNotSaved), name) == std::end(kNotSaved);
}

std::string toml_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

}  // namespace

Arguments read_config(const std::string& path, const std::string& command,
                      const std::vector<std::string>& known_flags) {
  std::ifstream file(path);
  if (!file) throw IoError("cannot read the config file", path, "Check the path given to --config.");
  std::vector<CLI::ConfigItem> items;
  try {
    items = CLI::ConfigTOML().from_config(file);
  } catch (const CLI::Error& error) {
    throw InvalidArgument(error.what(), path, "Write one `name = value` a line.");
  }
  Arguments words;
  for (const CLI::ConfigItem& item : items) {
    if (item.name == "++" || item.name == "--") continue;  // CLI11's marks of a section's begin and end.
    if (!item.parents.empty() && item.parents.front() != command) continue;
    const std::string flag = "--" + item.name;
    if (std::find(known_flags.begin(), known_flags.end(), flag) == known_flags.end() || !is_saved(item.name)) {
      throw InvalidArgument(fmt::format("unknown option '{}'", item.name), path,
                            with_suggestion(fmt::format("See causal {} --help.", command), flag, known_flags));
    }
    words.push_back(fmt::format("{}={}", flag, fmt::join(item.inputs, ",")));
  }
  return words;
}

std::string config_text(const std::string& command, const std::vector<std::pair<std::string, std::string>>& values) {
  std::string text = fmt::format("[{}]\n", command);
  for (const auto& [name, value] : values) {
    if (is_saved(name)) text += fmt::format("{} = {}\n", name, toml_string(value));
  }
  return text;
}

}  // namespace causal::cli
