// labels: unit
#include <functional>
#include <string>
#include <vector>

#include "causal/io/amat.hpp"
#include "causal/io/dagitty.hpp"
#include "causal/io/dot.hpp"
#include "causal/io/format.hpp"
#include "causal/io/graph_csv.hpp"
#include "causal/io/graph_text.hpp"
#include "causal/io/graphml.hpp"
#include "causal/io/tetrad.hpp"
#include "causal/run/error.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::io;

namespace {

/// Edges as a terminal shows them, one after another; nodes in order come first when the edges do not give them.
std::string shown(const LearnedGraph& graph) {
  std::string text = write_graph_text(graph);
  for (char& c : text) c = c == '\n' ? ';' : c;
  return text;
}

using Reader = LearnedGraph (*)(std::string_view, const std::string&);

std::string error_of(Reader read, std::string_view text) {
  try {
    static_cast<void>(read(text, "f"));
  } catch (const ParseError& error) {
    return error.where() + " " + error.message();
  }
  return "no error";
}

std::string place(Reader read, std::string_view text) {
  const std::string error = error_of(read, text);
  return error.substr(0, error.find(' '));
}

template <AmatLayout layout>
LearnedGraph read_matrix(std::string_view text, const std::string& name) {
  return read_amat(text, layout, name);
}

}  // namespace

TEST_CASE("DOT: chains, groups, subgraphs, defaults, comments, quoted and joined names") {
  CHECK(shown(read_dot("digraph G { a -> b -> {c d}; }", "f")) == "a -> b;b -> c;b -> d;");
  CHECK(shown(read_dot("graph{a--b;b--c}", "f")) == "a -- b;b -- c;");
  CHECK(shown(read_dot("digraph { \"a b\" -> \"c\" + \"d\" // end\n /* x -> y */ }\n# end", "f")) == "\"a b\" -> cd;");
  CHECK(shown(read_dot("strict digraph { a -> b; a -> b }", "f")) == "a -> b;");
  CHECK(shown(read_dot("digraph { subgraph s { edge [dir=none] a -> b } b:n -> c:p:sw }", "f")) == "a -- b;b -> c;");
  CHECK(shown(read_dot("digraph { {a b} -> {c; d} }", "f")) == "a;b;c;d;a -> c;a -> d;b -> c;b -> d;");
  CHECK(shown(read_dot("digraph { node [shape=box]; x [label=<<b>X</b>>, type=binary]; rankdir=LR }", "f")) == "x;");
  CHECK(read_dot("digraph { x [type=binary] }", "f").nodes[0].type == VariableType::Binary);
}

TEST_CASE("DOT: arrow shapes and directions are the marks") {
  CHECK(shown(read_dot("digraph { a -> b [dir=both] }", "f")) == "a <-> b;");
  CHECK(shown(read_dot("digraph { a -> b [dir=both, arrowtail=odot] }", "f")) == "a o-> b;");
  CHECK(shown(read_dot("digraph { a -> b [arrowtail=odot arrowhead=odot] }", "f")) == "a o-o b;");
  CHECK(shown(read_dot("digraph { a -> b [dir=back] }", "f")) == "a;b;b -> a;");
  CHECK(shown(read_dot("digraph { a -> b [arrowhead=none] }", "f")) == "a -- b;");
  CHECK(shown(read_dot("graph { a -- b [dir=forward] }", "f")) == "a -> b;");
  CHECK(place(read_dot, "digraph { a -> b [arrowhead=box] }") == "f:1:29");
}

TEST_CASE("DOT: errors name line and column") {
  CHECK(error_of(read_dot, "diagraph {\n a -> b }") == "f:1:1 'diagraph' is not the start of a DOT graph");
  CHECK(place(read_dot, "digraph {\n a -- b }") == "f:2:4");
  CHECK(place(read_dot, "digraph {\n a -> }") == "f:2:7");
  CHECK(place(read_dot, "digraph { a -> b") == "f:1:17");
  CHECK(place(read_dot, "digraph { a -> \"b }") == "f:1:16");
  CHECK(place(read_dot, "digraph { a -> a }") == "f:1:11");
  CHECK(place(read_dot, "digraph { a -> b; b -> a }") == "f:1:19");
  CHECK(place(read_dot, "digraph { a -> b [lag=-1] }") == "f:1:23");
  CHECK(place(read_dot, "digraph { a -> b [p_value=2] }") == "f:1:11");
  CHECK(place(read_dot, "digraph {} x") == "f:1:12");
  CHECK(place(read_dot, "digraph { \"\" }") == "f:1:11");
  CHECK(place(read_dot, "digraph { \xff }") == "f:1:11");
  CHECK(error_of(read_dot, "digraph " + std::string(1000, '{')) != "no error");
}

