#include "causal/discovery/registry.hpp"

#include <algorithm>
#include <array>

#include "causal/discovery/ci/fisher_z.hpp"
#include "causal/discovery/ci/g_square.hpp"
#include "causal/run/nearest_name.hpp"

namespace causal::discovery {
namespace {

constexpr std::int64_t kMostKernelRows = 5000;  // beyond, a kernel test takes longer than people wait

constexpr std::array kNumeric{VariableType::Continuous, VariableType::Count, VariableType::Binary};

constexpr std::array kFisherZAssumptions{
    Assumption{"linear", "relations among the variables are linear", false},
    Assumption{"gaussian", "noise is Gaussian; the level is right in large samples for most other noise too", false},
    Assumption{"independent_rows", "rows are independent draws from one population", false},
    Assumption{"non_singular", "no variable is a linear function of others; singular tests are counted and reported",
               true}};

constexpr std::array kTestwiseAssumptions{
    Assumption{"linear", "relations among the variables are linear", false},
    Assumption{"gaussian", "noise is Gaussian; the level is right in large samples for most other noise too", false},
    Assumption{"independent_rows", "rows are independent draws from one population", false},
    Assumption{"missing_at_random",
               "cells are missing completely at random, or whether x and y are missing depends only on S", false}};

constexpr std::array kDiscrete{VariableType::Discrete, VariableType::Binary};

constexpr std::array kTableAssumptions{
    Assumption{"independent_rows", "rows are independent draws from one population", false},
    Assumption{"enough_rows", "at least 5 rows per degree of freedom; tests with fewer are counted and reported", true},
    Assumption{"missing_completely_at_random", "cells, if missing, are missing completely at random", false}};

constexpr std::array kPcAssumptions{
    Assumption{"acyclic", "the causes form a directed graph without cycles", false},
    Assumption{"no_hidden_common_cause", "no unmeasured variable causes two measured ones", false},
    Assumption{"no_selection", "rows were not selected by values of the variables or their effects", false},
    Assumption{"faithful", "independences in the data are those of the graph; contradictions are reported", true}};

constexpr std::array kRowAssumptions{
    Assumption{"independent_rows", "rows are independent draws from one population", false}};

constexpr std::array kKernelAssumptions{
    Assumption{"independent_rows", "rows are independent draws from one population", false},
    Assumption{"smooth", "what is given acts smoothly, at the scale of the kernel width, on the tested variables",
               false},
    Assumption{"missing_completely_at_random", "cells, if missing, are missing completely at random", false}};

constexpr std::array kGcmAssumptions{
    Assumption{"independent_rows", "rows are independent draws from one population", false},
    Assumption{"good_regressions", "the regressions on the conditioning set come close to the conditional means",
               false},
    Assumption{"correlated_residuals", "dependence, if there is any, shows as correlation of the residuals", false},
    Assumption{"missing_completely_at_random", "cells, if missing, are missing completely at random", false}};

constexpr std::array kCdnodAssumptions{
    Assumption{"acyclic", "the causes form a directed graph without cycles, the same for all rows", false},
    Assumption{"pseudo_sufficient", "common causes that are not measured are functions of the time or domain", false},
    Assumption{"faithful", "independences in the data are those of the graph; contradictions are reported", true},
    Assumption{"independent_rows", "rows are independent given the time or domain; residuals are checked over time",
               true},
    Assumption{"independent_change",
               "mechanisms change independently of each other (directions between changing "
               "variables only)",
               false}};

constexpr std::array kAllTypes{VariableType::Continuous, VariableType::Discrete, VariableType::Count,
                               VariableType::Binary};

template <class Test>
std::unique_ptr<CiTest> build(const Dataset& data, const CiTestOptions&, const RunOptions& run) {
  return std::make_unique<Test>(data, run);
}

std::unique_ptr<CiTest> build_testwise(const Dataset& data, const CiTestOptions&, const RunOptions&) {
  return std::make_unique<FisherZTestwise>(data);
}

template <TableStatistic statistic>
std::unique_ptr<CiTest> build_table_test(const Dataset& data, const CiTestOptions&, const RunOptions&) {
  return std::make_unique<GSquare>(data, GSquareOptions{.statistic = statistic});
}

std::unique_ptr<CiTest> build_fisher_z_from_moments(const Moments& moments) {
  return std::make_unique<FisherZ>(moments);
}

// A test over nodes, with its member of CiTestOptions.
template <class Test, auto options_of>
std::unique_ptr<CiTest> build_over_nodes(const NodeTable& nodes, const CiTestOptions& options, const RunOptions& run) {
  return std::make_unique<Test>(nodes, options.*options_of, run);
}

template <class Test, auto options_of>
std::unique_ptr<CiTest> build_over_columns(const Dataset& data, const CiTestOptions& options, const RunOptions& run) {
  return std::make_unique<Test>(data, options.*options_of, run);
}

template <class Test, auto options_of>
CiTestEntry node_test(const MethodInfo& info) {
  return {info, build_over_columns<Test, options_of>, build_over_nodes<Test, options_of>, nullptr};
}

const std::array kTests{
    CiTestEntry{{.name = "fisher_z",
                 .title = "Partial correlation with Fisher's z",
                 .summary = "Linear dependence of continuous variables; by far the fastest test.",
                 .source = "Fisher 1924; Kalisch and Buehlmann 2007",
                 .data_types = kNumeric,
                 .assumptions = kFisherZAssumptions,
                 .docs_page = "fisher_z.md"},
                build<FisherZ>,
                nullptr,
                build_fisher_z_from_moments},
    CiTestEntry{{.name = "fisher_z_testwise",
                 .title = "Fisher's z on the rows observed for each test",
                 .summary = "fisher_z for tables with missing cells: every test uses the rows it can.",
                 .source = "Fisher 1924; test-wise deletion",
                 .data_types = kNumeric,
                 .assumptions = kTestwiseAssumptions,
                 .docs_page = "fisher_z.md"},
                build_testwise,
                nullptr,
                nullptr},
    CiTestEntry{{.name = "g_square",
                 .title = "Likelihood-ratio test of contingency tables",
                 .summary = "Any dependence among discrete variables, from the counts of their levels.",
                 .source = "Spirtes, Glymour and Scheines 2000; Agresti 2013",
                 .data_types = kDiscrete,
                 .assumptions = kTableAssumptions,
                 .docs_page = "g_square.md"},
                build_table_test<TableStatistic::GSquare>,
                nullptr,
                nullptr},
    CiTestEntry{{.name = "chi_square",
                 .title = "Pearson's test of contingency tables",
                 .summary = "As g_square, with Pearson's statistic.",
                 .source = "Spirtes, Glymour and Scheines 2000; Agresti 2013",
                 .data_types = kDiscrete,
                 .assumptions = kTableAssumptions,
                 .docs_page = "g_square.md"},
                build_table_test<TableStatistic::ChiSquare>,
                nullptr,
                nullptr},
    node_test<Kci, &CiTestOptions::kci>(
        {.name = "kci",
         .title = "Kernel conditional independence test",
         .summary = "Any dependence between columns of any type, by kernels; for up to some thousand rows.",
         .source = "Zhang, Peters, Janzing and Schoelkopf 2011",
         .data_types = kAllTypes,
         .assumptions = kKernelAssumptions,
         .docs_page = "kci.md"}),
    node_test<Rcot, &CiTestOptions::rcot>(
        {.name = "rcot",
         .title = "Randomized conditional correlation test",
         .summary = "As kci, by random features: linear in the rows, for thousands to millions of them.",
         .source = "Strobl, Zhang and Visweswaran 2019",
         .data_types = kAllTypes,
         .assumptions = kKernelAssumptions,
         .docs_page = "rcot.md"}),
    node_test<Gcm, &CiTestOptions::gcm>(
        {.name = "gcm",
         .title = "Generalised covariance measure",
         .summary =
             "Correlation of what regressions on the conditioning set leave; keeps its level when they are good.",
         .source = "Shah and Peters 2020",
         .data_types = kAllTypes,
         .assumptions = kGcmAssumptions,
         .docs_page = "gcm.md"}),
    node_test<Hsic, &CiTestOptions::hsic>(
        {.name = "hsic",
         .title = "Hilbert-Schmidt independence criterion",
         .summary = "Any dependence between two nodes by kernels; with nothing given only.",
         .source = "Gretton et al. 2007",
         .data_types = kAllTypes,
         .assumptions = kRowAssumptions,
         .docs_page = "hsic.md"}),
    node_test<Dcor, &CiTestOptions::dcor>(
        {.name = "dcor",
         .title = "Distance correlation",
         .summary = "Any dependence between two nodes by distances, without widths to choose; with nothing given only.",
         .source = "Szekely, Rizzo and Bakirov 2007",
         .data_types = kAllTypes,
         .assumptions = kRowAssumptions,
         .docs_page = "dcor.md"})};

const std::array kAlgorithms{
    AlgorithmEntry{{.name = "pc",
                    .title = "PC",
                    .summary = "Learns the equivalence class of a causal graph from independence tests, when no common "
                               "cause is hidden.",
                    .source = "Spirtes, Glymour and Scheines 2000; Colombo and Maathuis 2014",
                    .data_types = kAllTypes,
                    .assumptions = kPcAssumptions,
                    .docs_page = "pc.md"}},
    AlgorithmEntry{{.name = "cdnod",
                    .title = "CD-NOD",
                    .summary =
                        "Learns from data that change over time or between domains: which mechanisms change, the "
                        "graph, directions from independent change, and what drives each change.",
                    .source = "Huang et al. 2020",
                    .data_types = kAllTypes,
                    .assumptions = kCdnodAssumptions,
                    .docs_page = "cdnod.md"}}};

template <class Entry>
const Entry& find_entry(std::span<const Entry> entries, std::string_view name, const std::string& kind) {
  std::vector<std::string> names;
  for (const Entry& entry : entries) {
    if (entry.info.name == name) return entry;
    names.emplace_back(entry.info.name);
  }
  const auto near = nearest_name(name, names);
  std::string known = "Known:";
  for (const std::string& each : names) known += (&each == &names.front() ? " " : ", ") + each;
  throw InvalidArgument("unknown " + kind + " '" + std::string(name) + "'", {},
                        near ? "Did you mean '" + *near + "'?" : known + ".");
}

bool accepts(const CiTestEntry& entry, VariableType type) {
  const auto& types = entry.info.data_types;
  return std::find(types.begin(), types.end(), type) != types.end();
}

}  // namespace

std::span<const CiTestEntry> ci_tests() { return kTests; }
std::span<const AlgorithmEntry> algorithms() { return kAlgorithms; }

const CiTestEntry& find_ci_test(std::string_view name) { return find_entry(ci_tests(), name, "test"); }
const AlgorithmEntry& find_algorithm(std::string_view name) { return find_entry(algorithms(), name, "algorithm"); }

TestChoice choose_ci_test(const Dataset& data) {
  const std::vector<int> variables = data.variable_indices();
  const auto all = [&](auto&& holds) { return std::all_of(variables.begin(), variables.end(), holds); };
  const bool complete = all([&](int j) { return data.missing_counts()[static_cast<std::size_t>(j)] == 0; });
  const bool coded = all([&](int j) { return accepts(find_ci_test("g_square"), data.column(j).type); });
  const bool numeric = all([&](int j) { return accepts(find_ci_test("fisher_z"), data.column(j).type); });
  if (coded) return {&find_ci_test("g_square"), "all variables are discrete"};
  if (numeric && complete) return {&find_ci_test("fisher_z"), "all variables are numeric"};
  if (numeric) return {&find_ci_test("fisher_z_testwise"), "all variables are numeric and some cells are missing"};
  TestChoice choice = choose_node_test(data.rows());
  choice.reason = "variables are numeric and discrete; " + choice.reason;
  return choice;
}

TestChoice choose_node_test(std::int64_t rows) {
  const std::string count = std::to_string(rows) + " rows";
  if (rows <= kMostKernelRows) return {&find_ci_test("kci"), "any dependence is looked for, in " + count};
  return {&find_ci_test("rcot"), count + " are many for kci"};
}

}  // namespace causal::discovery
