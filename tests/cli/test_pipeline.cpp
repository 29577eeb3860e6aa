// labels: cli
// The subcommands together: simulate, discover, compare, convert, report.

#include "run_causal.hpp"
#include "support/json_schema.hpp"

#include <doctest/doctest.h>

using namespace causal::test;
using causal::io::Json;

namespace {

const JsonSchema& graph_schema() {
  static const JsonSchema schema = JsonSchema::from_file(CAUSAL_SOURCE_DIR "/data/schemas/causal.graph.1.schema.json");
  return schema;
}

struct Simulated {
  TemporaryFolder folder;
  std::string data = folder / "data.csv";
  std::string truth = folder / "truth.json";
  explicit Simulated(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{"simulate", "--nodes", "12", "--degree", "3",           "--n", "3000",
                                       "--seed",   "4",       "-o", data,       "--graph-out", truth};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const ProcessResult result = run_causal(arguments);
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
  }
};

}  // namespace

TEST_CASE("what is simulated is learned, and the comparison says how well") {
  const Simulated simulated;
  const std::string learned = simulated.folder / "learned.json";
  const ProcessResult discover =
      run_causal({"discover", simulated.data, "-o", learned, "--true-graph", simulated.truth});
  CAPTURE(discover.err);
  CHECK(discover.exit_code == 0);
  CHECK(discover.out.empty());
  CHECK(contains(discover.err, "SHD"));
  const Json graph = Json::parse(text_of(learned));
  CHECK(graph_schema().violation(graph) == "");
  CHECK(graph.at("nodes").as_array().size() == 12);
  CHECK(graph.at("run").at("data").at("n").as_integer() == 3000);
  CHECK(graph.at("timing").at("command").as_array().front().as_string() == "discover");

  const ProcessResult compare = run_causal({"compare", simulated.truth, learned, "--as", "cpdag", "--json"});
  CAPTURE(compare.err);
  CHECK(compare.exit_code == 0);
  const Json comparison = Json::parse(compare.out);
  const auto true_edges = std::ssize(Json::parse(text_of(simulated.truth)).at("edges").as_array());
  const Json& skeleton = comparison.at("skeleton");
  CHECK(skeleton.at("true_positives").as_integer() + skeleton.at("false_negatives").as_integer() == true_edges);
  CHECK(skeleton.at("true_positives").as_integer() + skeleton.at("false_positives").as_integer() ==
        std::ssize(graph.at("edges").as_array()));
  const Json same = Json::parse(run_causal({"compare", learned, learned, "--json"}).out);
  CHECK(same.at("shd").as_integer() == 0);
  CHECK(same.at("skeleton").at("f1").as_number() == 1.0);
}

TEST_CASE("a strong collider and its effect are learned exactly") {
  const TemporaryFolder folder;
  const std::string data = folder.file("data.csv", collider_csv(4000));
  const std::string truth = folder.file("truth.txt", "x -> z\ny -> z\nz -> w\n");
  // At this level a false edge among the four pairs without one has probability below 4e-4 of appearing.
  const std::string learned = folder / "learned.json";
  REQUIRE(run_causal({"discover", data, "--alpha", "0.0001", "-o", learned}).exit_code == 0);
  const ProcessResult compared = run_causal({"compare", truth, learned, "--as", "cpdag", "--json"});
  CAPTURE(compared.err);
  CHECK(Json::parse(compared.out).at("shd").as_integer() == 0);
}

TEST_CASE("results are the same bytes at 1, 2 and 4 threads apart from the timing") {
  const Simulated simulated;
  std::string first;
  for (const std::string threads : {"1", "2", "4"}) {
    const ProcessResult result = run_causal({"discover", simulated.data, "--threads", threads, "--no-timing", "-q"});
    CHECK(result.exit_code == 0);
    CHECK(result.err.empty());
    if (first.empty()) first = result.out;
    CHECK(result.out == first);
  }
  CHECK_FALSE(Json::parse(first).find("timing") != nullptr);
  const Json timed = Json::parse(run_causal({"discover", simulated.data, "--threads", "2"}).out);
  CHECK(timed.at("timing").at("threads").as_integer() >= 1);
}

