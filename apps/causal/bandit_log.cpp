#include "bandit_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <variant>

#include "causal/io/file.hpp"
#include "causal/io/sha256.hpp"
#include "file_errors.hpp"
#include "json_list.hpp"
#include "query_graph.hpp"

namespace causal::cli {
namespace {

Dag log_graph(const std::string& path) {
  const QueryGraph query = read_query_graph(path, {});
  const std::string shown = path == "-" ? "<stdin>" : path;
  const Dag* dag = std::get_if<Dag>(&query.typed);
  if (dag == nullptr || !query.latents.empty()) {
    throw GraphError(dag == nullptr
                         ? fmt::format("the graph is a {}; the mechanisms of a log need a dag", enum_name(query.kind()))
                         : "the graph has latent nodes; the mechanisms of a log need every parent's column",
                     shown);
  }
  return *dag;
}

Eigen::MatrixXi edges_among(const Dag& dag, const bandits::NamedLog& log) {
  Eigen::MatrixXi edges = Eigen::MatrixXi::Zero(log.n(), log.n());
  for (int v = 0; v < dag.n(); ++v) {
    const int to = log.index_of(dag.graph().name(v));
    for (const NodeId p : dag.parents(v)) edges(log.index_of(dag.graph().name(p)), to) = 1;
  }
  return edges;
}

}  // namespace

std::array<Eigen::MatrixXi, 2> LogInput::graphs() const {
  const Eigen::MatrixXi both = edges ? *edges : Eigen::MatrixXi(Eigen::MatrixXi::Zero(log.n(), log.n()));
  std::array<Eigen::MatrixXi, 2> graphs{both, both};
  for (int j = 0; j < log.n(); ++j) {
    if (log.has_bit[static_cast<std::size_t>(j)] == 0) graphs[1].col(j).setZero();
  }
  return graphs;
}

std::vector<std::uint8_t> LogInput::relevant() const {
  if (!edges) return log.has_bit;
  std::vector<std::uint8_t> reached(log.has_bit.size(), 0);
  std::vector<int> open{reward};
  reached[static_cast<std::size_t>(reward)] = 1;
  while (!open.empty()) {
    const int v = open.back();
    open.pop_back();
    for (int i = 0; i < log.n(); ++i) {
      if ((*edges)(i, v) == 0 || reached[static_cast<std::size_t>(i)] != 0) continue;
      reached[static_cast<std::size_t>(i)] = 1;
      open.push_back(i);
    }
  }
  for (std::size_t j = 0; j < reached.size(); ++j) reached[j] = reached[j] != 0 && log.has_bit[j] != 0 ? 1 : 0;
  return reached;
}

void LogFlags::add_to(CommandLine& line, bool with_reward) {
  needs_reward_ = with_reward;
  line.operand("LOG", "CSV with a column for each node and one for its bit, do:NODE; - for standard input", path);
  line.heading("Log");
  if (with_reward) {
    line.option({.flags = "--reward", .value = "Y", .doc = "the node whose value is the reward"}, reward);
  }
  line.option({.flags = "--graph",
               .value = "FILE",
               .doc = "a dag over the nodes, in any format; edges hold under both bits of their child"},
              graph);
  line.option({.flags = "--action-prefix",
               .value = "TEXT",
               .doc = "before a node's name: the column of its bit",
               .default_text = format.action_prefix},
              format.action_prefix);
  line.option({.flags = "--propensity-prefix",
               .value = "TEXT",
               .doc = "before a node's name: the probability with which its bit was 1",
               .default_text = format.propensity_prefix},
              format.propensity_prefix);
  line.option({.flags = "--ignore", .value = "NAME,..", .doc = "columns that are not read"}, format.ignore);
}

LogInput LogFlags::load(const CommandLine& line, const RunFlags& run) const {
  if (path.empty() || (needs_reward_ && reward.empty())) {
    throw InvalidArgument(needs_reward_ ? "a log and --reward are needed" : "a log is needed", "the command line",
                          line.see_help());
  }
  bandits::LogFormat chosen = format;
  std::optional<Dag> dag;
  if (!graph.empty()) {
    dag = log_graph(graph);
    for (int v = 0; v < dag->n(); ++v) chosen.nodes.push_back(dag->graph().name(v));
  }
  const io::MappedFile file(path);
  LogInput input;
  input.sha256 = io::sha256(file.bytes());
  input.log = bandits::parse_bandit_log(file.bytes(), chosen, path == "-" ? "<stdin>" : path);
  if (dag) input.edges = edges_among(*dag, input.log);
  if (needs_reward_) input.reward = input.log.index_of(reward);
  std::vector<std::string> idle;
  for (std::size_t k = 0; k < input.log.names.size(); ++k) {
    if (input.log.has_bit[k] == 0) idle.push_back(input.log.names[k]);
  }
  if (!idle.empty()) run.say(fmt::format("never intervened on, having no column of bits: {}", fmt::join(idle, ", ")));
  return input;
}

LogInput with_constant(LogInput input) {
  bandits::NamedLog& log = input.log;
  std::string name = "1";
  while (std::find(log.names.begin(), log.names.end(), name) != log.names.end()) name += "'";
  const int n = log.n();
  log.names.push_back(name);
  log.has_bit.push_back(0);
  for (std::size_t t = 0; t < log.rounds(); ++t) {
    log.log.actions[t].push_back(0);
    log.log.rows[t].push_back(1);
  }
  for (std::vector<double>& row : log.propensity) row.push_back(0);
  Eigen::MatrixXi edges = Eigen::MatrixXi::Zero(n + 1, n + 1);
  if (input.edges) edges.topLeftCorner(n, n) = *input.edges;
  edges.row(n).head(n).setOnes();
  input.edges = std::move(edges);
  return input;
}

io::Json finite_json(double value) { return std::isfinite(value) ? io::Json(value) : io::Json(); }

io::Json log_json(const LogFlags& flags, const LogInput& input) {
  io::Json json = io::Json::object();
  json.set("path", flags.path);
  json.set("sha256", input.sha256);
  json.set("rounds", static_cast<std::int64_t>(input.log.rounds()));
  json.set("nodes", json_list(input.log.names));
  std::vector<std::string> bits;
  for (std::size_t k = 0; k < input.log.names.size(); ++k) {
    if (input.log.has_bit[k] != 0) bits.push_back(input.log.names[k]);
  }
  json.set("bits", json_list(bits));
  return json;
}

}  // namespace causal::cli
