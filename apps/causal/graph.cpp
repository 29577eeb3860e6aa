// causal graph G: separation, ancestors, implied independencies, districts and the size of the class.

#include <fmt/format.h>

#include "causal/graph/district.hpp"
#include "causal/graph/equivalence.hpp"
#include "causal/graph/mec.hpp"
#include "causal/graph/separation.hpp"
#include "command_line.hpp"
#include "output_flags.hpp"
#include "query_graph.hpp"

namespace causal::cli {
namespace {

using Names = std::vector<std::string>;

struct GraphFlags {
  std::vector<std::string> words;  // the graph, and what follows --separated
  std::vector<std::string> separated, given, ancestors, descendants, latent;
  bool implied = false, mec_size = false, districts = false;
  OutputFlags output;
};

void declare(CommandLine& line, GraphFlags& flags) {
  line.example("causal graph g.dagitty --separated X Y --given Z", "are they, and if not, along which walk");
  line.example("causal graph g.dagitty --implied", "what the graph claims of data: one statement a pair");
  line.example("causal graph cpdag.json --mec-size --json", "how many DAGs the class holds");
  line.operands("G", "a dag, admg, cpdag or mpdag in any format; - for standard input", flags.words);
  line.option({.flags = "--separated", .value = "X Y", .doc = "are these two separated? Sets as X1,X2 Y1,Y2"},
              flags.separated);
  line.option({.flags = "--given", .value = "Z,..", .doc = "what is held fixed for --separated"}, flags.given);
  line.option({.flags = "--ancestors", .value = "V,..", .doc = "the nodes with a directed path to these"},
              flags.ancestors);
  line.option({.flags = "--descendants", .value = "V,..", .doc = "the nodes with a directed path from these"},
              flags.descendants);
  line.toggle({.flags = "--implied", .value = "", .doc = "a minimal separator for each pair that has one"},
              flags.implied);
  line.toggle({.flags = "--mec-size", .value = "", .doc = "the number of DAGs that are Markov equivalent"},
              flags.mec_size);
  line.toggle({.flags = "--districts", .value = "", .doc = "sets of nodes joined by latent common causes"},
              flags.districts);
  line.option({.flags = "--latent", .value = "U,..", .doc = "not measured, in addition to the file's latents"},
              flags.latent);
  flags.output.add_to(line, {"txt", "json"});
}

// What was asked, as JSON and as text, section by section.
class Answers {
 public:
  Answers(const QueryGraph& query, const GraphFlags& flags) : query_(query), graph_(query.graph()), flags_(flags) {
    json_.set("schema", "causal.graph_query/1");
    json_.set("kind", enum_name(query.kind()));
    json_.set("nodes", json_list(graph_.names()));
    json_.set("edges", graph_.edges().size());
    json_.set("latent", json_list(names_of(graph_, query.latents)));
    text_ = fmt::format("{}, {} nodes, {} edges\n", enum_name(query.kind()), graph_.n(), graph_.edges().size());
  }

  void answer() {
    if (!flags_.separated.empty()) separation();
    if (!flags_.ancestors.empty()) relatives("ancestors", nodes_named(graph_, flags_.ancestors), ancestors);
    if (!flags_.descendants.empty()) relatives("descendants", nodes_named(graph_, flags_.descendants), descendants);
    if (flags_.implied) implied();
    if (flags_.mec_size) class_size();
    if (flags_.districts) districts_of_observed();
  }

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] const io::Json& json() const { return json_; }

 private:
  // X Y as two words, or X,Y as one.
  [[nodiscard]] std::pair<Names, Names> two_sides() const {
    if (flags_.words.size() == 2) return {flags_.separated, split_list(flags_.words[1])};
    if (flags_.separated.size() == 2) return {{flags_.separated[0]}, {flags_.separated[1]}};
    throw InvalidArgument("--separated needs two nodes", "the command line", "--separated X Y");
  }

  void separation() {
    const auto [x, y] = two_sides();
    const auto member = query_.member();
    const SeparationResult result = std::visit(
        [&, x = x, y = y](const auto& graph) {
          return separated(graph, nodes_named(graph_, x), nodes_named(graph_, y), nodes_named(graph_, flags_.given));
        },
        member);
    const std::string walk = walk_text(as_in_graph(result.witness), graph_.names());
    io::Json object = io::Json::object();
    object.set("x", json_list(x));
    object.set("y", json_list(y));
    object.set("given", json_list(flags_.given));
    object.set("separated", result.separated);
    object.set("witness", walk);
    json_.set("separation", std::move(object));
    text_ += fmt::format("{} and {} given {}: {}\n", set_text(x), set_text(y), set_text(flags_.given),
                         result.separated ? "separated" : "connected by " + walk);
  }