TEST_CASE("dagitty: nested groups reach all inner nodes") {
  const LearnedGraph graph = read_dagitty("dag{a->{b->{c->{d->e}}}}", "f");
  CHECK(graph.edges.size() == 10);
  CHECK(graph.kind == GraphKind::Dag);
}

TEST_CASE("dagitty: every edge, with and without a header") {
  CHECK(shown(read_dagitty("x -> y <- z", "f")) == "x -> y;z -> y;");
  CHECK(shown(read_dagitty("PAG { a @-> b @-@ c @-- d --@ e <-@ f }", "f")) ==
        "a o-> b;b o-o c;c o- d;d -o e;e <-o f;");
  CHECK(shown(read_dagitty("pdag \"my model\" { a -- b ; c <-> d }", "f")) == "a -- b;c <-> d;");
  CHECK(shown(read_dagitty("dag -> graph", "f")) == "dag -> graph;");
  CHECK(shown(read_dagitty("mag { \"a \\\"b\\\\\" -> \"c\" + \" d\" }", "f")) == "\"a \\\"b\\\\\" -> \"c d\";");
  CHECK(read_dagitty("dag { a -> b a <-> b }", "f").kind == GraphKind::Admg);
}

TEST_CASE("dagitty: roles and coefficients are kept, cycles are not looked for") {
  const DagittyModel model = read_dagitty_model(
      "dag { bb=\"0,0,1,1\"\n x [exposure,pos=\"1,-0.5\"] y [o, pos=\"2,0\"] u [latent] w [adjusted]\n"
      "x -> y [beta=-0.5]\n u -> {x y}\n y -> w -> x }",
      "f");
  CHECK(model.roles.exposures == NodeSet{0});
  CHECK(model.roles.outcomes == NodeSet{1});
  CHECK(model.roles.latents == NodeSet{2});
  CHECK(model.roles.adjusted == NodeSet{3});
  CHECK(model.graph.edges[0].strength == -0.5);
  CHECK(model.graph.kind == GraphKind::Dag);
  const DagittyModel again = read_dagitty_model(write_dagitty(model.graph, model.roles), "f");
  CHECK(again.roles == model.roles);
  CHECK(again.graph.edges[0].strength == -0.5);
}

TEST_CASE("dagitty: errors name line and column") {
  CHECK(error_of(read_dagitty, "digrph { a -> b }") == "f:1:1 'digrph' is no type of model");
  CHECK(place(read_dagitty, "dag {\n a -> }") == "f:2:7");
  CHECK(place(read_dagitty, "dag { a -> b") == "f:1:13");
  CHECK(place(read_dagitty, "dag { a -> b ; a -- b }") == "f:1:16");
  CHECK(place(read_dagitty, "dag { a -> b [beta=x] }") == "f:1:20");
  CHECK(place(read_dagitty, "dag { a -> a }") == "f:1:7");
}

TEST_CASE("edge tables: any column order, short headers, rows for nodes") {
  CHECK(shown(read_graph_csv("to,from\nb,a\n", "f")) == "a -> b;");
  CHECK(shown(read_graph_csv("from,edge,to\r\na,<->,b\r\nb,o->,\"c, d\"\r\n", "f")) == "a <-> b;b o-> \"c, d\";");
  CHECK(shown(read_graph_csv("from,edge,to\na,o-o,b\n", "f")) == "a o-o b;");
  CHECK(shown(read_graph_csv("from,to\nb,\na,\n\"a\",b\n", "f")) == "b;a;a -> b;");
  CHECK(read_graph_csv("from,to,lag\na,a,2\n", "f").kind == GraphKind::TsDag);
  CHECK(place(read_graph_csv, "from,too\n") == "f:1:6");
  CHECK(place(read_graph_csv, "from\n") == "f:1:1");
  CHECK(place(read_graph_csv, "from,to\na\n") == "f:2:1");
  CHECK(place(read_graph_csv, "from,to,mark_to\na,b,head\n") == "f:2:5");
  CHECK(place(read_graph_csv, "from,to,lag\na,b,1.5\n") == "f:2:5");
  CHECK(place(read_graph_csv, "from,to\na,b\nb,a\n") == "f:3:1");
  CHECK(place(read_graph_csv, "from,to\n\"a,b\n") == "f:2:1");
  CHECK(place(read_graph_csv, "from,to\n\"a\"x,b\n") == "f:2:4");
}

