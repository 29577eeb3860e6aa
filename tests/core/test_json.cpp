// labels: unit
#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include "causal/io/json.hpp"
#include "causal/run/error.hpp"

#include <doctest/doctest.h>

using causal::DataError;
using causal::ParseError;
using causal::io::Json;

namespace {

std::string where(std::string_view text) {
  try {
    static_cast<void>(Json::parse(text, "f"));
  } catch (const ParseError& error) {
    return error.where();
  }
  return "no error";
}

}  // namespace

TEST_CASE("key order and number kinds survive a round trip") {
  const std::string text = R"({"z":1,"a":[true,null,-2,1.0,0.1,1e+22,18446744073709551615,"é\"\\\n\u0001"],"m":{}})";
  CHECK(Json::parse(text).dump() == text);
  const Json json = Json::parse(text);
  CHECK(json.at("z").is_integer());
  CHECK_FALSE(json.at("a").as_array()[3].is_integer());
  CHECK(json.at("a").as_array()[6].as_unsigned() == std::numeric_limits<std::uint64_t>::max());
  CHECK_THROWS_AS(static_cast<void>(json.at("a").as_array()[6].as_integer()), DataError);
}

TEST_CASE("every finite double reads back to the same bits") {
  std::uint64_t bits = 0x9E3779B97F4A7C15ULL;
  for (int i = 0; i < 100000; ++i) {
    bits = bits * 6364136223846793005ULL + 1442695040888963407ULL;
    double value = 0;
    std::memcpy(&value, &bits, sizeof value);
    if (!std::isfinite(value)) continue;
    const double back = Json::parse(Json(value).dump()).as_number();
    REQUIRE(std::memcmp(&back, &value, sizeof value) == 0);
  }
  for (const double value : {0.0, -0.0, 5e-324, 1.7976931348623157e308}) {
    const Json back = Json::parse(Json(value).dump());
    CHECK_FALSE(back.is_integer());
    CHECK(back.as_number() == value);
    CHECK(std::signbit(back.as_number()) == std::signbit(value));
  }
}

TEST_CASE("NaN and infinity are written as null, and null reads as NaN") {
  CHECK(Json(std::nan("")).dump() == "null");
  CHECK(Json(-std::numeric_limits<double>::infinity()).dump() == "null");
  CHECK(std::isnan(Json::parse("null").as_number()));
}

TEST_CASE("pretty text keeps flat containers on one line") {
  const Json json = Json::parse(R"({"a":[1,2],"b":[{"x":1,"y":null}],"c":[]})");
  CHECK(json.dump(1) == "{\n \"a\": [1, 2],\n \"b\": [\n  {\"x\": 1, \"y\": null}\n ],\n \"c\": []\n}");
  CHECK(Json::parse(json.dump(2)) == json);
}

TEST_CASE("syntax errors name line and column") {
  CHECK(where("") == "f:1:1");
  CHECK(where("{\"a\":1,\n \"b\" 2}") == "f:2:6");
  CHECK(where("[1,\n2,\n") == "f:3:1");
  CHECK(where("{\"a\":1,\n\"a\":2}") == "f:2:3");
  CHECK(where("[1] x") == "f:1:5");
  CHECK(where("[1e999]") == "f:1:6");
  CHECK(where("[\"\xff\"]") == "f:1:3");
  CHECK(where("[NaN]") == "f:1:2");
  CHECK(where("[\"\\ud800\"]") != "no error");
}

TEST_CASE("nesting is limited to 256 levels") {
  CHECK(Json::parse(std::string(256, '[') + std::string(256, ']')).is_array());
  CHECK(where(std::string(257, '[') + std::string(257, ']')) == "f:1:257");
  CHECK(where(std::string(100000, '[')) == "f:1:257");
}

TEST_CASE("text that is not UTF-8 is refused when written") {
  for (const char* bad : {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "a\xe2\x82", "\xf0\x8f\xbf\xbf"}) {
    CHECK_THROWS_AS(static_cast<void>(Json(bad).dump()), DataError);
  }
  for (const char* good : {"\xc2\x80", "\xe2\x82\xac", "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    CHECK(Json::parse(Json(good).dump()).as_string() == good);
  }
}

TEST_CASE("asking for another type names both types") {
  CHECK_THROWS_WITH_AS(static_cast<void>(Json("x").as_integer()), "expected an integer but found a string", DataError);
  CHECK_THROWS_WITH_AS(static_cast<void>(Json(1.5).as_integer()), "expected an integer but found 1.5", DataError);
  CHECK_THROWS_WITH_AS(static_cast<void>(Json::object().at("k")), "member 'k' is missing", DataError);
  CHECK_THROWS_AS(static_cast<void>(Json(-1).as_unsigned()), DataError);
  CHECK_THROWS_AS(Json(1).push(2), DataError);
  CHECK(Json(1).find("k") == nullptr);
}
