#include "command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "config_file.hpp"
#include "error_text.hpp"
#include "terminal.hpp"

namespace causal::cli {

struct CommandLine::Entry {
  FlagSpec spec;
  std::size_t heading = 0;
  std::vector<std::string> values = {};

  [[nodiscard]] std::string long_name() const { return spec.flags.substr(spec.flags.find("--")); }
};

struct CommandLine::Parser {
  CLI::App app;
};

namespace {

std::string join(const std::vector<std::string>& words, std::string_view separator) {
  return fmt::format("{}", fmt::join(words, separator));
}

/// `text` broken at blanks into lines of at most `width`, each but the first after `indent` blanks.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t width) {
  std::string out;
  std::size_t column = indent;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string_view word = text.substr(at, end - at);
    if (column > indent && column + 1 + word.size() > width) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
    at = end + 1;
  }
  return out;
}

std::string two_columns(const std::string& left, const std::string& right, std::size_t width) {
  constexpr std::size_t kIndent = 32;
  std::string line = "  " + left;
  line += line.size() + 2 > kIndent ? "\n" + std::string(kIndent, ' ') : std::string(kIndent - line.size(), ' ');
  return line + wrapped(right, kIndent, width) + "\n";
}

std::string flag_help(const FlagSpec& spec, std::size_t width) {
  std::string left = spec.flags;
  if (const std::size_t comma = left.find(','); comma != std::string::npos) left.insert(comma + 1, " ");
  if (left[1] == '-') left.insert(0, "    ");
  if (!spec.value.empty()) left += " " + spec.value;
  std::string right = spec.doc;
  if (!spec.choices.empty()) right += ": " + join(spec.choices, " | ");
  if (!spec.default_text.empty()) right += fmt::format(" [{}]", spec.default_text);
  return two_columns(left, right, width);
}

}  // namespace

CommandLine::CommandLine(std::string name, std::string usage, std::string summary)
    : name_(std::move(name)), usage_(std::move(usage)), summary_(std::move(summary)), parser_(new Parser) {
  parser_->app.set_help_flag("-h");
  parser_->app.set_help_all_flag("--help");
  parser_->app.allow_extras();
  heading("Options");
}

CommandLine::~CommandLine() = default;

void CommandLine::example(std::string command, std::string explanation) {
  examples_.emplace_back(std::move(command), std::move(explanation));
}

void CommandLine::heading(std::string title, bool shared) { headings_.emplace_back(std::move(title), shared); }

CommandLine::Entry& CommandLine::declare(FlagSpec spec) {
  entries_.push_back(std::make_unique<Entry>(Entry{std::move(spec), headings_.size() - 1}));
  return *entries_.back();
}

void CommandLine::option(FlagSpec spec, std::function<void(const std::string&)> set) {
  Entry& entry = declare(std::move(spec));
  const std::string names = entry.spec.flags + (entry.spec.aliases.empty() ? "" : "," + entry.spec.aliases);
  const auto accept = [this, &entry, set = std::move(set)](const std::string& text) {
    const std::vector<std::string>& choices = entry.spec.choices;
    if (!choices.empty() && std::find(choices.begin(), choices.end(), text) == choices.end()) {
      throw InvalidArgument(fmt::format("{} = {} must be one of {}", entry.long_name(), text, join(choices, ", ")),
                            "the command line", with_suggestion(see_help(), text, choices));
    }
    set(text);
    entry.values = {text};
  };
  parser_->app.add_option_function<std::string>(names, accept)->take_last();
}

void CommandLine::toggle(FlagSpec spec, std::function<void()> act) {
  Entry& entry = declare(std::move(spec));
  const std::string names = entry.spec.flags + (entry.spec.aliases.empty() ? "" : "," + entry.spec.aliases);
  parser_->app.add_flag_function(names, [&entry, act = std::move(act)](std::int64_t count) {
    if (count <= 0) return;
    act();
    entry.values = {"true"};
  });
}

void CommandLine::toggle(FlagSpec spec, bool& target, bool value) {
  toggle(std::move(spec), [&target, value] { target = value; });
}

void CommandLine::counter(FlagSpec spec, int& target) {
  Entry& entry = declare(std::move(spec));
  parser_->app.add_flag_function(entry.spec.flags, [&entry, &target](std::int64_t count) {
    target = static_cast<int>(std::clamp<std::int64_t>(count, 0, 9));
    entry.values = {std::to_string(target)};
  });
}

void CommandLine::operand(const std::string& name, const std::string& doc, std::string& target) {
  operand_docs_.emplace_back(name, doc);
  parser_->app.add_option("operand" + std::to_string(operand_docs_.size()), target);
}

