#include "error_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <new>

#include "causal/io/json.hpp"
#include "causal/run/nearest_name.hpp"
#include "terminal.hpp"

namespace causal::cli {
namespace {

struct Parts {
  std::string what;
  std::string where;
  std::string hint;
};

Parts parts_of(const std::exception& error) {
  if (const auto* ours = dynamic_cast<const Error*>(&error)) return {ours->message(), ours->where(), ours->hint()};
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) {
    return {"out of memory", "",
            "Use fewer columns (--columns) or a machine with more memory; --dry-run estimates it."};
  }
  return {error.what(), "inside causal: this is a bug of ours, not of your input",
          "Please report it with the command and, if you can, the data."};
}

}  // namespace

std::string error_lines(const std::exception& error, bool color) {
  const Parts parts = parts_of(error);
  std::string text = fmt::format("{}error:{} {}\n", color ? "\033[1;31m" : "", color ? "\033[0m" : "", parts.what);
  if (!parts.where.empty()) text += fmt::format("   at: {}\n", parts.where);
  if (!parts.hint.empty()) text += fmt::format("  try: {}\n", parts.hint);
  return text;
}

std::string error_json(const std::exception& error) {
  const Parts parts = parts_of(error);
  io::Json body = io::Json::object();
  body.set("message", parts.what);
  body.set("where", parts.where);
  body.set("hint", parts.hint);
  body.set("exit_code", static_cast<int>(exit_code_for(error)));
  io::Json object = io::Json::object();
  object.set("error", std::move(body));
  return object.dump() + "\n";
}

bool wants_json(const Arguments& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (word == "--") return false;
    if (word == "--json" || word == "--json=true" || word == "--format=json" || word == "-fjson") return true;
    if ((word == "-f" || word == "--format") && i + 1 < arguments.size() && arguments[i + 1] == "json") return true;
  }
  return false;
}

ExitCode report_error(const std::exception& error, const Arguments& arguments) {
  const ExitCode code = exit_code_for(error);
  if (code == ExitCode::ClosedPipe) return code;
  write_stderr(wants_json(arguments) ? error_json(error) : error_lines(error, use_color(When::Auto)));
  return code;
}

void print_warning(const std::string& text, bool color) {
  write_stderr(fmt::format("{}warning:{} {}\n", color ? "\033[1;33m" : "", color ? "\033[0m" : "", text));
}

std::string with_suggestion(std::string advice, std::string_view wanted, std::span<const std::string> candidates) {
  const std::string suggestion = nearest_name_hint(wanted, candidates);
  return suggestion.empty() ? advice : std::move(advice) + " " + suggestion;
}

}  // namespace causal::cli
