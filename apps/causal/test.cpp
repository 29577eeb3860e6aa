// causal test DATA X Y [Z...]: conditional independence tests, one or many.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "algorithm_options.hpp"
#include "causal/io/json.hpp"
#include "causal/run/nearest_name.hpp"
#include "causal/run/parallel.hpp"
#include "command_line.hpp"
#include "data_check.hpp"
#include "input_flags.hpp"
#include "output_flags.hpp"
#include "run_flags.hpp"
#include "table_files.hpp"
#include "test_choice.hpp"

namespace causal::cli {
namespace {

/// One question: is x independent of y given S?
struct Question {
  NodeId x = 0;
  NodeId y = 0;
  NodeSet given;
};

struct TestFlags {
  InputFlags input;
  OutputFlags output;
  RunFlags run;
  std::vector<std::string> variables;
  std::string test = "auto";
  discovery::CiTestOptions test_options;
  double alpha = 0.01;
  std::string pairs;
  bool all_pairs = false;
  std::vector<std::string> given;
};

class Names {
 public:
  explicit Names(const std::vector<std::string>& names) : names_(names) {}

  [[nodiscard]] NodeId id(const std::string& name) const {
    const auto at = std::find(names_.begin(), names_.end(), name);
    if (at != names_.end()) return static_cast<NodeId>(at - names_.begin());
    throw InvalidArgument(fmt::format("no variable is called '{}'", name), "the command line",
                          nearest_name_hint(name, names_));
  }

  /// `words`: x, y and what is given. Errors: InvalidArgument for fewer than two or a repeated name.
  [[nodiscard]] Question question(const std::vector<std::string>& words, const std::string& where) const {
    if (words.size() < 2) {
      throw InvalidArgument("a test needs two variables", where, "Example: causal test data.csv X Y Z");
    }
    Question question{id(words[0]), id(words[1]), {}};
    for (std::size_t i = 2; i < words.size(); ++i) question.given.push_back(id(words[i]));
    std::sort(question.given.begin(), question.given.end());
    NodeSet all = question.given;
    all.insert(all.end(), {question.x, question.y});
    std::sort(all.begin(), all.end());
    const auto twice = std::adjacent_find(all.begin(), all.end());
    if (twice != all.end()) {
      throw InvalidArgument(fmt::format("variable '{}' stands twice in one test", name(*twice)), where,
                            "X, Y and what is given must be different variables.");
    }
    return question;
  }

  [[nodiscard]] const std::string& name(NodeId v) const { return names_[static_cast<std::size_t>(v)]; }
  [[nodiscard]] NodeId count() const { return static_cast<NodeId>(names_.size()); }

 private:
  const std::vector<std::string>& names_;
};

std::vector<Question> questions_of_file(const std::string& path, const Names& names) {
  std::ifstream file(path);
  if (!file) throw IoError("cannot read the list of tests", path, "Check the path given to --pairs.");
  std::vector<Question> questions;
  std::string text;
  for (int number = 1; std::getline(file, text); ++number) {
    if (!text.empty() && text.back() == '\r') text.pop_back();
    if (text.empty() || text.front() == '#') continue;
    questions.push_back(names.question(split_list(text), fmt::format("{}:{}", path, number)));
  }
  return questions;
}

std::vector<Question> all_pairs_given(const std::vector<std::string>& given, const Names& names) {
  NodeSet set;
  for (const std::string& name : given) set.push_back(names.id(name));
  std::sort(set.begin(), set.end());
  set.erase(std::unique(set.begin(), set.end()), set.end());
  const auto is_given = [&](NodeId v) { return std::binary_search(set.begin(), set.end(), v); };
  std::vector<Question> questions;
  for (NodeId x = 0; x < names.count(); ++x) {
    for (NodeId y = x + 1; y < names.count(); ++y) {
      if (!is_given(x) && !is_given(y)) questions.push_back({x, y, set});
    }
  }
  return questions;
}

std::vector<Question> questions_of(const TestFlags& flags, const Names& names) {
  const int ways = (flags.variables.empty() ? 0 : 1) + (flags.pairs.empty() ? 0 : 1) + (flags.all_pairs ? 1 : 0);
  if (ways != 1) {
    throw InvalidArgument(ways == 0 ? "no variables to test" : "more than one way to say what to test",
                          "the command line", "Give X Y [Z...], or --pairs FILE, or --all-pairs.");
  }
  if (flags.all_pairs) return all_pairs_given(flags.given, names);
  if (!flags.pairs.empty()) return questions_of_file(flags.pairs, names);
  std::vector<std::string> words = flags.variables;
  words.insert(words.end(), flags.given.begin(), flags.given.end());
  return {names.question(words, "the command line")};
}

struct Answers {
  const discovery::CiTest& test;
  const Names& names;
  double alpha;
  std::vector<Question> questions;
  std::vector<discovery::CiResult> results;