TEST_CASE("simulated bytes depend on the seed and nothing else") {
  const std::vector<std::string> words{"simulate", "--nodes", "6", "--n", "50", "-q", "--seed"};
  const auto draw = [&](const std::string& seed, const std::string& threads) {
    std::vector<std::string> all = words;
    all.insert(all.end(), {seed, "--threads", threads});
    return run_causal(all).out;
  };
  CHECK(draw("1", "1") == draw("1", "2"));
  CHECK(draw("1", "1") != draw("2", "1"));
  CHECK(contains(draw("1", "1"), "X1,X2,X3,X4,X5,X6\n"));
}

TEST_CASE("a model written by simulate can be drawn from again") {
  const Simulated simulated;
  const ProcessResult again = run_causal({"simulate", "--scm", simulated.truth, "--n", "3000", "--seed", "4", "-q"});
  CHECK(again.exit_code == 0);
  CHECK(again.out == text_of(simulated.data));
}

TEST_CASE("data come from standard input, from npy and from a covariance matrix") {
  const Simulated simulated;
  const auto edges = [](const ProcessResult& result) {
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    return Json::parse(result.out).at("edges").as_array().size();
  };
  const ProcessResult file = run_causal({"discover", simulated.data, "--no-timing"});
  const ProcessResult piped = run_causal({"discover", "-", "--no-timing"}, {.input = text_of(simulated.data)});
  CHECK(piped.out == file.out);
  const std::string npy = simulated.folder / "data.npy";
  REQUIRE(run_causal({"convert", simulated.data, npy}).exit_code == 0);
  CHECK(edges(run_causal({"discover", npy})) == edges(file));
  const std::string cov = simulated.folder.file("cov.csv", "a,b,c\n1,0.5,0.25\n0.5,1,0.5\n0.25,0.5,1\n");
  CHECK(edges(run_causal({"discover", "--cov", cov, "--n-samples", "1000"})) == 2);  // a - b - c: a _||_ c | b.
  CHECK(run_causal({"discover", "--cov", cov}).exit_code == 2);
  CHECK(edges(run_causal({"discover", "--cov", cov, "--n-samples", "1000", "--exclude", "b"})) == 1);
  CHECK(run_causal({"discover", npy, "--columns", "X1,nobody"}).exit_code == 2);
}

TEST_CASE("a graph survives every format and comes back as the same bytes") {
  const Simulated simulated;
  for (const std::string format : {"dot", "graphml", "csv", "txt", "dagitty", "tetrad"}) {
    CAPTURE(format);
    const std::string there = simulated.folder / ("graph." + format);
    const ProcessResult to = run_causal({"convert", simulated.truth, there, "--to", format});
    CAPTURE(to.err);
    REQUIRE(to.exit_code == 0);
    const ProcessResult back = run_causal({"convert", there, "-", "--from", format, "--to", "json"});
    CAPTURE(back.err);
    REQUIRE(back.exit_code == 0);
    const ProcessResult compared = run_causal({"compare", simulated.truth, there, "--json"});
    CHECK(Json::parse(compared.out).at("shd").as_integer() == 0);
    const ProcessResult twice =
        run_causal({"convert", "-", "-", "--from", "json", "--to", format}, {.input = back.out});
    CHECK(twice.out == text_of(there));
  }
}

TEST_CASE("the extension of the output decides the format, and -f over it") {
  const Simulated simulated;
  const auto begins = [&](const std::string& name, std::vector<std::string> more) {
    std::vector<std::string> words{"discover", simulated.data, "-q", "-o", simulated.folder / name};
    words.insert(words.end(), more.begin(), more.end());
    REQUIRE(run_causal(words).exit_code == 0);
    return text_of(simulated.folder / name).substr(0, 40);
  };
  CHECK(begins("a.json", {})[0] == '{');
  CHECK(contains(begins("a.dot", {}), "digraph"));
  CHECK(contains(begins("a.csv", {}), "from,to,"));
  CHECK(contains(begins("b.csv", {"-f", "dot"}), "digraph"));
  CHECK(run_causal({"discover", simulated.data, "-o", simulated.folder / "a.unknown"}).exit_code == 2);
}

