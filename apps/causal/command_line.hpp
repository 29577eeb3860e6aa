#pragma once
// The flags of one subcommand: declared once, then parsed, explained by --help and written to a config file.
// CLI11 does the parsing, behind this header, because including it costs three seconds.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "causal/run/options.hpp"
#include "commands.hpp"

namespace causal::cli {

/// How one flag is written and explained.
struct FlagSpec {
  std::string flags;                      ///< "-o,--output": short and long form, or the long form alone.
  std::string value;                      ///< Placeholder of its value in help; empty for a switch.
  std::string doc;                        ///< One line.
  std::string default_text = {};          ///< Shown in help when not empty.
  std::vector<std::string> choices = {};  ///< The values allowed; empty: any.
  std::string aliases = {};               ///< Accepted but not shown: "--thread,--threads-max".
};

/// A subcommand's flags and operands. Targets are referred to and must outlive `parse`.
class CommandLine {
 public:
  /// `usage` is what follows the command's name, e.g. "DATA [options]".
  CommandLine(std::string name, std::string usage, std::string summary);
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  /// A command line that works, and what it does; shown first in --help.
  void example(std::string command, std::string explanation);
  /// Flags declared from here on stand under this title. `-h` leaves out the shared ones.
  void heading(std::string title, bool shared = false);

  /// A flag with a value; `set` gets the text and throws InvalidArgument when it cannot be used. The last one wins.
  void option(FlagSpec spec, std::function<void(const std::string&)> set);
  void option(FlagSpec spec, std::string& target);
  void option(FlagSpec spec, double& target, Range range = {});
  void option(FlagSpec spec, int& target, Range range = {});
  void option(FlagSpec spec, std::int64_t& target, Range range = {});
  void option(FlagSpec spec, std::uint64_t& target);
  /// Comma-separated; several uses of the flag are not joined, the last one wins.
  void option(FlagSpec spec, std::vector<std::string>& target);
  template <NamedEnum E>
  void option(FlagSpec spec, E& target) {
    for (const auto& [value, name] : EnumNames<E>::names) spec.choices.emplace_back(name);
    option(std::move(spec), [&target](const std::string& text) { target = *enum_from_name<E>(text); });
  }
  /// A flag without a value; `act` is called once when it was given.
  void toggle(FlagSpec spec, std::function<void()> act);
  /// A flag without a value that sets `target` to `value`.
  void toggle(FlagSpec spec, bool& target, bool value = true);
  /// A flag without a value whose uses are counted (-vv).
  void counter(FlagSpec spec, int& target);
  /// An argument without a flag; optional to the parser, so check that it came where it must.
  void operand(const std::string& name, const std::string& doc, std::string& target);
  void operands(const std::string& name, const std::string& doc, std::vector<std::string>& target);

  /// Parses, or prints the help that was asked for and returns false. Values of the file named by --config come first,
  /// so that flags override them. Errors: InvalidArgument, which suggests the nearest flag for an unknown one.
  [[nodiscard]] bool parse(const Arguments& arguments);
  /// Whether the flag (by its long name) was set, by a word or by the config file.
  [[nodiscard]] bool given(std::string_view long_flag) const;
  /// The flags that were set, as (long name without dashes, value), in the order of their declaration.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> given_values() const;
  [[nodiscard]] const std::string& name() const { return name_; }

  /// "causal NAME" as an error's hint: where to read on.
  [[nodiscard]] std::string see_help() const;
  [[nodiscard]] std::string help(bool full) const;

 private:
  struct Entry;
  struct Parser;
  Entry& declare(FlagSpec spec);
  [[nodiscard]] Arguments with_config(const Arguments& arguments) const;
  [[noreturn]] void refuse_word(const std::string& word) const;
  [[nodiscard]] std::vector<std::string> known_flags() const;

  std::string name_;
  std::string usage_;
  std::string summary_;
  std::vector<std::pair<std::string, std::string>> examples_;
  std::vector<std::pair<std::string, bool>> headings_;
  std::vector<std::unique_ptr<Entry>> entries_;
  std::vector<std::pair<std::string, std::string>> operand_docs_;
  std::unique_ptr<Parser> parser_;
};

/// The number in `text`. Errors: InvalidArgument naming `flag`, for no number or one outside `range`.
[[nodiscard]] double number_from(const std::string& flag, const std::string& text, Range range = {});
[[nodiscard]] std::int64_t integer_from(const std::string& flag, const std::string& text, Range range = {});
/// "A,B,C" split at commas; a name may be put in double quotes. Empty text gives no names.
[[nodiscard]] std::vector<std::string> split_list(std::string_view text);

}  // namespace causal::cli