  [[nodiscard]] std::vector<std::string> given_names(std::size_t k) const {
    std::vector<std::string> given;
    for (const NodeId v : questions[k].given) given.push_back(names.name(v));
    return given;
  }
  [[nodiscard]] std::string_view verdict(std::size_t k) const {
    if (results[k].status != Status::Ok) return to_string(results[k].status);
    return results[k].independent(alpha) ? "independent" : "dependent";
  }
};

std::string as_json(const Answers& answers) {
  io::Json object = io::Json::object();
  object.set("schema", "causal.test/1");
  object.set("test", answers.test.name());
  object.set("alpha", answers.alpha);
  object.set("n", answers.test.sample_size());
  io::Json results = io::Json::array();
  for (std::size_t k = 0; k < answers.questions.size(); ++k) {
    const discovery::CiResult& result = answers.results[k];
    io::Json item = io::Json::object();
    item.set("x", answers.names.name(answers.questions[k].x));
    item.set("y", answers.names.name(answers.questions[k].y));
    io::Json given = io::Json::array();
    for (std::string& name : answers.given_names(k)) given.push(std::move(name));
    item.set("given", std::move(given));
    item.set("statistic", result.statistic);
    item.set("p_value", result.p_value);
    item.set("effect", result.effect);
    item.set("dof", result.dof);
    item.set("status", to_string(result.status));
    item.set("independent", result.independent(answers.alpha));
    results.push(std::move(item));
  }
  object.set("results", std::move(results));
  return object.dump(2) + "\n";
}

std::string as_csv(const Answers& answers) {
  std::string text = "x,y,given,statistic,p_value,effect,dof,verdict\n";
  for (std::size_t k = 0; k < answers.questions.size(); ++k) {
    const discovery::CiResult& result = answers.results[k];
    text += fmt::format("{},{},{},{},{},{},{},{}\n", csv_cell(answers.names.name(answers.questions[k].x)),
                        csv_cell(answers.names.name(answers.questions[k].y)),
                        csv_cell(fmt::format("{}", fmt::join(answers.given_names(k), ";"))), result.statistic,
                        result.p_value, result.effect, result.dof, answers.verdict(k));
  }
  return text;
}

std::string as_text(const Answers& answers) {
  std::size_t width = 8;
  std::vector<std::string> claims;
  for (std::size_t k = 0; k < answers.questions.size(); ++k) {
    const std::vector<std::string> given = answers.given_names(k);
    claims.push_back(fmt::format("{} _||_ {}{}{}", answers.names.name(answers.questions[k].x),
                                 answers.names.name(answers.questions[k].y), given.empty() ? "" : " | ",
                                 fmt::join(given, ", ")));
    width = std::max(width, claims.back().size());
  }
  std::string text = fmt::format("{:<{}}  {:>10}  {:>10}  {:>8}  at alpha {}\n", answers.test.name(), width,
                                 "statistic", "p", "effect", answers.alpha);
  for (std::size_t k = 0; k < claims.size(); ++k) {
    const discovery::CiResult& result = answers.results[k];
    const std::string effect = std::isnan(result.effect) ? "-" : fmt::format("{:.4f}", result.effect);
    text += fmt::format("{:<{}}  {:>10.4g}  {:>10.3g}  {:>8}  {}\n", claims[k], width, result.statistic, result.p_value,
                        effect, answers.verdict(k));
  }
  return text;
}

void declare(CommandLine& line, TestFlags& flags) {
  line.example("causal test data.csv X Y", "are X and Y independent?");
  line.example("causal test data.csv X Y A B", "are they independent given A and B?");
  line.example("causal test data.csv --all-pairs --json", "every pair, as JSON");
  flags.input.add_to(line);
  line.operands("X Y Z...", "two variables, and those that are given", flags.variables);
  line.heading("Test");
  line.option(
      {.flags = "--test", .value = "NAME", .doc = "independence test; causal list tests", .default_text = "auto"},
      flags.test);
  line.option({.flags = "--alpha", .value = "X", .doc = "significance level of the verdict", .default_text = "0.01"},
              flags.alpha, open_interval(0, 1));
  add_test_flags(line, flags.test, flags.test_options);
  line.option({.flags = "--given", .value = "A,B", .doc = "variables that are given, also with --all-pairs"},
              flags.given);
  line.option({.flags = "--pairs", .value = "FILE", .doc = "one test a line: X,Y,Z1,Z2,..."}, flags.pairs);
  line.toggle({.flags = "--all-pairs", .value = "", .doc = "test every pair"}, flags.all_pairs);
  flags.output.add_to(line, {"txt", "json", "csv"});
  flags.run.add_to(line);
}

}  // namespace

ExitCode run_test(const Arguments& arguments) {
  CommandLine line("test", "DATA X Y [Z...] [options]", "Tests whether X is independent of Y given Z.");
  TestFlags flags;
  flags.test = test_in(arguments);
  declare(line, flags);
  if (!line.parse(arguments)) return ExitCode::Ok;
  flags.run.settle(line);
  refuse_same_files({flags.output.path}, {flags.input.data, flags.input.cov, flags.pairs});
  flags.output.check();
  if (!flags.input.cov.empty() && !flags.input.data.empty()) {
    // With --cov there is no DATA, and the first word is a variable.
    flags.variables.insert(flags.variables.begin(), std::exchange(flags.input.data, {}));
  }

  const Input input = flags.input.load(flags.run);
  if (const auto warning = unused_weights(input)) flags.run.warn(*warning);
  const std::vector<std::string> variables = input.variable_names();
  const Names names(variables);
  std::vector<Question> questions = questions_of(flags, names);
  const discovery::CiTestEntry& entry = choose_test(flags.test, input, flags.run);
  if (flags.run.dry_run) {
    flags.output.write(fmt::format("{} tests by {} on {} rows\n", grouped(std::ssize(questions)), entry.info.name,
                                   grouped(input.n())));
    return ExitCode::Ok;
  }
  const std::unique_ptr<discovery::CiTest> test = build_test(entry, input, flags.test_options, flags.run.options);
  Answers answers{*test, names, flags.alpha, std::move(questions), {}};
  answers.results.resize(answers.questions.size());
  parallel_for(std::ssize(answers.questions), flags.run.options.threads, [&](std::int64_t k) {
    const Question& question = answers.questions[static_cast<std::size_t>(k)];
    answers.results[static_cast<std::size_t>(k)] = test->test(question.x, question.y, question.given);
  });

  const std::string format = flags.output.format_or("txt");
  flags.output.write(format == "json" ? as_json(answers) : format == "csv" ? as_csv(answers) : as_text(answers));
  const auto degenerate = std::count_if(answers.results.begin(), answers.results.end(),
                                        [](const discovery::CiResult& result) { return result.status != Status::Ok; });
  if (degenerate > 0) {
    flags.run.warn(fmt::format("{} of {} tests have no answer: singular covariance or too few rows", degenerate,
                               answers.results.size()));
  }
  return degenerate > 0 && degenerate == std::ssize(answers.results) ? ExitCode::Numerical : ExitCode::Ok;
}

}  // namespace causal::cli