TEST_CASE("the report is one HTML file that holds the run") {
  const Simulated simulated;
  const std::string run = simulated.folder / "run.json";
  const std::string page = simulated.folder / "run.html";
  REQUIRE(run_causal({"discover", simulated.data, "-o", run, "--report", page, "-q"}).exit_code == 0);
  CHECK(contains(text_of(page), "<svg"));
  CHECK(contains(text_of(page), "causal.graph/1"));
  const ProcessResult later = run_causal({"report", run});
  CHECK(later.exit_code == 0);
  CHECK(later.out == text_of(page));
}

TEST_CASE("flags saved to a config file give the same run, and flags override it") {
  const Simulated simulated;
  const std::string config = simulated.folder / "run.toml";
  const ProcessResult saved = run_causal({"discover", simulated.data, "--alpha", "0.05", "--collider-rule", "majority",
                                          "--exclude", "X1,X2", "--no-timing", "-q", "--save-config", config});
  REQUIRE(saved.exit_code == 0);
  CHECK(contains(text_of(config), "collider-rule"));
  CHECK(run_causal({"discover", simulated.data, "--config", config}).out == saved.out);
  const Json overridden =
      Json::parse(run_causal({"discover", simulated.data, "--config", config, "--alpha", "0.001"}).out);
  CHECK(overridden.at("run").at("options").at("alpha").as_number() == 0.001);
  CHECK(overridden.at("run").at("options").at("collider_rule").as_string() == "majority");
  const std::string wrong = simulated.folder.file("wrong.toml", "alhpa = 0.05\n");
  const ProcessResult refused = run_causal({"discover", simulated.data, "--config", wrong});
  CHECK(refused.exit_code == 2);
  CHECK(contains(refused.err, "'--alpha'"));
}

TEST_CASE("a dry run prints the plan and touches nothing") {
  const Simulated simulated;
  const ProcessResult plan = run_causal({"discover", simulated.data, "--dry-run"});
  CHECK(plan.exit_code == 0);
  CHECK(contains(plan.out, "3,000"));
  CHECK(contains(plan.out, "66 with nothing given"));
  const ProcessResult json =
      run_causal({"discover", simulated.data, "--dry-run", "--json", "-o", simulated.folder / "plan.json"});
  CHECK(json.exit_code == 0);
  const Json parsed = Json::parse(text_of(simulated.folder / "plan.json"));
  CHECK(parsed.at("p").as_integer() == 12);
  CHECK(parsed.at("tests_at_level_0").as_integer() == 66);
  CHECK(run_causal({"simulate", "--dry-run", "-o", simulated.folder / "none.csv"}).exit_code == 0);
  CHECK_FALSE(std::filesystem::exists(simulated.folder / "none.csv"));
}

TEST_CASE("more variables than rows and copied columns give a warning and a graph") {
  const TemporaryFolder folder;
  const std::string wide = folder / "wide.csv";
  REQUIRE(run_causal({"simulate", "--nodes", "30", "--n", "12", "-o", wide}).exit_code == 0);
  const ProcessResult few = run_causal({"discover", wide});
  CAPTURE(few.err);
  CHECK(few.exit_code == 0);
  CHECK(contains(few.err, "warning: there are 30 variables but only 12 rows"));
  CHECK(graph_schema().violation(Json::parse(few.out)) == "");

  std::string copied;
  const std::string original = collider_csv(300);
  for (std::size_t at = 0; at < original.size();) {
    const std::size_t end = original.find('\n', at);
    const std::string line = original.substr(at, end - at);
    const std::string first = line.substr(0, line.find(','));
    copied += line + "," + (at == 0 ? "copy" : first) + "\n";
    at = end + 1;
  }
  const ProcessResult copies = run_causal({"discover", folder.file("copied.csv", copied)});
  CAPTURE(copies.err);
  CHECK(copies.exit_code == 0);
  CHECK(contains(copies.err, "warning:"));
  const Json graph = Json::parse(copies.out);
  CHECK(graph.at("run").at("stats").at("degenerate").as_integer() > 0);
  CHECK(graph.at("run").at("warnings").as_array().size() > 0);
}

