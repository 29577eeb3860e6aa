#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <unordered_map>

#include "causal/io/bif.hpp"
#include "causal/run/error.hpp"
#include "decimal.hpp"
#include "scanner.hpp"

namespace causal::io {
namespace {

constexpr std::size_t kMaxCells = std::size_t{1} << 24;
constexpr double kMaxDeviation = 1e-3;

bool is_word_character(char c) {
  return c != '\0' && static_cast<unsigned char>(c) > ' ' &&
         std::string_view(",;|(){}[]\"").find(c) == std::string_view::npos;
}

/// A probability block as it stands: the table with the parents in the order of the file, then the child.
struct Block {
  NodeId child = 0;
  std::vector<NodeId> parents;
  std::vector<double> values;
  std::vector<bool> is_set;  ///< Per distribution.
  std::optional<std::vector<double>> standard;
  std::size_t position = 0;
};

class BifReader {
 public:
  BifReader(std::string_view text, const std::string& file) : scanner_(text, file) {}

  BifModel read() {
    for (skip(); !scanner_.at_end(); skip()) {
      const std::size_t start = scanner_.position();
      const std::string keyword = word("'network', 'variable' or 'probability'");
      if (keyword == "network") {
        read_network();
      } else if (keyword == "variable") {
        read_variable();
      } else if (keyword == "probability") {
        pending_.push_back(scanner_.position());
        skip_block();
      } else {
        scanner_.fail_at(start, "expected 'network', 'variable' or 'probability' but found '" + keyword + "'");
      }
    }
    if (variables_.empty()) scanner_.fail("there is no variable in this file");
    for (const std::size_t position : pending_) {
      scanner_.go_to(position);
      read_probability();
    }
    return finish();
  }

 private:
  void skip() { scanner_.skip_spaces_and_comments(); }

  std::string word(const std::string& wanted) {
    skip();
    if (scanner_.peek() == '"') return scanner_.quoted();
    std::string text;
    for (; is_word_character(scanner_.peek()); scanner_.advance()) text += scanner_.peek();
    if (text.empty()) scanner_.fail("expected " + wanted + " but found " + scanner_.here());
    return text;
  }

  bool accept(std::string_view mark) {
    skip();
    return scanner_.accept(mark);
  }

  void expect(std::string_view mark) {
    skip();
    scanner_.expect(mark);
  }

  /// From the opening parenthesis or brace to behind the closing brace; quotes and comments are respected.
  void skip_block() {
    while (!accept("{")) {
      if (scanner_.at_end()) scanner_.fail("expected '{' but found the end of the text");
      pass_over();
    }
    while (!accept("}")) {
      if (scanner_.at_end()) scanner_.fail("expected '}' but found the end of the text");
      pass_over();
    }
  }

  void pass_over() {
    if (scanner_.peek() == '"') {
      static_cast<void>(scanner_.quoted());
    } else {
      scanner_.advance();
    }
  }

  /// Behind the keyword: the rest of a line like `property ...;`.
  void skip_statement() {
    while (!accept(";")) {
      if (scanner_.at_end() || scanner_.peek() == '}') scanner_.fail("expected ';' but found " + scanner_.here());
      pass_over();
    }
  }

  void read_network() {
    name_ = accept("{") ? "" : word("a name or '{'");
    if (!name_.empty()) expect("{");
    while (!accept("}")) {
      const std::size_t start = scanner_.position();
      if (word("'property' or '}'") != "property") scanner_.fail_at(start, "expected 'property' or '}'");
      skip_statement();
    }
  }

  void read_variable() {
    skip();
    const std::size_t start = scanner_.position();
    DiscreteVariable variable{word("the name of a variable"), {}};
    if (variable.name.empty()) scanner_.fail_at(start, "a variable needs a name");
    expect("{");
    while (!accept("}")) {
      skip();
      const std::size_t statement = scanner_.position();
      const std::string keyword = word("'type' or 'property'");
      if (keyword == "property") {
        skip_statement();
      } else if (keyword == "type" && variable.levels.empty()) {
        read_levels(variable);
      } else {
        scanner_.fail_at(statement, "expected one 'type' and any 'property' but found '" + keyword + "'");
      }
    }
    if (variable.levels.empty()) scanner_.fail_at(start, "variable '" + variable.name + "' has no type");
    if (!ids_.emplace(variable.name, static_cast<NodeId>(variables_.size())).second) {
      scanner_.fail_at(start, "variable '" + variable.name + "' is declared twice");
    }
    variables_.push_back(std::move(variable));
  }