void CommandLine::operands(const std::string& name, const std::string& doc, std::vector<std::string>& target) {
  operand_docs_.emplace_back(name, doc);
  parser_->app.add_option("operand" + std::to_string(operand_docs_.size()), target);
}

Arguments CommandLine::with_config(const Arguments& arguments) const {
  const std::vector<std::string> known = known_flags();
  if (std::find(known.begin(), known.end(), "--config") == known.end()) return arguments;
  std::string path;
  for (std::size_t i = 0; i < arguments.size() && arguments[i] != "--"; ++i) {
    if (arguments[i] == "--config" && i + 1 < arguments.size()) path = arguments[i + 1];
    if (arguments[i].starts_with("--config=")) path = arguments[i].substr(9);
  }
  if (path.empty()) return arguments;
  Arguments all = read_config(path, name_, known);
  all.insert(all.end(), arguments.begin(), arguments.end());
  return all;
}

bool CommandLine::parse(const Arguments& arguments) {
  CLI::App& app = parser_->app;
  Arguments words = with_config(arguments);
  std::reverse(words.begin(), words.end());  // CLI11 takes them from the back.
  try {
    app.parse(words);
  } catch (const CLI::CallForHelp&) {
    write_stdout(help(false));
    return false;
  } catch (const CLI::CallForAllHelp&) {
    write_stdout(help(true));
    return false;
  } catch (const InvalidArgument& error) {
    if (!error.hint().empty()) throw;
    throw InvalidArgument(error.message(), error.where(), see_help());
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string text = error.what();
    throw InvalidArgument(text.substr(0, text.find(':')) + " needs a value", "the command line", see_help());
  } catch (const CLI::ParseError& error) {
    throw InvalidArgument(error.what(), "the command line", see_help());
  }
  std::vector<std::string> extra = app.remaining();
  std::erase(extra, "--");  // The end of the flags, which CLI11 counts among the words left over.
  const auto flag = std::find_if(extra.begin(), extra.end(), [](const std::string& word) { return word[0] == '-'; });
  if (!extra.empty()) refuse_word(flag == extra.end() ? extra.front() : *flag);
  return true;
}

void CommandLine::refuse_word(const std::string& word) const {
  if (word.starts_with('-')) {
    const std::string flag = word.substr(0, word.find('='));
    throw InvalidArgument("unknown flag " + flag, "the command line", with_suggestion(see_help(), flag, known_flags()));
  }
  throw InvalidArgument(fmt::format("unexpected word '{}'", word), "the command line",
                        fmt::format("Usage: causal {} {}", name_, usage_));
}

std::vector<std::string> CommandLine::known_flags() const {
  std::vector<std::string> flags{"--help"};
  for (const auto& entry : entries_) {
    flags.push_back(entry->long_name());
    for (std::string& alias : split_list(entry->spec.aliases)) flags.push_back(std::move(alias));
  }
  return flags;
}

bool CommandLine::given(std::string_view long_flag) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const std::unique_ptr<Entry>& entry) {
    return entry->long_name() == long_flag && !entry->values.empty();
  });
}

std::vector<std::pair<std::string, std::string>> CommandLine::given_values() const {
  std::vector<std::pair<std::string, std::string>> values;
  for (const auto& entry : entries_) {
    if (!entry->values.empty()) values.emplace_back(entry->long_name().substr(2), entry->values.back());
  }
  return values;
}

std::string CommandLine::see_help() const { return fmt::format("See causal {} --help.", name_); }

std::string CommandLine::help(bool full) const {
  const auto width = static_cast<std::size_t>(terminal_width());
  std::string text;
  if (full && !examples_.empty()) {
    text += "Examples\n";
    for (const auto& [command, explanation] : examples_) text += fmt::format("  {}\n      {}\n", command, explanation);
    text += "\n";
  }
  text += fmt::format("causal {} {}\n  {}\n", name_, usage_, wrapped(summary_, 2, width));
  for (const auto& [operand, doc] : operand_docs_) text += two_columns(operand, doc, width);
  bool some_left_out = false;
  for (std::size_t h = 0; h < headings_.size(); ++h) {
    std::string section;
    for (const auto& entry : entries_) {
      if (entry->heading == h) section += flag_help(entry->spec, width);
    }
    if (section.empty()) continue;
    if (headings_[h].second && !full) {
      some_left_out = true;
    } else {
      text += fmt::format("\n{}\n{}", headings_[h].first, section);
    }
  }
  if (some_left_out) text += fmt::format("\ncausal {} --help shows examples and the shared flags.\n", name_);
  return text;
}

}  // namespace causal::cli