TEST_CASE("edges as a terminal shows them are read back") {
  CHECK(shown(read_graph_text("# edges\na -> b\n\n\"c d\" <-> b\r\n", "f")) == "a -> b;b <-> \"c d\";");
  CHECK(read_graph_text("a[t-2] -> b", "f").edges[0].lag == 2);
  const LearnedGraph marked = read_graph_text(" \xEF\xBB\xBFx\ny", "f");  // no byte order mark: it does not come first
  CHECK(read_graph_text(write_graph_text(marked), "f").nodes == marked.nodes);
  CHECK(place(read_graph_text, "a -> b\na => c") == "f:2:3");
  CHECK(place(read_graph_text, "a -> b c") == "f:1:8");
  CHECK(place(read_graph_text, "a -> ") == "f:1:6");
  CHECK(place(read_graph_text, "a[t-0] -> b") == "f:1:5");
}

TEST_CASE("Tetrad: node separators, annotations, trailing sections") {
  const std::string text =
      "Graph Nodes:\nX 1;X2;X3;X4\n\nGraph Edges:\n1. X 1 --> X2 dd nl\n2. X2 o-> X3 [X2 o-> X3]:0.9;\n"
      "3. X3 --- X4\n\nGraph Attributes:\nScore: -3\n";
  CHECK(shown(read_tetrad(text, "f")) == "\"X 1\" -> X2;X2 o-> X3;X3 -- X4;");
  CHECK(shown(read_tetrad("Graph Nodes: \na,b\nGraph Edges:\n1. b <-> a\n", "f")) == "a <-> b;");
  CHECK(place(read_tetrad, "Graph Nodes:\na;b\n\nGraph Edges:\n1. a --> c\n") == "f:5:1");
  CHECK(place(read_tetrad, "Graph Nodes:\na;b;a\n\nGraph Edges:\n") == "f:2:5");
  CHECK(place(read_tetrad, "nodes") == "f:1:1");
}

TEST_CASE("GraphML: other tools' files") {
  const std::string igraph =
      "<?xml version=\"1.0\"?><!-- igraph --><graphml xmlns:xsi=\"x\"><key id=\"v_name\" for=\"node\" "
      "attr.name=\"name\" attr.type=\"string\"/><key id=\"e_description\" for=\"edge\" attr.name=\"description\" "
      "attr.type=\"string\"/><graph id=\"G\" edgedefault=\"directed\"><node id=\"n0\"><data key=\"v_name\">x &amp; "
      "&#233;</data></node><node id=\"n1\"><data key=\"v_name\"><![CDATA[<y>]]></data></node>"
      "<edge source=\"n0\" target=\"n1\"/>"
      "<edge source=\"n0\" target=\"n1\"><data key=\"e_description\">U</data></edge>"
      "<edge source=\"n1\" target=\"n0\"><data key=\"e_description\">U</data></edge></graph></graphml>";
  CHECK(shown(read_graphml(igraph, "f")) == "\"x & é\" -> <y>;\"x & é\" <-> <y>;");
  CHECK(shown(read_graphml("<graphml><graph edgedefault='undirected'><node id='a'/><node id='b'/><edge source='a' "
                           "target='b'/></graph></graphml>",
                           "f")) == "a -- b;");
}

TEST_CASE("GraphML: errors name line and column") {
  CHECK(place(read_graphml, "<!DOCTYPE a [<!ENTITY b \"c\">]><graphml/>") == "f:1:1");
  CHECK(place(read_graphml, "<graphml>\n<graph>") == "f:2:1");
  CHECK(place(read_graphml, "<graphml>\n</graph>") == "f:2:1");
  CHECK(place(read_graphml, "<graphml><graph><node id='a'/>\n<edge source='a' target='b'/></graph></graphml>") ==
        "f:2:1");
  CHECK(place(read_graphml, "<graphml>&b;</graphml>") == "f:1:10");
  CHECK(place(read_graphml, "<graphml>&#1;</graphml>") == "f:1:10");
  CHECK(place(read_graphml, "<svg/>") == "f:1:1");
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "<a>";
  CHECK(place(read_graphml, deep) == "f:1:193");
}