  void read_levels(DiscreteVariable& variable) {
    skip();
    const std::size_t start = scanner_.position();
    if (word("'discrete'") != "discrete") {
      scanner_.fail_at(start, "only variables of type discrete can be read");
    }
    expect("[");
    skip();
    const std::size_t count_start = scanner_.position();
    const double count = number();
    expect("]");
    expect("{");
    while (!accept("}")) {
      skip();
      const std::size_t level_start = scanner_.position();
      std::string level = word("a level");
      if (std::find(variable.levels.begin(), variable.levels.end(), level) != variable.levels.end()) {
        scanner_.fail_at(level_start, "level '" + level + "' is given twice");
      }
      variable.levels.push_back(std::move(level));
      static_cast<void>(accept(","));
    }
    expect(";");
    if (static_cast<double>(variable.levels.size()) != count || variable.levels.empty()) {
      scanner_.fail_at(count_start,
                       fmt::format("{} levels are announced and {} are given", count, variable.levels.size()));
    }
  }

  NodeId variable_id() {
    skip();
    const std::size_t start = scanner_.position();
    const std::string name = word("the name of a variable");
    const auto found = ids_.find(name);
    if (found == ids_.end()) scanner_.fail_at(start, "variable '" + name + "' is not declared");
    return found->second;
  }

  void read_probability() {
    skip();
    Block block;
    block.position = scanner_.position();
    expect("(");
    block.child = variable_id();
    if (accept("|")) {
      while (!accept(")")) {
        const std::size_t start = scanner_.position();
        const NodeId parent = variable_id();
        if (parent == block.child ||
            std::find(block.parents.begin(), block.parents.end(), parent) != block.parents.end()) {
          scanner_.fail_at(start, "variable '" + variables_[slot(parent)].name + "' stands here twice");
        }
        block.parents.push_back(parent);
        static_cast<void>(accept(","));
      }
    } else {
      expect(")");
    }
    if (blocks_.contains(block.child))
      scanner_.fail_at(block.position, "a second block for " + quoted_name(block.child));
    allocate(block);
    expect("{");
    while (!accept("}")) read_entry(block);
    fill_from_default(block);
    blocks_.emplace(block.child, std::move(block));
  }

  void allocate(Block& block) {
    std::size_t rows = 1;
    const std::size_t levels = level_count(block.child);
    for (const NodeId parent : block.parents) {
      rows *= level_count(parent);
      if (rows * levels > kMaxCells) {
        scanner_.fail_at(block.position,
                         fmt::format("the table of {} has more than {} cells", quoted_name(block.child), kMaxCells));
      }
    }
    block.values.assign(rows * levels, 0.0);
    block.is_set.assign(rows, false);
  }

  void read_entry(Block& block) {
    skip();
    const std::size_t start = scanner_.position();
    if (scanner_.peek() == '(') {
      const std::size_t row = read_row_key(block);
      if (block.is_set[row]) scanner_.fail_at(start, "these values of the parents were given before");
      set_row(block, row, read_numbers(level_count(block.child)));
      return;
    }
    const std::string keyword = word("'(', 'table', 'default' or 'property'");
    if (keyword == "property") {
      skip_statement();
    } else if (keyword == "default" && !block.standard) {
      block.standard = read_numbers(level_count(block.child));
    } else if (keyword == "table" && std::none_of(block.is_set.begin(), block.is_set.end(), [](bool b) { return b; })) {
      read_table(block);
    } else {
      scanner_.fail_at(start, "'" + keyword + "' cannot stand here",
                       "A block holds entries '(values) p, ...;' and at most one default, or one table.");
    }
  }

  std::size_t read_row_key(const Block& block) {
    expect("(");
    std::size_t row = 0;
    for (const NodeId parent : block.parents) {
      skip();
      const std::size_t start = scanner_.position();
      const std::string level = word("a value of " + quoted_name(parent));
      const std::vector<std::string>& levels = variables_[slot(parent)].levels;
      const auto found = std::find(levels.begin(), levels.end(), level);
      if (found == levels.end()) scanner_.fail_at(start, "'" + level + "' is no value of " + quoted_name(parent));
      row = row * levels.size() + static_cast<std::size_t>(found - levels.begin());
      static_cast<void>(accept(","));
    }
    expect(")");
    return row;
  }

  /// The child varies slowest in the file and fastest in the block.
  void read_table(Block& block) {
    const std::vector<double> numbers = read_numbers(block.values.size());
    const std::size_t rows = block.is_set.size();
    const std::size_t levels = level_count(block.child);
    for (std::size_t row = 0; row < rows; ++row) {
      std::vector<double> distribution(levels);
      for (std::size_t k = 0; k < levels; ++k) distribution[k] = numbers[k * rows + row];
      set_row(block, row, distribution);
    }
  }

  static void set_row(Block& block, std::size_t row, const std::vector<double>& distribution) {
    std::copy(distribution.begin(), distribution.end(),
              block.values.begin() + static_cast<std::ptrdiff_t>(row * distribution.size()));
    block.is_set[row] = true;
  }

  void fill_from_default(Block& block) {
    for (std::size_t row = 0; row < block.is_set.size(); ++row) {
      if (block.is_set[row]) continue;
      if (!block.standard) {
        scanner_.fail_at(block.position, fmt::format("the probabilities of {}{} are missing", quoted_name(block.child),
                                                     given(block, row)));
      }
      set_row(block, row, *block.standard);
    }
  }

