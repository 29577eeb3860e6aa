#pragma once
// Interventional and counterfactual questions to a graph with a table, a Bayesian network or a structural model.

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "causal/graph/admg.hpp"
#include "causal/io/json.hpp"
#include "causal/probability/discrete_variable.hpp"
#include "causal/probability/factor.hpp"
#include "causal/run/options.hpp"
#include "causal/scm/scm.hpp"

namespace causal::cli {

/// "s=1": a name and the text of a value.
using Setting = std::pair<std::string, std::string>;

/// P(query after do(set) and seeing `after`, given that `given` was seen before).
struct DoQuestion {
  std::string model;           ///< Path of a graph, a .bif or a causal.scm/1 file.
  std::string table;           ///< Path of the distribution that goes with a graph.
  std::vector<Setting> set;    ///< What is forced.
  std::vector<Setting> given;  ///< What was seen without the intervention.
  std::vector<Setting> after;  ///< What is seen under the intervention.
  std::vector<std::string> query;
  std::vector<std::string> latent;
  bool independent_responses = false;
  std::int64_t samples = 100'000;
  RunOptions run = {};
};

/// The question in symbols: "P(c | do(s = 1))".
[[nodiscard]] std::string question_text(const DoQuestion& question);

/// Why there is no answer.
struct DoRefusal {
  std::string kind;  ///< not_identifiable, zero_support, not_determined, not_invertible, budget_exceeded
  std::string reason;
  std::string node = {};
  std::optional<std::pair<std::vector<std::string>, std::vector<std::string>>> hedge = {};
};

/// Mean and spread of a continuous query.
struct DoMoment {
  std::string name;
  double mean = 0;
  double sd = 0;
  double standard_error = 0;  ///< Of the mean, when sampled.
};

/// The way through a comb: the treatment and what shares hidden causes with it as one piece of the diagram.
struct CombRoute {
  std::vector<std::vector<std::string>> teeth;  ///< Empty when there is no comb.
  std::vector<std::string> path;                ///< What is in the way of one: x -> child <-> ... <-> x.
  std::optional<Factor> distribution;           ///< Over the query in its order, ids of the graph.
};

/// What --diagram draws.
struct DoPicture {
  std::variant<Dag, Admg> graph;
  NodeSet outputs;                                     ///< Observed nodes.
  std::vector<std::pair<std::string, double>> values;  ///< What is set.
};

struct DoAnswer {
  std::string source = {};  ///< graph, network, scm
  std::string method = {};  ///< id, contraction, exact, gaussian, sampling; empty without an answer.
  std::vector<DiscreteVariable> variables = {};
  std::optional<Factor> distribution = {};  ///< Variable i is variables[i].
  std::optional<Factor> seen = {};          ///< The same where the values set were only observed.
  std::vector<DoMoment> moments = {};
  std::optional<double> effective_sample_size = {};
  std::string formula = {}, formula_latex = {};
  std::vector<std::string> free_context = {};
  double context_spread = 0;
  std::optional<CombRoute> comb = {};
  double comb_difference = 0;  ///< Largest difference to the answer.
  std::optional<DoRefusal> refusal = {};
  std::vector<std::string> warnings = {};
  DoPicture picture = {};
};

/// Errors: InvalidArgument for unknown or repeated names and values; those of the readers.
[[nodiscard]] DoAnswer do_on_graph(const DoQuestion& question);
[[nodiscard]] DoAnswer do_on_network(const DoQuestion& question);
[[nodiscard]] DoAnswer do_on_scm(const DoQuestion& question, const Scm& model);

/// P(y | do(x = value)) through a comb, if there is one. `joint` is over the nodes of `graph`.
[[nodiscard]] CombRoute comb_route(const Admg& graph, NodeId x, int value, const std::vector<NodeId>& y,
                                   const Factor& joint);

/// FILE.before.EXT and FILE.after.EXT. Errors: InvalidArgument for an extension that is not .dot, .tex or .json.
[[nodiscard]] std::array<std::string, 2> diagram_paths(const std::string& path);
/// What goes into the two: the string diagram of the model, and the one after surgery.
[[nodiscard]] std::array<std::string, 2> diagram_texts(const DoPicture& picture, const std::string& path);

/// The answer for reading, and as causal.distribution/1.
[[nodiscard]] std::string do_text(const DoQuestion& question, const DoAnswer& answer);
[[nodiscard]] io::Json do_json(const DoQuestion& question, const DoAnswer& answer);

}  // namespace causal::cli