TEST_CASE("matrices: each layout's own reading of the same entry") {
  const std::string text = ",a,b\na,0,1\nb,0,0\n";
  CHECK(read_amat(text, AmatLayout::Pcalg, "f").edges[0].edge == directed(1, 0));
  CHECK(read_amat(text, AmatLayout::Gadjid, "f").edges[0].edge == directed(0, 1));
  CHECK(read_amat(text, AmatLayout::Lingam, "f").edges[0].edge == directed(1, 0));
  CHECK(place(read_matrix<AmatLayout::CausalLearn>, text) == "f:2:5");
  const std::string signs = ",a,b\na,0,-1\nb,1,0\n";
  CHECK(read_amat(signs, AmatLayout::CausalLearn, "f").edges[0].edge == directed(0, 1));
  const std::string pag = ",a,b\na,0,2\nb,1,0\n";
  CHECK(read_amat(pag, AmatLayout::Pcalg, "f").edges[0].edge == Edge{0, 1, Mark::Circle, Mark::Arrow});
  CHECK(read_amat("a,b\n0,0\n-1.5,0\n", AmatLayout::Lingam, "f").edges[0].strength == -1.5);
}

TEST_CASE("matrices: headers, row names and corners") {
  CHECK(read_amat("0,1\n0,0\n", AmatLayout::Gadjid, "f").nodes[1].name == "X2");
  CHECK(read_amat("\"\",\"V1\",\"V2\"\n\"1\",FALSE,TRUE\n\"2\",FALSE,FALSE\n", AmatLayout::Gadjid, "f").edges.size() ==
        1);
  CHECK(read_amat("a\tb\na\t0\t1\nb\t0\t0\n", AmatLayout::Gadjid, "f").edges[0].edge == directed(0, 1));
  CHECK(read_amat("amat.cpdag\n", AmatLayout::Pcalg, "f").nodes.empty());
}

TEST_CASE("matrices: errors name the entry") {
  CHECK(place(read_matrix<AmatLayout::Gadjid>, "amat.pag,a\na,0\n") == "f:1:1");
  CHECK(place(read_matrix<AmatLayout::Gadjid>, ",a,b\na,0,1\nc,0,0\n") == "f:3:1");
  CHECK(place(read_matrix<AmatLayout::Gadjid>, ",a,b\na,0,3\nb,0,0\n") == "f:2:5");
  CHECK(place(read_matrix<AmatLayout::Gadjid>, ",a,b\na,1,0\nb,0,0\n") == "f:2:3");
  CHECK(place(read_matrix<AmatLayout::Gadjid>, ",a,b\na,x,0\nb,0,0\n") == "f:2:3");
  CHECK(place(read_matrix<AmatLayout::Gadjid>, "0,1\n0\n") == "f:2:1");
  CHECK(place(read_matrix<AmatLayout::Gadjid>, "") == "f:1:1");
  CHECK(place(read_matrix<AmatLayout::Lingam>, ",a,b\na,0,1\nb,2,0\n") == "f:2:5");
}

TEST_CASE("tigramite: lags, and both sides of lag 0 must agree") {
  const std::string text = R"({"var_names":["x","y"],"graph":[[["","-->"],["o-o",""]],[["o-o","<->"],["",""]]]})";
  CHECK(shown(read_tigramite(text, "f")) == "x[t-1] -> x;x o-o y;y[t-1] <-> x;");
  const auto where = [](const std::string& bad) -> std::string {
    try {
      static_cast<void>(read_tigramite(bad, "f"));
    } catch (const DataError& error) {
      return error.where();
    }
    return "no error";
  };
  CHECK(where(R"({"var_names":["x","y"],"graph":[[[""],["-->"]],[["-->"],[""]]]})") == "graph[0][1][0]");
  CHECK(where(R"({"var_names":["x","y"],"graph":[[[""],["x-x"]],[["x-x"],[""]]]})") == "graph[0][1][0]");
  CHECK(where(R"({"var_names":["x"],"graph":[[["","-->"],[""]]]})") == "graph[0]");
}
