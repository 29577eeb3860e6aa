#include "causal/discovery/ci/node_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "causal/data/level_numbers.hpp"
#include "causal/run/error.hpp"

namespace causal::discovery {
namespace {

bool is_nominal(const Column& column) {
  return column.type == VariableType::Discrete || column.type == VariableType::Binary;
}

void check_cells(const Node& node) {
  const auto refuse = [&](Eigen::Index row, const std::string& what) {
    throw DataError("'" + node.name + "' holds " + what + " in row " + std::to_string(row + 1));
  };
  for (Eigen::Index j = 0; j < node.numeric.cols(); ++j) {
    for (Eigen::Index i = 0; i < node.numeric.rows(); ++i) {
      if (std::isinf(node.numeric(i, j))) refuse(i, "an infinite value");
    }
  }
  for (Eigen::Index j = 0; j < node.nominal.cols(); ++j) {
    for (Eigen::Index i = 0; i < node.nominal.rows(); ++i) {
      const double code = node.nominal(i, j);
      if (!std::isnan(code) && !(code >= 0 && code == std::floor(code) && code < 1e9))
        refuse(i, "a cell that is no code");
    }
  }
}

bool row_has_nan(const Eigen::MatrixXd& part, Eigen::Index i) { return part.cols() > 0 && part.row(i).hasNaN(); }

void append_column(Eigen::MatrixXd& to, const Eigen::Ref<const Eigen::VectorXd>& column) {
  to.conservativeResize(column.size(), to.cols() + 1);
  to.col(to.cols() - 1) = column;
}

// Adds the environments as codes 0, 1, ... of those that occur, ascending, with their labels.
void add_domains(const Dataset& data, int j, Node& surrogate) {
  const Column& column = data.column(j);
  const auto values = data.values().col(j);
  std::vector<double> distinct(values.data(), values.data() + values.size());
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  for (const double value : distinct) {
    surrogate.levels.push_back(is_nominal(column) ? column.levels[static_cast<std::size_t>(value)]
                                                  : fmt::format("{}", value));
  }
  Eigen::VectorXd codes(values.size());
  for (Eigen::Index i = 0; i < values.size(); ++i) {
    codes(i) = static_cast<double>(std::lower_bound(distinct.begin(), distinct.end(), values(i)) - distinct.begin());
  }
  append_column(surrogate.nominal, codes);
}

// A time column as numbers; labels of levels, such as years, are read as the numbers they are.
Eigen::VectorXd time_values(const Dataset& data, int j) {
  NumericCells cells = numeric_cells(data, j);
  if (cells.text_level) {
    throw DataError(
        "the time column '" + data.column(j).name + "' holds '" + *cells.text_level + "', which is no number", {},
        "Give labels of domains with the environment role (--env), or write the time as a number.");
  }
  return std::move(cells.values);
}

void check_surrogate_column(const Dataset& data, int j) {
  const std::string& name = data.column(j).name;
  if (data.missing_counts()[static_cast<std::size_t>(j)] > 0) {
    throw DataError("the column '" + name + "', which says what changes, has missing cells", {},
                    "Every row needs its time or environment: fill the cells in, or drop the rows.");
  }
  if (data.rows() > 0 && data.values().col(j).minCoeff() == data.values().col(j).maxCoeff()) {
    throw DataError("the column '" + name + "', which says what changes, has one value only", {},
                    "Without several times or environments nothing can be seen to change: use pc.");
  }
}

}  // namespace

std::vector<NodeGroup> parse_node_groups(const std::string& text) {
  std::vector<NodeGroup> groups;
  const auto split = [](const std::string& whole, char at) {
    std::vector<std::string> parts;
    std::size_t begin = 0;
    while (begin <= whole.size()) {
      const std::size_t end = std::min(whole.find(at, begin), whole.size());
      parts.push_back(whole.substr(begin, end - begin));
      begin = end + 1;
    }
    return parts;
  };
  if (text.empty()) return groups;
  for (const std::string& part : split(text, ';')) {
    const std::size_t equals = part.find('=');
    NodeGroup group;
    if (equals != std::string::npos) group = {part.substr(0, equals), split(part.substr(equals + 1), ',')};
    const bool empty_column = std::any_of(group.columns.begin(), group.columns.end(),
                                          [](const std::string& column) { return column.empty(); });
    if (group.name.empty() || group.columns.empty() || empty_column) {
      throw InvalidArgument("groups: '" + part + "' is not NAME=COLUMN,COLUMN", {},
                            "Example: \"x2=x2a,x2b;x3=x3a,x3b\".");
    }
    groups.push_back(std::move(group));
  }
  return groups;
}

NodeTable::NodeTable(std::vector<Node> nodes) : nodes_(std::move(nodes)) {
  std::set<std::string_view> seen;
  for (std::size_t v = 0; v < nodes_.size(); ++v) {
    const Node& node = nodes_[v];
    if (node.name.empty()) throw InvalidArgument("node " + std::to_string(v + 1) + " has an empty name");
    if (!seen.insert(node.name).second) throw InvalidArgument("two nodes are named '" + node.name + "'");
    if (node.numeric.cols() + node.nominal.cols() == 0)
      throw InvalidArgument("node '" + node.name + "' has no columns");
    const Eigen::Index rows = node.numeric.cols() > 0 ? node.numeric.rows() : node.nominal.rows();
    const bool ragged = node.numeric.cols() > 0 && node.nominal.cols() > 0 && node.nominal.rows() != rows;
    if (ragged || (v > 0 && rows != rows_)) {
      throw InvalidArgument("node '" + node.name + "' has another number of rows than '" + nodes_[0].name + "'");
    }
    rows_ = rows;
    check_cells(node);
    if (node.surrogate) {
      if (surrogate_)
        throw InvalidArgument("two nodes are surrogates: '" + names_[slot(*surrogate_)] + "' and '" + node.name + "'");
      surrogate_ = static_cast<NodeId>(v);
    }
    names_.push_back(node.name);
    has_missing_.push_back(node.numeric.hasNaN() || node.nominal.hasNaN());
  }
}

std::vector<std::int64_t> NodeTable::complete_rows(std::span<const NodeId> nodes) const {
  std::vector<std::int64_t> rows;
  for (Eigen::Index i = 0; i < rows_; ++i) {
    const bool complete = std::none_of(nodes.begin(), nodes.end(), [&](NodeId v) {
      return has_missing(v) && (row_has_nan(node(v).numeric, i) || row_has_nan(node(v).nominal, i));
    });
    if (complete) rows.push_back(i);
  }
  return rows;
}

NodeTable NodeTable::select_rows(std::span<const std::int64_t> indices) const {
  std::vector<Node> kept = nodes_;
  for (Node& node : kept) {
    for (Eigen::MatrixXd* part : {&node.numeric, &node.nominal}) {
      if (part->cols() == 0) continue;
      Eigen::MatrixXd rows(static_cast<Eigen::Index>(indices.size()), part->cols());
      for (Eigen::Index j = 0; j < part->cols(); ++j) {
        for (std::size_t k = 0; k < indices.size(); ++k) rows(static_cast<Eigen::Index>(k), j) = (*part)(indices[k], j);
      }
      *part = std::move(rows);
    }
  }
  return NodeTable(std::move(kept));
}

NodeTable nodes_of(const Dataset& data, std::span<const NodeGroup> groups) {
  std::map<int, const NodeGroup*> group_of;
  const std::vector<int> variables = data.variable_indices();
  for (const NodeGroup& group : groups) {
    for (const std::string& name : group.columns) {
      const int j = data.index_of(name);
      if (std::find(variables.begin(), variables.end(), j) == variables.end()) {
        throw InvalidArgument("column '" + name + "' of group '" + group.name + "' has a role: it is no variable");
      }
      if (!group_of.emplace(j, &group).second) throw InvalidArgument("column '" + name + "' is in two groups");
    }
  }
  std::vector<Node> nodes;
  std::map<const NodeGroup*, std::size_t> made;
  for (const int j : variables) {
    const auto grouped = group_of.find(j);
    const NodeGroup* group = grouped == group_of.end() ? nullptr : grouped->second;
    std::size_t at = nodes.size();
    if (group != nullptr) at = made.emplace(group, nodes.size()).first->second;
    if (at == nodes.size()) nodes.push_back({.name = group != nullptr ? group->name : data.column(j).name});
    append_column(is_nominal(data.column(j)) ? nodes[at].nominal : nodes[at].numeric, data.values().col(j));
  }
  return NodeTable(std::move(nodes));
}

NodeTable nodes_with_surrogate(const Dataset& data, std::span<const NodeGroup> groups,
                               const std::string& row_index_name) {
  const NodeTable variables = nodes_of(data, groups);
  std::vector<Node> nodes;
  for (NodeId v = 0; v < variables.size(); ++v) nodes.push_back(variables.node(v));
  Node surrogate{.name = "", .surrogate = true};
  if (const auto time = data.roles().time) {
    check_surrogate_column(data, *time);
    append_column(surrogate.numeric, time_values(data, *time));
    surrogate.name = data.column(*time).name;
  }
  if (const auto environment = data.roles().environment) {
    check_surrogate_column(data, *environment);
    add_domains(data, *environment, surrogate);
    surrogate.name += (surrogate.name.empty() ? "" : "+") + data.column(*environment).name;
  }
  if (surrogate.name.empty()) {
    append_column(surrogate.numeric, Eigen::VectorXd::LinSpaced(data.rows(), 0, static_cast<double>(data.rows() - 1)));
    surrogate.name = row_index_name;
  }
  nodes.push_back(std::move(surrogate));
  return NodeTable(std::move(nodes));
}

}  // namespace causal::discovery