TEST_CASE("test answers one question, a list of them or all") {
  const TemporaryFolder folder;
  const std::string data = folder.file("data.csv", collider_csv(2000));
  const auto result = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"test", data});
    words.emplace_back("--json");
    const ProcessResult run = run_causal(words);
    INFO(run.err);
    REQUIRE(run.exit_code == 0);
    return Json::parse(run.out).at("results");
  };
  CHECK(result({"x", "y"}).as_array().front().at("independent").as_bool());
  CHECK_FALSE(result({"x", "y", "z"}).as_array().front().at("independent").as_bool());
  CHECK(result({"x", "w", "z"}).as_array().front().at("independent").as_bool());
  CHECK(result({"--all-pairs"}).as_array().size() == 6);
  CHECK(result({"--all-pairs", "--given", "z"}).as_array().size() == 3);
  const std::string pairs = folder.file("pairs.txt", "# two questions\nx,y\nx,w,z\n");
  CHECK(result({"--pairs", pairs}).as_array().size() == 2);
  CHECK(run_causal({"test", data, "x"}).exit_code == 2);
  CHECK(run_causal({"test", data, "x", "x"}).exit_code == 2);
  CHECK(run_causal({"test", data}).exit_code == 2);
  CHECK(contains(run_causal({"test", data, "x", "y", "-f", "csv"}).out, "x,y,,"));
}

TEST_CASE("check reports trouble and says by its exit code whether a run would refuse") {
  const TemporaryFolder folder;
  const ProcessResult good = run_causal({"check", folder.file("good.csv", collider_csv(100)), "--json"});
  CHECK(good.exit_code == 0);
  CHECK(Json::parse(good.out).at("rows").as_integer() == 100);
  const ProcessResult bad =
      run_causal({"check", folder.file("bad.csv", "a,flat\n1.5,2\n2.5,2\n0.25,2\n8,2\n1,2\n"), "-f", "txt"});
  CHECK(bad.exit_code == 3);
  CHECK(contains(bad.out, "error:"));
  CHECK(contains(bad.out, "flat"));
}

TEST_CASE("a graph in a .txt file is read by what is in it") {
  const TemporaryFolder folder;
  const std::string edges = folder.file("edges.txt", "a -> b\nb -- c\n");
  const std::string tetrad = folder.file("tetrad.txt", "Graph Nodes:\na;b;c\n\nGraph Edges:\n1. a --> b\n2. b --- c\n");
  const std::string bare = folder.file("bare.txt", "a\nb\nc\n");
  CHECK(run_causal({"compare", edges, tetrad, "--json"}).exit_code == 0);
  CHECK(Json::parse(run_causal({"compare", edges, tetrad, "--json"}).out).at("shd").as_number() == 0);
  CHECK(Json::parse(run_causal({"compare", edges, bare, "--json"}).out).at("shd").as_number() == 2);
  CHECK(run_causal({"convert", tetrad, "-", "--from", "txt", "--to", "json"}).exit_code == 3);
}

TEST_CASE("row weights, which no test uses yet, are said to be unused") {
  const TemporaryFolder folder;
  const std::string csv = "a,b,w\n1.5,2.5,1\n2.5,1.1,2\n3.1,5.7,1\n4.4,7.1,4\n5.5,7.2,1\n6.1,9.9,3\n";
  const ProcessResult run =
      run_causal({"discover", folder.file("data.csv", csv), "--data-type", "continuous", "--weights", "w"});
  CHECK(run.exit_code == 0);
  CHECK(contains(run.err, "weights in column 'w' are not used"));
  CHECK(contains(run.out, "weights in column 'w' are not used"));
}
