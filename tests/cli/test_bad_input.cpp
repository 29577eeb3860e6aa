// labels: cli
// What cannot be used is refused with the documented exit code, a message that names the place, and nothing written.

#include "run_causal.hpp"

#include <doctest/doctest.h>

using namespace causal::test;

namespace {

/// Runs discover on `csv` with an output file, and checks that nothing was written.
ProcessResult refuse(const std::string& csv, int exit_code, std::vector<std::string> more = {}) {
  const TemporaryFolder folder;
  std::vector<std::string> arguments{"discover", folder.file("data.csv", csv), "-o", folder / "out.json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  ProcessResult result = run_causal(arguments);
  CAPTURE(result.err);
  CHECK(result.exit_code == exit_code);
  CHECK(result.out.empty());
  CHECK(contains(result.err, "error: "));
  CHECK(folder.count() == 1);
  return result;
}

}  // namespace

TEST_CASE("an empty file and a header without rows are bad data") {
  CHECK(contains(refuse("", 3).err, "data.csv"));
  CHECK(contains(refuse("a,b,c\n", 3).err, "data.csv"));
}

TEST_CASE("one column is too few") { CHECK(contains(refuse("a\n1.5\n2.25\n3\n4\n5\n", 3).err, "a")); }

TEST_CASE("a ragged row is named by line") {
  CHECK(contains(refuse("a,b,c\n1,2,3\n4,5\n6,7,8\n", 3).err, "data.csv:3:"));
  CHECK(contains(refuse("# made by hand\na,b,c\n1,2,3\n", 3).err, "--comment '#'"));
}

TEST_CASE("text in a numeric column is named by line and column") {
  const std::string csv = "a,b\n1.5,2.5\n3.5,oops\n5.5,1.25\n0.5,8\n4,3\n";
  CHECK(contains(refuse(csv, 3, {"--types", "b=cont"}).err, "data.csv:3:5"));
  CHECK(contains(refuse(csv, 3, {"--data-type", "continuous"}).err, "data.csv:3:5"));
}

TEST_CASE("a column that never varies or is all missing is named") {
  CHECK(contains(refuse("a,flat,c\n1.5,7,2\n2.5,7,1\n0.5,7,4\n3.5,7,3\n9,7,1\n", 3).err, "flat"));
  CHECK(contains(refuse("a,gone,c\n1.5,,2.5\n2.5,,1\n0.5,,4\n3.5,,3\n9,,1\n", 3).err, "gone"));
  CHECK(
      contains(refuse("a,gone,c\n1.5,,2.5\n2.5,,1\n0.5,,4\n3.5,,3\n9,,1\n", 3, {"--missing", "pairwise"}).err, "gone"));
}

TEST_CASE("missing cells are an error unless told otherwise, and the first one is named") {
  const std::string csv = "a,b\n1.5,2.5\n3.5,\n5.5,1.25\n0.5,8\n4,3\n2,2.75\n1.25,6\n";
  const ProcessResult result = refuse(csv, 3);
  CHECK(contains(result.err, "column 'b' has 1 missing cell (first: line 3)"));
  CHECK(contains(result.err, "--missing drop"));
  const TemporaryFolder folder;
  const std::string path = folder.file("data.csv", csv);
  for (const std::string how : {"drop", "pairwise"}) {
    const ProcessResult accepted = run_causal({"discover", path, "--missing", how});
    CAPTURE(accepted.err);
    CHECK(accepted.exit_code == 0);
    CHECK(contains(accepted.out, "causal.graph/1"));
  }
  CHECK(contains(run_causal({"discover", path, "--missing", "drop"}).err, "dropped 1 of 7 rows"));
}

TEST_CASE("three rows are too few") { CHECK(contains(refuse("a,b\n1.5,2.5\n2.25,1.75\n0.5,4\n", 3).err, "3")); }

TEST_CASE("an unknown column is a usage error that suggests the nearest") {
  const std::string csv = "age,weight\n1.5,2.5\n2.25,1.75\n0.5,4\n3,2\n1,5\n";
  CHECK(contains(refuse(csv, 2, {"--columns", "age,wieght"}).err, "'weight'"));
  CHECK(contains(refuse(csv, 2, {"--exclude", "agee"}).err, "'age'"));
  CHECK(contains(refuse(csv, 2, {"--time", "tiem"}).err, "tiem"));
  CHECK(contains(refuse(csv, 2, {"--types", "wieght=cont"}).err, "'weight'"));
  const TemporaryFolder folder;
  const ProcessResult test = run_causal({"test", folder.file("d.csv", csv), "age", "wieght"});
  CHECK(test.exit_code == 2);
  CHECK(contains(test.err, "'weight'"));
}

TEST_CASE("contradictory knowledge is bad input and its items are named") {
  const TemporaryFolder folder;
  const std::string cyclic = folder.file("cyclic.txt", "/knowledge\n\nrequiredirect\nx y\ny x\n");
  CHECK(contains(refuse(collider_csv(50), 3, {"--knowledge", cyclic}).err, "x"));
  const std::string stranger = folder.file("stranger.txt", "/knowledge\n\nforbiddirect\nx nobody\n");
  CHECK(contains(refuse(collider_csv(50), 3, {"--knowledge", stranger}).err, "nobody"));
}

TEST_CASE("an option value outside its range names the range") {
  for (const std::string alpha : {"0", "1", "1.5", "-0.1", "nan", "abc", ""}) {
    CAPTURE(alpha);
    CHECK(contains(refuse(collider_csv(50), 2, {"--alpha", alpha}).err, "--alpha"));
  }
  CHECK(contains(refuse(collider_csv(50), 2, {"--alpha", "1.5"}).err, "(0, 1)"));
  refuse(collider_csv(50), 2, {"--max-cond-size", "-2"});
  refuse(collider_csv(50), 2, {"--max-cond-size", "1.5"});
  refuse(collider_csv(50), 2, {"--threads", "-1"});
  refuse(collider_csv(50), 2, {"--seed", "-1"});
  refuse(collider_csv(50), 2, {"-f", "nonsense"});
  refuse(collider_csv(50), 2, {"--test", "nonsense"});
}

TEST_CASE("an output that exists stays as it is without --force") {
  const TemporaryFolder folder;
  const std::string data = folder.file("data.csv", collider_csv(200));
  const std::string output = folder.file("out.json", "precious");
  const ProcessResult refused = run_causal({"discover", data, "-o", output});
  CHECK(refused.exit_code == 2);
  CHECK(contains(refused.err, "--force"));
  CHECK(text_of(output) == "precious");
  CHECK(run_causal({"discover", data, "-o", folder / "new.json", "--report", output}).exit_code == 2);
  CHECK(text_of(output) == "precious");
  CHECK_FALSE(std::filesystem::exists(folder / "new.json"));
  CHECK(run_causal({"discover", data, "-o", output, "--force"}).exit_code == 0);
  CHECK(contains(text_of(output), "causal.graph/1"));
}

TEST_CASE("an output that cannot be written is an I/O error before the work starts") {
  const TemporaryFolder folder;
  const std::string data = folder.file("data.csv", collider_csv(200));
  CHECK(run_causal({"discover", data, "-o", folder / "no/such/folder/out.json"}).exit_code == 7);
  CHECK(run_causal({"discover", data, "-o", folder.path().string()}).exit_code == 7);
  CHECK(folder.count() == 1);
}

TEST_CASE("a full disk on standard output is exit code 7, a closed pipe 141 and quiet") {
  const TemporaryFolder folder;
  const std::string data = folder.file("data.csv", collider_csv(200));
  const ProcessResult full = run_causal({"discover", data}, {.stdout_path = "/dev/full"});
  CHECK(full.exit_code == 7);
  CHECK(contains(full.err, "standard output"));
  const ProcessResult closed = run_causal({"discover", data, "-q"}, {.close_stdout = true});
  CHECK(closed.exit_code == 141);
  CHECK(closed.err.empty());
}

TEST_CASE("a run above the memory limit is refused before it starts") {
  const ProcessResult result = refuse(collider_csv(200), 6, {"--memory-limit", "1M"});
  CHECK(contains(result.err, "--memory-limit"));
}

TEST_CASE("a time limit leaves a partial result and exit code 6") {
  const TemporaryFolder folder;
  const std::string data = folder / "data.csv";
  REQUIRE(run_causal({"simulate", "--nodes", "300", "--degree", "6", "--n", "5000", "-o", data}).exit_code == 0);
  const ProcessResult result =
      run_causal({"discover", data, "--alpha", "0.2", "--threads", "1", "--time-limit-s", "0.0001"});
  CHECK(result.exit_code == 6);
  CHECK(causal::io::Json::parse(result.out).at("run").at("status").as_string() == "time_limit");
}

TEST_CASE("a column that is all missing is not to be dropped row by row") {
  const std::string csv = "a,gone,c\n1.5,,2.5\n2.5,,1\n0.5,,4\n3.5,,3\n9,,1\n";
  for (const std::string how : {"error", "drop", "pairwise"}) {
    CHECK(contains(refuse(csv, 3, {"--missing", how}).err, "column 'gone' is all missing"));
  }
}

TEST_CASE("an output that is also an input, or another output, is refused and the file stays") {
  const TemporaryFolder folder;
  const std::string csv = collider_csv(200);
  const std::string data = folder.file("data.csv", csv);
  std::filesystem::create_symlink("data.csv", folder.path() / "link.csv");
  for (const std::string& target : {data, folder / "../" + folder.path().filename().string() + "/link.csv"}) {
    const ProcessResult result = run_causal({"discover", data, "-o", target, "--force"});
    CHECK(result.exit_code == 2);
    CHECK(contains(result.err, "would overwrite the input"));
  }
  CHECK(run_causal({"test", data, "x", "y", "-o", data, "--force"}).exit_code == 2);
  CHECK(run_causal({"discover", data, "-o", folder / "g.json", "--report", data, "--force"}).exit_code == 2);
  CHECK(text_of(data) == csv);
  const ProcessResult twice = run_causal({"simulate", "-o", folder / "s.csv", "--graph-out", folder / "s.csv"});
  CHECK(twice.exit_code == 2);
  CHECK(contains(twice.err, "two outputs go to the same file"));
  CHECK(run_causal({"discover", data, "-o", folder / "same", "-f", "json", "--report", folder / "same"}).exit_code ==
        2);
  CHECK(folder.count() == 2);
  CHECK(run_causal({"discover", data, "-o", "/dev/null", "--report", "/dev/null"}).exit_code == 0);
}

TEST_CASE("a config file that exists is not overwritten without --force") {
  const TemporaryFolder folder;
  const std::string data = folder.file("data.csv", collider_csv(200));
  const std::string config = folder.file("run.toml", "precious");
  CHECK(run_causal({"discover", data, "-q", "--save-config", config}).exit_code == 2);
  CHECK(text_of(config) == "precious");
  CHECK(run_causal({"discover", data, "-q", "--save-config", config, "--force"}).exit_code == 0);
  CHECK(contains(text_of(config), "[discover]"));
}

TEST_CASE("an impossible covariance matrix is refused and the file is named") {
  const TemporaryFolder folder;
  for (const std::string rows : {"1,2\n2,1\n", "1,0.5\n0.4,1\n", "1,0\n0,-1\n", "1,0\n0,0\n"}) {
    CAPTURE(rows);
    const std::string cov = folder.file("cov.csv", "a,b\n" + rows);
    const ProcessResult result = run_causal({"discover", "--cov", cov, "--n-samples", "100"});
    CHECK(result.exit_code == 3);
    CHECK(contains(result.err, "cov.csv"));
  }
  const std::string data = folder.file("data.csv", collider_csv(200));
  CHECK(contains(run_causal({"discover", data, "--n-samples", "100"}).err, "--cov"));
}

TEST_CASE("a column name that is not UTF-8 is refused before the work") {
  CHECK(contains(refuse("a,gr\xF6\xDF\x65\n1.5,2.5\n2.25,1.75\n0.5,4\n3,2\n1,5\n", 3).err, "data.csv:1:3"));
}

TEST_CASE("a true graph of other variables is refused before anything is written") {
  const TemporaryFolder folder;
  const std::string data = folder.file("data.csv", collider_csv(200));
  const std::string truth = folder.file("truth.txt", "x -> z\ny -> stranger\n");
  const ProcessResult result = run_causal({"discover", data, "--true-graph", truth, "-o", folder / "out.json"});
  CHECK(result.exit_code == 3);
  CHECK(contains(result.err, "truth.txt"));
  CHECK(folder.count() == 2);
}

TEST_CASE("a wrong member of a JSON file is named with the file") {
  const TemporaryFolder folder;
  const std::string knowledge = folder.file("k.json", "{\"teirs\": []}");
  const ProcessResult known = refuse(collider_csv(50), 3, {"--knowledge", knowledge});
  CHECK(contains(known.err, "'teirs'"));
  CHECK(contains(known.err, "k.json"));
  const std::string graph = folder.file("g.json", "{\"schema\": \"causal.graph/1\", \"kind\": 3}");
  const ProcessResult read = run_causal({"convert", graph, "-", "--to", "txt"});
  CHECK(read.exit_code == 3);
  CHECK(contains(read.err, "g.json"));
}

TEST_CASE("data are not written under the name of a graph, and weights are not left out silently") {
  const TemporaryFolder folder;
  const ProcessResult graph = run_causal({"simulate", "-o", folder / "data.json"});
  CHECK(graph.exit_code == 2);
  CHECK(contains(graph.err, "--graph-out"));
  CHECK(folder.count() == 0);
  const std::string data = folder.file("data.csv", collider_csv(200));
  CHECK(contains(run_causal({"discover", data, "--weights", "w"}).out, "weights in column 'w'"));
  CHECK(contains(run_causal({"test", data, "x", "y", "--weights", "w"}).err, "weights in column 'w'"));
}
