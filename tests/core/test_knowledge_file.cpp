// labels: unit
#include <cstdlib>
#include <string>

#include "causal/io/knowledge_file.hpp"
#include "causal/run/error.hpp"
#include "support/json_schema.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::io;

namespace {

std::string json(const Knowledge& knowledge) { return Json::parse(write_json_knowledge(knowledge)).dump(); }

std::string place(std::string_view text) {
  try {
    static_cast<void>(read_knowledge(text, "f"));
  } catch (const DataError& error) {
    return error.where();
  }
  return "no error";
}

}  // namespace

TEST_CASE("Tetrad's text: tiers over several lines, forbidden within, pairs, comments") {
  const Knowledge knowledge = read_knowledge(
      "# made by hand\n/knowledge\naddtemporal\n\n0 a b\n0 c\n3* \"d e\" f*\n\nforbiddirect\na b\n\nrequiredirect\r\nc "
      "f\r\n",
      "f");
  CHECK(
      json(knowledge) ==
      R"({"tiers":[{"variables":["a","b","c"],"forbid_within":false},{"variables":["d e","f*"],"forbid_within":true}],)"
      R"("forbidden":[["a","b"]],"required":[["c","f"]]})");
}

TEST_CASE("knowledge comes back from text and from JSON") {
  Knowledge knowledge;
  knowledge.tiers = {{{"a b", "q\"uote", "back\\slash"}, false}, {{}, true}, {{"#x", "1", "é"}, true}};
  knowledge.forbidden = {{"a b", "addtemporal"}, {"", "x"}};
  knowledge.required = {{"\\", "y"}};
  knowledge.forbidden.pop_back();
  CHECK(json(read_knowledge(write_tetrad_knowledge(knowledge), "f")) == json(knowledge));
  CHECK(json(read_knowledge(write_json_knowledge(knowledge), "f")) == json(knowledge));
  knowledge.required = {{"a\nb", "y"}};
  CHECK(json(read_knowledge(write_json_knowledge(knowledge), "f")) == json(knowledge));
  CHECK_THROWS_AS(static_cast<void>(write_tetrad_knowledge(knowledge)), GraphError);
}

TEST_CASE("errors in knowledge name the place") {
  CHECK(place("") == "f:1:1");
  CHECK(place("/knowledge\nx y\n") == "f:2:1");
  CHECK(place("/knowledge\naddtemporal\nx y\n") == "f:3:1");
  CHECK(place("/knowledge\naddtemporal\n1x y\n") == "f:3:1");
  CHECK(place("/knowledge\naddtemporal\n1 a\n2 b a\n") == "f:4:5");
  CHECK(place("/knowledge\nforbiddirect\na\n") == "f:3:2");
  CHECK(place("/knowledge\nforbiddirect\na b c\n") == "f:3:5");
  CHECK(place("/knowledge\nforbiddengroup\na b\n") == "f:2:1");
  CHECK(place("/knowledge\nforbiddengroup\n\nrequiredirect\na b\n") == "no error");
  CHECK(place("/knowledge\nforbiddirect\n\"a b\n") == "f:3:1");
  CHECK(place("{\"tiers\":[{\"variables\":[\"a\",\"a\"]}]}") == "tiers[0].variables[1]");
  CHECK(place("{\"tiers\":[{\"forbid_within\":true}]}") == "tiers[0]");
  CHECK(place("{\"forbidden\":[[\"a\"]]}") == "forbidden[0]");
  CHECK(place("{\"forbiden\":[]}") == "the document");
  CHECK(place("{\"tiers\":1}") == "tiers");
}

TEST_CASE("a trailing star stands for all variables that start so") {
  const std::vector<std::string> variables = {"g_1", "g_2", "h", "x*"};
  Knowledge knowledge;
  knowledge.tiers = {{{"h", "g_2"}, false}, {{"g_*"}, true}};
  knowledge.forbidden = {{"g_*", "g_*"}, {"x*", "h"}};
  const Knowledge expanded = expand_patterns(knowledge, variables);
  CHECK(json(expanded) ==
        R"({"tiers":[{"variables":["h","g_2"],"forbid_within":false},{"variables":["g_1"],"forbid_within":true}],)"
        R"("forbidden":[["g_1","g_2"],["g_2","g_1"],["x*","h"]],"required":[]})");
  knowledge.required = {{"y*", "h"}};
  CHECK_THROWS_AS(static_cast<void>(expand_patterns(knowledge, variables)), InvalidArgument);
  knowledge.required.clear();
  knowledge.tiers.push_back({{"*"}, false});
  CHECK_THROWS_AS(static_cast<void>(expand_patterns(knowledge, variables)), InvalidArgument);
}

TEST_CASE("the knowledge files of the Sachs data") {
  const char* folder = std::getenv("CAUSAL_EXTRA_DATA");
  if (folder == nullptr) {
    MESSAGE("skipped: CAUSAL_EXTRA_DATA is not set");
    return;
  }
  const std::string sachs = std::string(folder) + "/discovery/sachs/";
  const Knowledge tiers = read_knowledge(test::file_text(sachs + "tiers.knowledge.txt"), "tiers");
  REQUIRE(tiers.tiers.size() == 2);
  CHECK(tiers.tiers[0].variables.size() == 9);
  CHECK(tiers.tiers[1].variables.size() == 11);
  const Knowledge required = read_knowledge(test::file_text(sachs + "sachs.2005.knowledge.txt"), "required");
  CHECK(required.tiers.size() == 3);
  REQUIRE(required.required.size() == 20);
  CHECK(required.required[0] == Knowledge::DirectedPair{"raf", "mek"});
}
