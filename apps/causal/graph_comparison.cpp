#include "graph_comparison.hpp"

#include <fmt/format.h>

#include <cmath>

#include "causal/graph/equivalence.hpp"

namespace causal::cli {
namespace {

bool is_dag(const LearnedGraph& graph) { return graph.kind == GraphKind::Dag; }

MixedGraph completed(const LearnedGraph& graph) {
  return is_dag(graph) ? dag_to_cpdag(Dag(graph.graph())).graph() : graph.graph();
}

std::string share(double value) { return std::isnan(value) ? "-" : fmt::format("{:.3f}", value); }

std::string retrieval_line(std::string_view name, const Retrieval& found) {
  return fmt::format("{:<12} precision {:>5}  recall {:>5}  F1 {:>5}   ({} right, {} false, {} missed)\n", name,
                     share(found.precision()), share(found.recall()), share(found.f1()), found.true_positives,
                     found.false_positives, found.false_negatives);
}

io::Json retrieval_json(const Retrieval& found) {
  io::Json object = io::Json::object();
  object.set("precision", found.precision());
  object.set("recall", found.recall());
  object.set("f1", found.f1());
  object.set("true_positives", found.true_positives);
  object.set("false_positives", found.false_positives);
  object.set("false_negatives", found.false_negatives);
  return object;
}

}  // namespace

NamedComparison compare_with_truth(const LearnedGraph& truth, const LearnedGraph& guess, CompareAs as) {
  // Changes direct edges that an equivalence class leaves open: such graphs are compared as they are.
  const bool by_class = is_dag(truth) != is_dag(guess) && !truth.changes && !guess.changes;
  if (as == CompareAs::Auto && by_class) as = CompareAs::Cpdag;
  if (as == CompareAs::Cpdag) return {compare_graphs(completed(truth), completed(guess)), as};
  if (as == CompareAs::Dag) {
    return {compare_graphs(Dag(truth.graph()).graph(), Dag(guess.graph()).graph()), as};
  }
  return {compare_graphs(truth.graph(), guess.graph()), as};
}

std::string comparison_text(const NamedComparison& comparison) {
  const GraphComparison& figures = comparison.figures;
  return retrieval_line("skeleton", figures.skeleton) + retrieval_line("arrowheads", figures.arrowheads) +
         fmt::format("SHD          {} ({} when a reversal counts twice; {} reversed){}\n", figures.shd,
                     figures.shd_double_reversal, figures.reversed,
                     comparison.as == CompareAs::Cpdag ? ", DAGs taken as their CPDAG" : "");
}

io::Json comparison_json(const NamedComparison& comparison) {
  const GraphComparison& figures = comparison.figures;
  io::Json object = io::Json::object();
  object.set("schema", "causal.comparison/1");
  object.set("as", enum_name(comparison.as));
  object.set("shd", figures.shd);
  object.set("shd_double_reversal", figures.shd_double_reversal);
  object.set("reversed", figures.reversed);
  object.set("skeleton", retrieval_json(figures.skeleton));
  object.set("arrowheads", retrieval_json(figures.arrowheads));
  return object;
}

}  // namespace causal::cli