  std::vector<double> read_numbers(std::size_t count) {
    std::vector<double> numbers;
    numbers.reserve(count);
    skip();
    const std::size_t start = scanner_.position();
    while (!accept(";")) {
      if (numbers.size() == count) scanner_.fail(fmt::format("more than {} probabilities", count));
      numbers.push_back(number());
      static_cast<void>(accept(","));
    }
    if (numbers.size() != count) {
      scanner_.fail_at(start, fmt::format("{} probabilities are wanted and {} are given", count, numbers.size()));
    }
    return numbers;
  }

  double number() {
    skip();
    double value = 0;
    const std::string_view rest = scanner_.rest();
    const char* end = detail::scan_decimal(rest.data(), rest.data() + rest.size(), value);
    const bool is_whole = end != nullptr && (end == rest.data() + rest.size() || !is_word_character(*end));
    if (!is_whole) scanner_.fail("expected a number but found " + scanner_.here());
    if (value < 0) scanner_.fail("a negative number cannot stand here");
    scanner_.advance(static_cast<std::size_t>(end - rest.data()));
    return value;
  }

  BifModel finish() {
    BifModel model;
    std::vector<Edge> edges;
    std::vector<Factor> tables;
    std::vector<std::string> names;
    for (NodeId v = 0; v < static_cast<NodeId>(variables_.size()); ++v) {
      const auto found = blocks_.find(v);
      if (found == blocks_.end()) scanner_.fail("there is no probability block for " + quoted_name(v));
      names.push_back(variables_[slot(v)].name);
      for (const NodeId parent : found->second.parents) edges.push_back(directed(parent, v));
      renormalise(found->second, model.warnings);
      tables.push_back(table_of(found->second));
    }
    model.name = name_;
    model.network =
        BayesianNetwork(Dag(MixedGraph(std::move(names), std::move(edges))), std::move(variables_), std::move(tables));
    return model;
  }

  void renormalise(Block& block, std::vector<std::string>& warnings) const {
    const std::size_t levels = level_count(block.child);
    std::size_t mended = 0;
    double largest = 0;
    for (std::size_t row = 0; row < block.is_set.size(); ++row) {
      double* const first = block.values.data() + row * levels;
      double sum = 0;
      for (std::size_t k = 0; k < levels; ++k) sum += first[k];
      const double deviation = std::abs(sum - 1);
      if (deviation <= 1e-12 * static_cast<double>(levels)) continue;
      if (!(deviation <= kMaxDeviation)) {
        scanner_.fail_at(block.position, fmt::format("the probabilities of {}{} sum to {:.6g} instead of 1",
                                                     quoted_name(block.child), given(block, row), sum));
      }
      for (std::size_t k = 0; k < levels; ++k) first[k] /= sum;
      ++mended;
      largest = std::max(largest, deviation);
    }
    if (mended > 0) {
      warnings.push_back(
          fmt::format("{} of {} distributions of {} did not sum to 1 and were renormalised (off by up to {:.2g})",
                      mended, block.is_set.size(), quoted_name(block.child), largest));
    }
  }

  [[nodiscard]] Factor table_of(const Block& block) const {
    std::vector<VariableId> scope(block.parents.begin(), block.parents.end());
    scope.push_back(block.child);
    std::vector<int> cardinalities;
    for (const NodeId v : scope) cardinalities.push_back(variables_[slot(v)].cardinality());
    std::vector<VariableId> ordered = scope;
    std::sort(ordered.begin(), ordered.end() - 1);
    return Factor(std::move(scope), std::move(cardinalities), block.values).permuted(ordered);
  }

  [[nodiscard]] std::string given(const Block& block, std::size_t row) const {
    if (block.parents.empty()) return {};
    std::vector<int> codes(block.parents.size());
    for (std::size_t i = codes.size(); i-- > 0;) {
      codes[i] = static_cast<int>(row % level_count(block.parents[i]));
      row /= level_count(block.parents[i]);
    }
    return " given " + assignment_text(variables_, block.parents, codes);
  }

  [[nodiscard]] std::size_t level_count(NodeId v) const { return variables_[slot(v)].levels.size(); }
  [[nodiscard]] std::string quoted_name(NodeId v) const { return "'" + variables_[slot(v)].name + "'"; }

  Scanner scanner_;
  std::string name_;
  std::vector<DiscreteVariable> variables_;
  std::unordered_map<std::string, NodeId> ids_;
  std::vector<std::size_t> pending_;  ///< Where probability blocks begin: they may stand before their variables.
  std::unordered_map<NodeId, Block> blocks_;
};

}  // namespace

BifModel read_bif(std::string_view text, const std::string& file) { return BifReader(text, file).read(); }

}  // namespace causal::io
