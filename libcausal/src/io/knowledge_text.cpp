#include <charconv>
#include <map>
#include <set>

#include "causal/io/knowledge_file.hpp"
#include "causal/run/error.hpp"
#include "scanner.hpp"

namespace causal::io {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

class KnowledgeReader {
 public:
  KnowledgeReader(std::string_view text, const std::string& file) : scanner_(text, file) {}

  Knowledge read() {
    skip_to_line();
    scanner_.expect("/knowledge");
    expect_line_end();
    for (skip_to_line(); !scanner_.at_end(); skip_to_line()) read_line();
    for (auto& [number, tier] : tiers_) knowledge_.tiers.push_back(std::move(tier));
    return std::move(knowledge_);
  }

 private:
  enum class Section { None, Tiers, Forbidden, Required };

  /// To the first word of the next line that is neither empty nor a comment.
  void skip_to_line() {
    for (scanner_.skip_spaces(); scanner_.peek() == '#'; scanner_.skip_spaces()) scanner_.line();
  }

  [[nodiscard]] bool at_line_end() {
    scanner_.skip_blanks();
    return scanner_.at_end() || scanner_.peek() == '\n' || scanner_.peek() == '\r';
  }
  void expect_line_end() {
    if (!at_line_end()) scanner_.fail("expected the end of the line but found " + scanner_.here());
  }

  std::string word() {
    if (scanner_.peek() == '"') return scanner_.quoted();
    std::string text;
    while (!scanner_.at_end() && std::string_view(" \t\r\n").find(scanner_.peek()) == std::string_view::npos) {
      text += scanner_.peek();
      scanner_.advance();
    }
    return text;
  }

  std::string name() {
    if (at_line_end()) scanner_.fail("expected a name but found " + scanner_.here());
    const std::size_t start = scanner_.position();
    std::string text = word();
    if (text.empty()) scanner_.fail_at(start, "a variable needs a name");
    return text;
  }

  void read_line() {
    const std::size_t start = scanner_.position();
    if (accept_heading()) return;
    switch (section_) {
      case Section::None:
        scanner_.fail_at(start, "expected a section",
                         "Sections are addtemporal, forbiddirect and requiredirect; write groups as their pairs.");
      case Section::Tiers:
        read_tier();
        return;
      case Section::Forbidden:
      case Section::Required:
        break;
    }
    Knowledge::DirectedPair pair{name(), name()};
    expect_line_end();
    (section_ == Section::Forbidden ? knowledge_.forbidden : knowledge_.required).push_back(std::move(pair));
  }

  /// A heading is a known word alone on its line.
  bool accept_heading() {
    const std::size_t start = scanner_.position();
    const std::string heading = scanner_.peek() == '"' ? "" : word();
    const bool is_alone = at_line_end();
    if (is_alone && heading == "addtemporal") {
      section_ = Section::Tiers;
    } else if (is_alone && heading == "forbiddirect") {
      section_ = Section::Forbidden;
    } else if (is_alone && heading == "requiredirect") {
      section_ = Section::Required;
    } else if (is_alone && (heading == "forbiddengroup" || heading == "requiredgroup")) {
      section_ = Section::None;
      if (!next_line_is_heading()) {
        scanner_.fail_at(start, "section '" + heading + "' is not read",
                         "Write its pairs under forbiddirect or requiredirect.");
      }
    } else {
      scanner_.go_to(start);
      return false;
    }
    return true;
  }

  /// Tetrad writes empty sections too.
  bool next_line_is_heading() {
    const std::size_t start = scanner_.position();
    skip_to_line();
    const std::string next = scanner_.at_end() ? "" : word();
    scanner_.go_to(start);
    return next.empty() || next == "addtemporal" || next == "forbiddirect" || next == "requiredirect" ||
           next == "forbiddengroup" || next == "requiredgroup";
  }

  void read_tier() {
    const std::size_t start = scanner_.position();
    const std::string_view rest = scanner_.rest();
    int number = -1;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (!is_digit(rest.front()) || error != std::errc()) {
      scanner_.fail_at(start, "expected the number of a tier", "A tier looks like '1 a b c', or '1* a b c'.");
    }
    scanner_.advance(static_cast<std::size_t>(end - rest.data()));
    const bool forbids_within = scanner_.accept("*");
    if (!at_line_end() &&
        scanner_.position() == start + static_cast<std::size_t>(end - rest.data()) + (forbids_within ? 1 : 0)) {
      scanner_.fail_at(start, "expected a space after the number of the tier");
    }
    Knowledge::Tier& tier = tiers_[number];
    tier.forbid_within = tier.forbid_within || forbids_within;
    while (!at_line_end()) {
      const std::size_t name_start = scanner_.position();
      std::string variable = name();
      if (!placed_.insert(variable).second) {
        scanner_.fail_at(name_start, "'" + variable + "' is placed in a tier twice");
      }
      tier.variables.push_back(std::move(variable));
    }
  }

  Scanner scanner_;
  Section section_ = Section::None;
  Knowledge knowledge_;
  std::map<int, Knowledge::Tier> tiers_;
  std::set<std::string> placed_;
};

std::string written(const std::string& name) {
  if (name.find_first_of("\r\n") != std::string::npos) {
    throw GraphError("a knowledge text cannot hold a name with a line end", "variable '" + name + "'",
                     "Write JSON instead.");
  }
  const bool is_bare = !name.empty() && name.find_first_of(" \t\"") == std::string::npos && name.front() != '#';
  return is_bare ? name : quote(name);
}

std::string pairs_text(const std::vector<Knowledge::DirectedPair>& pairs) {
  std::string text;
  for (const auto& [from, to] : pairs) text += written(from) + ' ' + written(to) + '\n';
  return text;
}

}  // namespace

Knowledge read_tetrad_knowledge(std::string_view text, const std::string& file) {
  return KnowledgeReader(text, file).read();
}

std::string write_tetrad_knowledge(const Knowledge& knowledge) {
  std::string text = "/knowledge\naddtemporal\n";
  for (std::size_t i = 0; i < knowledge.tiers.size(); ++i) {
    text += std::to_string(i + 1) + (knowledge.tiers[i].forbid_within ? "*" : "");
    for (const std::string& name : knowledge.tiers[i].variables) text += ' ' + written(name);
    text += '\n';
  }
  text += "\nforbiddirect\n" + pairs_text(knowledge.forbidden);
  return text + "\nrequiredirect\n" + pairs_text(knowledge.required);
}

}  // namespace causal::io