  // A walk in a DAG of the class, with the marks that the class has.
  [[nodiscard]] Walk as_in_graph(Walk walk) const {
    if (!query_.is_class()) return walk;
    for (std::size_t i = 0; i < walk.steps.size(); ++i) {
      const auto marks = graph_.marks(walk.nodes[i], walk.nodes[i + 1]);
      walk.steps[i] = static_cast<Step>(MixedGraph::group(marks->first, marks->second));
    }
    return walk;
  }

  template <class Relation>
  void relatives(const char* what, const NodeSet& of, const Relation& relation) {
    const Names found = names_of(graph_, relation(graph_, of));
    json_.set(what, json_list(found));
    text_ += fmt::format("{} of {}: {}\n", what, set_text(names_of(graph_, of)), set_text(found));
  }

  void implied() {
    const auto member = query_.member();
    const NodeSet observed = query_.observed();
    io::Json statements = io::Json::array();
    int without = 0;
    text_ += "implied independencies\n";
    for (std::size_t i = 0; i < observed.size(); ++i) {
      for (std::size_t j = i + 1; j < observed.size(); ++j) {
        const NodeId x = observed[i], y = observed[j];
        if (graph_.adjacent(x, y)) continue;
        const SeparatorResult result = std::visit(
            [&](const auto& graph) { return minimal_separator(graph, {x}, {y}, {.allowed = observed}); }, member);
        if (!result.set) {
          ++without;
          continue;
        }
        const Names given = names_of(graph_, *result.set);
        io::Json statement = io::Json::object();
        statement.set("x", graph_.name(x));
        statement.set("y", graph_.name(y));
        statement.set("given", json_list(given));
        statements.push(std::move(statement));
        text_ += fmt::format("  {} _||_ {}{}\n", graph_.name(x), graph_.name(y),
                             given.empty() ? "" : fmt::format(" | {}", fmt::join(given, ", ")));
      }
    }
    json_.set("implied", std::move(statements));
    json_.set("inseparable_pairs", without);
    if (without > 0) text_ += fmt::format("  pairs without an edge that no observed set separates: {}\n", without);
  }

  void class_size() {
    const auto* cpdag = std::get_if<Cpdag>(&query_.typed);
    const auto* dag = std::get_if<Dag>(&query_.typed);
    if (cpdag == nullptr && dag == nullptr) {
      throw GraphError(
          fmt::format("--mec-size counts the class of a dag or cpdag, this is of kind {}", enum_name(query_.kind())));
    }
    const MecSize size = mec_size(dag != nullptr ? dag_to_cpdag(*dag) : *cpdag);
    json_.set("mec_size", size.digits);
    json_.set("mec_size_log10", size.log10);
    text_ += fmt::format("Markov equivalent DAGs: {}\n", size.digits);
  }

  void districts_of_observed() {
    const Admg projected = query_.projection();
    io::Json sets = io::Json::array();
    text_ += "districts\n";
    for (const NodeSet& district : causal::districts(projected)) {
      const Names names = names_of(projected.graph(), district);
      sets.push(json_list(names));
      text_ += fmt::format("  {}\n", set_text(names));
    }
    json_.set("districts", std::move(sets));
  }

  const QueryGraph& query_;
  const MixedGraph& graph_;
  const GraphFlags& flags_;
  io::Json json_ = io::Json::object();
  std::string text_;
};

}  // namespace

ExitCode run_graph(const Arguments& arguments) {
  CommandLine line("graph", "G [questions]", "Answers questions about a graph.");
  GraphFlags flags;
  declare(line, flags);
  if (!line.parse(arguments)) return ExitCode::Ok;
  if (flags.words.empty()) throw InvalidArgument("a graph is needed", "the command line", line.see_help());
  if (flags.words.size() > (flags.separated.empty() ? 1U : 2U)) {
    throw InvalidArgument("unexpected word '" + flags.words.back() + "'", "the command line", line.see_help());
  }
  flags.output.check();
  const QueryGraph graph = read_query_graph(flags.words.front(), flags.latent);
  Answers answers(graph, flags);
  answers.answer();
  flags.output.write(flags.output.format_or("txt") == "json" ? answers.json().dump(2) + "\n" : answers.text());
  return ExitCode::Ok;
}

}  // namespace causal::cli
